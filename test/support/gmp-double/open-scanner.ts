import { GMP_LIMITS, type GmpLimits } from '#scanners/openvas/gmp/session.ts'
import type { GmpAddress } from '#scanners/openvas/gmp/transport.ts'
import { openOpenvasScanner } from '#scanners/openvas/open-openvas-scanner.ts'
import { OpenvasPreset } from '#scanners/openvas/preset.ts'
import type { Scanner } from '#shared/ports/scanner.ts'
import type { DoubleState } from './answers.ts'

/** The adapter against a double, which does in milliseconds what gvmd does in seconds. */
export function openDoubleScanner(
  { username, password }: Pick<DoubleState, 'username' | 'password'>,
  address: GmpAddress,
  limits: Partial<GmpLimits> = {},
): Scanner {
  return openOpenvasScanner({
    id: 'openvas-double',
    slots: 2,
    preset: OpenvasPreset.parse({}),
    access: { address, username, password: () => password, limits: { ...GMP_LIMITS, ...limits } },
    patience: { pauseMs: 50, looks: 20 },
    resumePauseMs: 100,
    settleMs: 150,
  })
}
