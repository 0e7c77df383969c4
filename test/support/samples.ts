import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of this repository. The research samples lie beside it on machines that have them, and are never copied into it. */
export const repositoryRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
