import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Guest, Hypervisor, QuarantineIds } from '#shared/ports/hypervisor.ts'
import { lacksLibvirt, openLibvirt, POOL, type Libvirt } from '#test/support/libvirt/open-libvirt.ts'

const lacking = lacksLibvirt()
const PREFIX = 'lazaret-c0ffee-'
const COPY = 'lazaret-c0ffee-0000000abcdef-12345678-web-01'
/** What changes something, in its order. */
const CHANGES = ['net-create', 'vol-create', 'define', 'start']
const GREETING = 'SSH-2.0-OpenSSH_7.2p2 Ubuntu-4ubuntu2.1'

describe.skipIf(lacking !== '')(`with a real libvirtd and QEMU${lacking}`, () => {
  let libvirt: Libvirt
  let hypervisor: Hypervisor
  let bare: ReturnType<Libvirt['inventory']>
  let pristine = ''

  beforeAll(async () => {
    libvirt = await openLibvirt()
    hypervisor = libvirt.open()
    libvirt.define('web-01')
    bare = libvirt.inventory()
    pristine = libvirt.hashOf('web-01')
  }, 300_000)
  afterAll(() => libvirt?.close())

  const find = async (name = 'web-01'): Promise<Guest> => {
    const guest = await hypervisor.find(name)
    if (guest === null) throw new Error(`no ${name}`)
    return guest
  }
  const until = async <T>(look: () => Promise<T>, isThere: (seen: T) => boolean): Promise<T> => {
    for (let tries = 0; ; tries += 1) {
      const seen = await look()
      if (isThere(seen) || tries > 120) return seen
      await sleep(500)
    }
  }
  const greetingOf = async (guest: string) => {
    const [address = ''] = await until(
      () => hypervisor.listAddresses(guest),
      (addresses) => addresses.length > 0,
    )
    const greeting = await until(
      async () => libvirt.greeting(address),
      (said) => said !== '',
    )
    return { address, greeting }
  }

  it('knows a machine by its name, whatever its case, and no other', async () => {
    const guest = await find()

    expect(guest).toEqual({
      id: libvirt.virsh('domuuid', '--domain', 'web-01').trim(),
      name: 'web-01',
      power: 'off',
      addresses: [],
      macs: [expect.stringMatching(/^52:54:00:/)],
      disks: [libvirt.diskOf('web-01')],
    })
    for (const name of ['web-0', 'web-011', '1', guest.id, '--all', '']) expect(await hypervisor.find(name)).toBeNull()
    expect((await hypervisor.find('WEB-01'))?.id).toBe(guest.id)
  })

  it('scans a copy that answers on its port, in an isolated network, and leaves the original as it was', async () => {
    const guest = await find()
    const told: QuarantineIds[] = []
    const things = await hypervisor.quarantine(guest, COPY, async (ids) => void told.push(ids))

    expect(told.map((ids) => Object.keys(ids))).toEqual([
      ['network'],
      ['network', 'disk'],
      ['network', 'disk', 'guest'],
    ])
    expect(told.at(-1)).toEqual(things)
    expect(await hypervisor.quarantine(guest, COPY, async () => {})).toEqual(things)

    const { address, greeting } = await greetingOf(things['guest'] ?? '')
    expect(greeting).toBe(GREETING)
    expect(address).toMatch(/^10\.213\./)
    const overlay = readFileSync(join(libvirt.folder, 'pool', `${COPY}.vda.qcow2`))
    expect(overlay.includes('written by a guest')).toBe(true)

    const described = libvirt.virsh('dumpxml', '--domain', COPY)
    expect(described).not.toContain(guest.macs[0])
    expect(described).not.toContain("network='lab'")
    expect(libvirt.virsh('net-dumpxml', '--network', COPY)).not.toContain('<forward')
    expect((await find()).power).toBe('off')
    // QEMU itself keeps the original from being written to while a copy reads it.
    await expect(hypervisor.start(guest.id)).rejects.toMatchObject({ code: 'hypervisor_refused' })

    expect(await hypervisor.listLeftovers(PREFIX)).toEqual([{ name: COPY, things }])
    expect(await hypervisor.listLeftovers('lazaret-other-')).toEqual([])
    await hypervisor.release(things)
    await hypervisor.release(things)
    expect(libvirt.inventory()).toEqual(bare)
    expect(libvirt.hashOf('web-01')).toBe(pristine)
  })

  it('leaves nothing behind that it does not find again, wherever it is killed', async () => {
    const guest = await find()
    for (const [at] of CHANGES.entries()) {
      const done = await killedAfter(libvirt, guest, at + 1)
      for (const left of await hypervisor.listLeftovers(PREFIX)) await hypervisor.release(left.things)

      expect({ done, ...libvirt.inventory() }).toEqual({ done: CHANGES.slice(0, at + 1), ...bare })
    }
    expect(libvirt.hashOf('web-01')).toBe(pristine)
  })

  it('goes on with a copy that was killed half-way, and with one whose daemon was', async () => {
    const guest = await find()
    await killedAfter(libvirt, guest, 2)
    const things = await hypervisor.quarantine(guest, COPY, async () => {})
    await libvirt.restartDaemon()

    expect(await hypervisor.quarantine(guest, COPY, async () => {})).toEqual(things)
    await hypervisor.release(things)
    expect(libvirt.inventory()).toEqual(bare)
  })

  it('removes nothing that is not a copy', async () => {
    const { id } = await find()
    const lab = libvirt.virsh('net-uuid', '--network', 'lab').trim()

    for (const things of [
      { guest: id },
      { network: lab },
      { disk: libvirt.diskOf('web-01') },
      { disk: `${POOL}/x.qcow2` },
    ])
      await expect(hypervisor.release(things)).rejects.toMatchObject({ code: 'hypervisor_refused' })
    expect(libvirt.inventory()).toEqual(bare)
  })

  it('starts, pauses, saves and ends a machine, each as often as one likes', async () => {
    const { id } = await find()
    const power = async () => (await find()).power
    const twice = async (how: 'start' | 'suspend' | 'resume' | 'stop') => {
      await hypervisor[how](id)
      await hypervisor[how](id)
      return power()
    }

    expect(await twice('start')).toBe('running')
    expect((await greetingOf(id)).greeting).toBe(GREETING)
    expect(await twice('suspend')).toBe('paused')
    expect(await twice('resume')).toBe('running')
    libvirt.virsh('managedsave', '--domain', id)
    expect(await power()).toBe('suspended')
    expect(await twice('resume')).toBe('running')
    await hypervisor.suspend(id)
    expect(await power()).toBe('suspended')
    await hypervisor.resume(id)
    await hypervisor.shutDown(id)
    expect(await until(power, (now) => now === 'off')).toBe('off')
    await hypervisor.start(id)
    expect(await twice('stop')).toBe('off')
    expect(await hypervisor.listAddresses(id)).toEqual([])
  })

  it('copies no machine that runs', async () => {
    const guest = await find()
    await hypervisor.start(guest.id)
    await expect(hypervisor.quarantine(guest, COPY, async () => {})).rejects.toMatchObject({
      code: 'hypervisor_refused',
    })
    await hypervisor.stop(guest.id)

    expect(libvirt.inventory()).toEqual(bare)
  })

  it('says that libvirt cannot be reached when it cannot, and that it never will where it refuses', async () => {
    const { id } = await find()
    const gone = libvirt.open({ program: slow(libvirt), timeoutMs: 300 })

    await expect(gone.find('web-01')).rejects.toMatchObject({ code: 'hypervisor_unreachable' })
    await expect(libvirt.open({ program: 'no-such-virsh' }).find('web-01')).rejects.toMatchObject({
      code: 'hypervisor_refused',
    })
    await expect(hypervisor.migrate(id, '--live')).rejects.toMatchObject({ code: 'hypervisor_refused' })
    await expect(hypervisor.start('web-01')).rejects.toMatchObject({ code: 'hypervisor_refused' })
  })
})

function slow(libvirt: Libvirt): string {
  return script(join(libvirt.folder, 'slow-virsh'), '#!/bin/sh\nsleep 60\n')
}

/** Makes a copy, and dies after so many of the calls that change something. Which those were. */
async function killedAfter(libvirt: Libvirt, guest: Guest, changes: number): Promise<readonly string[]> {
  const done = join(libvirt.folder, 'done')
  writeFileSync(done, '')
  const program = script(
    join(libvirt.folder, 'mortal-virsh'),
    `#!/bin/sh
[ "$(wc -l <${done})" -lt ${changes} ] || exit 1
case $4 in ${CHANGES.join('|')}) echo "$4" >>${done} ;; esac
exec virsh "$@"
`,
  )
  await libvirt
    .open({ program })
    .quarantine(guest, COPY, async () => {})
    .catch(() => {})
  return readFileSync(done, 'utf8').trim().split('\n')
}

function script(file: string, text: string): string {
  writeFileSync(file, text)
  chmodSync(file, 0o755)
  return file
}
