import { keepCompiledCode } from './compiled-code.ts'

// Only what is loaded after this is kept, so everything else is.
keepCompiledCode(process.env)

const { run } = await import('./run.ts')
await run()
