import { isFault } from '#shared/domain/fault.ts'
import type { Readiness } from '#shared/ports/scanner.ts'
import { Properties, Status } from './answers.ts'
import { NOT_LICENSED, parseAnswer, type Ask } from './ask.ts'
import { readBody, send, type Server } from './send.ts'

const WAIT_SECONDS = 60
/** Editions whose interface reads only (HTTP 412 `API is not available`): "as-designed", Tenable says. */
const READ_ONLY = /professional|expert|essentials|home/i

/**
 * May scans be started? A server that compiles its plugins is not ready, an edition that cannot be driven is unusable. `checkMore` gives another
 * reason why a person must act.
 * @throws Fault `scanner_unreachable`
 */
export async function checkServer(
  server: Server,
  ask: Ask,
  checkMore: () => Promise<string | null>,
): Promise<{ readiness: Readiness; control: boolean }> {
  try {
    const status = await readStatus(server)
    if (status !== 'ready') return { readiness: notReady(`The scanner is not ready: ${status}.`), control: true }

    const properties = parseAnswer(Properties, await ask({ method: 'GET', path: '/server/properties' }, [200]))
    if (!canControl(properties)) return { readiness: { status: 'unusable', reason: NOT_LICENSED }, control: false }

    const more = await checkMore()
    if (more !== null) return { readiness: { status: 'unusable', reason: more }, control: true }
    return {
      readiness: {
        status: 'ready',
        version: properties.server_version || properties.nessus_ui_version || 'unknown',
        feedVersion: properties.loaded_plugin_set || properties.plugin_set || '',
      },
      control: true,
    }
  } catch (error) {
    if (!isFault(error)) throw error
    if (error.code === 'scanner_refused' || error.code === 'config_invalid') {
      return { readiness: { status: 'unusable', reason: error.message }, control: error.message !== NOT_LICENSED }
    }
    if (error.message.includes('HTTP 429') || error.message.includes('HTTP 503')) {
      return { readiness: notReady(error.message), control: true }
    }
    throw error
  }
}

/** Asked without credentials: it answers before there are users. Plugins are compiled for minutes, up to an hour. */
async function readStatus(server: Server): Promise<string> {
  const answer = await send(server, { method: 'GET', path: '/server/status' }, {})
  const status = answer.statusCode ?? 0
  const text = await readBody(answer, status === 200)
  // Tenable Vulnerability Management may want credentials even here; then the calls that follow tell.
  if (status === 401 || status === 403 || status === 404) return 'ready'
  if (status !== 200) return `HTTP ${status}`
  return parseAnswer(Status, { status, text }).status.slice(0, 60)
}

function canControl({ license, nessus_type: type }: Properties): boolean {
  const said = license?.features?.scan_api
  if (said !== undefined && said !== null) return said
  return !READ_ONLY.test(`${type ?? ''} ${license?.type ?? ''}`)
}

function notReady(reason: string): Readiness {
  return { status: 'not-ready', reason, retryAfterSeconds: WAIT_SECONDS }
}
