import { describe, expect, it } from 'vitest'
import { tidyMessage } from '#hypervisors/libvirt/tidy-message.ts'

describe('tidyMessage', () => {
  it('leaves out the environment of a hook and keeps its reason, however long the path is', () => {
    const path = Array.from({ length: 300 }, (_, index) => `/opt/tools/${index}/bin`).join(':')
    const said = `error: Failed to start domain 'web-01'\nerror: Hook script execution failed: Child process (LC_ALL=C PATH=${path} HOME=/root /etc/libvirt/hooks/qemu web-01 prepare begin -) unexpected exit status 1: lazaret: web-01 may not start\n`

    expect(tidyMessage(said)).toBe(
      "Failed to start domain 'web-01' Hook script execution failed: Child process (/etc/libvirt/hooks/qemu web-01 prepare begin -) unexpected exit status 1: lazaret: web-01 may not start",
    )
  })

  it('is bounded, with its beginning and its end', () => {
    const tidied = tidyMessage(`begin ${'x'.repeat(10_000)} end`)

    expect(tidied).toHaveLength(501)
    expect(tidied).toMatch(/^begin x+…x+ end$/)
  })

  it('has no control character', () => {
    expect(tidyMessage('a\u001b[31mb\u0000c')).toBe('a [31mb c')
  })
})
