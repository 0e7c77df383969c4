import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { run } from '../apt-world/run.ts'

/** What zypper says of a root, entries as `name.architecture evr`. */
export interface ZypperAnswer {
  /** `list-updates -a`: every installed package with something newer. */
  readonly all: readonly string[]
  /** `list-updates`: what an update run would take. */
  readonly taken: readonly string[]
  readonly transcript: string
}

/** Asks the real zypper. @throws Error with what it said where it gives no answer */
export async function askZypper(root: string, world: { proxyUrl: string; home: string }): Promise<ZypperAnswer> {
  const refresh = await callZypper(root, ['--no-gpg-checks', 'refresh'], world)
  const lists = []
  for (const command of [['list-updates', '-a'], ['list-updates']]) {
    const { code, stdout, stderr } = await callZypper(root, ['--no-refresh', '--xmlout', ...command], world)
    if (code !== 0) throw new Error(`zypper ended with ${code}: ${refresh.stdout} ${stdout} ${stderr}`)
    lists.push({ entries: readUpdates(stdout), text: `${stdout}${stderr}` })
  }
  const [all, taken] = lists
  const transcript = `${refresh.stdout}${refresh.stderr}${all?.text}${taken?.text}`
  return { all: all?.entries ?? [], taken: taken?.entries ?? [], transcript }
}

function callZypper(root: string, args: readonly string[], world: { proxyUrl: string; home: string }) {
  const env: Record<string, string> = { HOME: world.home, http_proxy: world.proxyUrl }
  // libzypp reads the settings of the system that it runs on, not of the root.
  const settings = join(root, 'etc/zypp/zypp.conf')
  if (!existsSync(settings)) writeFileSync(settings, '[main]\n')
  env['ZYPP_CONF'] = settings
  return run('zypper', ['--root', root, '--non-interactive', ...args], { env })
}

/** `<update kind="package" name="…" edition="…" arch="…" …>`, attributes in any order. */
function readUpdates(xml: string): string[] {
  return [...xml.matchAll(/<update ([^>]*)>/g)]
    .map(
      ([, text = '']) =>
        new Map([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value])),
    )
    .filter((attributes) => attributes.get('kind') === 'package')
    .map((attributes) => `${attributes.get('name')}.${attributes.get('arch')} ${attributes.get('edition')}`)
    .toSorted()
}
