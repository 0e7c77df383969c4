import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cliWorld } from '#test/support/cli-world.ts'
import { type Ended, runProgram } from '#test/support/run-lazaret.ts'
import { cleanEnvironment } from '#test/support/run-station.ts'
import { repositoryRoot } from '#test/support/samples.ts'
import type { Stack } from './stack.ts'

const MAIN = join(repositoryRoot, 'cli/main.ts')

/** A whole station in the lab's network, with the stack as its scanner. */
export interface LabStation {
  lazaret(...args: string[]): Promise<Ended>
  /** What the station wrote and stored, for secrets to be looked for. */
  said(): string
  readonly data: string
  close(): Promise<void>
}

/** @param machines registered names */
export async function openLabStation(stack: Stack, machines: readonly string[]): Promise<LabStation> {
  const world = await cliWorld()
  const file = (name: string): string => join(world.folder, name)
  await writeFile(file('password'), `${stack.password}\n`, { mode: 0o600 })
  await writeFile(file('options.json'), JSON.stringify({ portList: 'OPS lab ports' }))
  await writeFile(
    file('scans.yaml'),
    JSON.stringify({
      scanNetworks: ['10.77.0.0/24'],
      scanLimits: { pollSeconds: 2 },
      scanners: [
        {
          kind: 'openvas',
          id: 'openvas-lab',
          connection: { unix: stack.socket },
          username: stack.username,
          password: { file: file('password') },
          optionsFile: file('options.json'),
        },
      ],
    }),
  )
  await mkdir(world.data, { recursive: true })
  const entered = [`--net=${stack.labNetwork()}`, '--', process.execPath, MAIN]
  const station = spawn(
    'nsenter',
    [...entered, 'up', '--data', world.data, '--listen', '127.0.0.1:0', '--config', file('scans.yaml')],
    { stdio: ['ignore', 'pipe', 'pipe'], env: cleanEnvironment(world.env) },
  )
  let said = ''
  const ended = new Promise<void>((resolve) => station.once('close', () => resolve()))
  const listening = new Promise<void>((resolve) => {
    const note = (text: string): void => {
      said += text
      if (said.includes('listening on ')) resolve()
    }
    station.stdout.setEncoding('utf8').on('data', note)
    station.stderr.setEncoding('utf8').on('data', note)
  })
  await Promise.race([listening, ended])

  const lazaret = (...args: string[]): Promise<Ended> =>
    runProgram('nsenter', [...entered, ...args, '--data', world.data], { env: world.env })
  for (const machine of machines) {
    const root = await world.makeRoot(machine, ['hello 1.0'])
    const { code, stderr } = await lazaret('import', machine, '--root', root)
    if (code !== 0) throw new Error(`${machine} is not registered: ${stderr}${said}`)
  }
  return {
    lazaret,
    said: () => said,
    data: world.data,
    close: async () => {
      station.kill('SIGTERM')
      await ended
      await world.close()
    },
  }
}
