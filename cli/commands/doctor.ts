import { constants, existsSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { describePlace, isFault } from '#shared/domain/fault.ts'
import { loadConfig } from '#station/config.ts'
import { defaultDataFolder } from '#station/folders.ts'
import { findOwnMachine } from '#station/own-machine.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { terminalOf, textOption } from '../options.ts'
import type { Options } from '../program.ts'
import { paint } from '../terminal.ts'

interface Finding {
  readonly name: string
  readonly ok: boolean
  readonly evidence: string
  /** What to do; '' when nothing. */
  readonly remedy: string
}

/** `lazaret doctor`: each check with its evidence and remedy; 1 when one fails. Prints no secret. */
export async function doctor(options: Options): Promise<ExitCode> {
  const file = textOption(options, 'config')
  const config = await loadConfig(file, process.env).catch(() => null)
  const folder = textOption(options, 'data') ?? config?.data ?? defaultDataFolder(process.env)
  const findings = [
    checkNode(),
    await checkSqlite(),
    await checkXz(),
    await checkConfig(file),
    await checkFolder(folder),
    await checkThisMachine(),
  ]
  const terminal = terminalOf(options)
  if (options.json === true) terminal.printJson({ schema: 'lazaret.doctor/1', findings })
  else {
    for (const finding of findings) {
      terminal.print(
        `${paint(terminal, finding.ok ? 'good' : 'bad', finding.ok ? 'ok  ' : 'FAIL')} ${finding.name}: ${finding.evidence}`,
      )
      if (finding.remedy !== '') terminal.print(`       ${finding.remedy}`)
    }
  }
  return findings.every((finding) => finding.ok) ? EXIT.done : EXIT.failed
}

function checkNode(): Finding {
  const ok = Number(process.versions.node.split('.')[0]) >= 24
  return { name: 'Node.js', ok, evidence: process.versions.node, remedy: ok ? '' : 'Install Node.js 24 or later.' }
}

/** SQLite before 3.51.3 could lose acknowledged writes in WAL mode. */
async function checkSqlite(): Promise<Finding> {
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(':memory:')
  const row = database.prepare('SELECT sqlite_version() AS version').get()
  database.close()
  const version = String(row?.version)
  const ok = version.localeCompare('3.51.3', 'en', { numeric: true }) >= 0
  return {
    name: 'SQLite',
    ok,
    evidence: version,
    remedy: ok ? '' : 'Run Lazaret on a Node.js that carries SQLite 3.51.3 or later.',
  }
}

async function checkXz(): Promise<Finding> {
  try {
    const { xz } = await import('@napi-rs/lzma')
    await xz.compress(Buffer.from('lazaret'))
    return { name: 'xz', ok: true, evidence: 'the native decompressor loads', remedy: '' }
  } catch (error) {
    return { name: 'xz', ok: false, evidence: String(error), remedy: 'Run "npm ci" again on this very machine.' }
  }
}

async function checkConfig(file: string | undefined): Promise<Finding> {
  try {
    await loadConfig(file, process.env)
    return { name: 'configuration', ok: true, evidence: file ?? process.env.LAZARET_CONFIG ?? 'defaults', remedy: '' }
  } catch (error) {
    if (!isFault(error)) throw error
    return {
      name: 'configuration',
      ok: false,
      evidence: error.message,
      remedy: `Mend ${describePlace(error.place) || 'the environment'}.`,
    }
  }
}

/** The folder may be written, or made: nothing is. */
async function checkFolder(folder: string): Promise<Finding> {
  let nearest = resolve(folder)
  while (nearest !== dirname(nearest) && !existsSync(nearest)) nearest = dirname(nearest)
  try {
    await access(nearest, constants.W_OK | constants.X_OK)
    const evidence = nearest === resolve(folder) ? folder : `${folder} (not there yet; ${nearest} can be written)`
    return { name: 'data folder', ok: true, evidence, remedy: '' }
  } catch (error) {
    const evidence = `${folder}: ${error instanceof Error ? error.message : String(error)}`
    return { name: 'data folder', ok: false, evidence, remedy: 'Name another one with --data or LAZARET_DATA.' }
  }
}

async function checkThisMachine(): Promise<Finding> {
  const own = await findOwnMachine()
  const evidence =
    own === null
      ? 'no package manager that Lazaret knows; it can still check others'
      : `${own.name}: ${own.packageSystem}`
  return { name: 'this machine', ok: true, evidence, remedy: '' }
}
