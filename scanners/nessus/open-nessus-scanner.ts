import { isIP } from 'node:net'
import { Fault, isFault } from '#shared/domain/fault.ts'
import type { NativeIds, Scanner } from '#shared/ports/scanner.ts'
import { CreatedScan, Details, LaunchedScan, ScanList, Templates } from './answers.ts'
import { openAsk, parseAnswer, type Patience } from './ask.ts'
import { checkServer } from './check-server.ts'
import { exportRun, type ExportPatience } from './export.ts'
import { findRun, findStarted, lookOf } from './judge-status.ts'
import { openLogin, type Credentials } from './login.ts'
import { readNessusReport } from './read-report.ts'
import type { Server } from './send.ts'

export interface NessusOptions {
  readonly id: string
  readonly server: Server
  readonly credentials: Credentials
  readonly slots: number
  /** By name: its id differs from version to version. */
  readonly template: string
  readonly policyId: number | null
  readonly folderId: number | null
  readonly patience: Patience
  readonly exportPatience: ExportPatience
}

const SCAN_ID = /^[A-Za-z0-9-]{1,80}$/
const MOST_ADDRESSES = 64
const UNDER_WAY = new Set(['running', 'processing', 'requested'])
const NO_SCAN = 'There is no such scan.'

/** Nessus Manager and Tenable Vulnerability Management by their HTTP interface. Other editions are told apart and cannot be driven. */
export function openNessusScanner(options: NessusOptions): Scanner {
  const login = openLogin(options.server, options.credentials)
  const ask = openAsk(options.server, login, options.patience)
  /** Until the server says otherwise. */
  let hasControl = true

  const listScans = async () => parseAnswer(ScanList, await ask({ method: 'GET', path: '/scans' }, [200])).scans ?? []
  const findDetails = async (ids: NativeIds): Promise<Details | null> => {
    const scan = scanOf(ids)
    if (scan === null) return null
    const answer = await ask({ method: 'GET', path: `/scans/${scan}` }, [200, 404])
    return answer.status === 200 ? parseAnswer(Details, answer) : null
  }
  const findTemplate = async (): Promise<string | null> => {
    const answer = await ask({ method: 'GET', path: '/editor/scan/templates' }, [200])
    const { templates } = parseAnswer(Templates, answer)
    return templates.find(({ name }) => name === options.template)?.uuid ?? null
  }

  return {
    id: options.id,
    kind: 'nessus',
    get abilities() {
      return {
        control: hasControl,
        resume: false,
        blindSpots: ['Without credentials on the machine it sees only what answers from outside.'],
      }
    },
    slots: options.slots,
    checkReady: async () => {
      const { readiness, control } = await checkServer(options.server, ask, async () => {
        if ((await findTemplate()) !== null) return null
        return `The scanner has no scan template "${options.template}".`
      })
      hasControl = control
      return readiness
    },
    list: async (prefix) =>
      (await listScans())
        .filter(({ name }) => name.startsWith(prefix))
        .map(({ id, name, status }) => ({
          name,
          ids: { scan: id },
          isRunning: !['empty', 'never_run'].includes(status ?? 'empty') && isUnderWay(status ?? 'empty'),
        })),
    create: async ({ name, addresses }, created) => {
      checkAddresses(addresses)
      const same = (await listScans()).find((scan) => scan.name === name)
      const scan = same?.id ?? (await createScan(name, addresses))
      await created({ scan })
      return { scan }
    },
    start: async (ids) => {
      const scan = scanOf(ids)
      const details = await findDetails(ids)
      if (scan === null || details === null) throw new Fault('scanner_refused', NO_SCAN)

      const started = findStarted(details)
      if (started !== null) return { scan, run: started }

      const answer = await ask({ method: 'POST', path: `/scans/${scan}/launch`, body: {} }, [200, 409])
      if (answer.status === 200) return { scan, run: parseAnswer(LaunchedScan, answer).scan_uuid }

      const adopted = findStarted((await findDetails(ids)) ?? details)
      if (adopted === null) throw new Fault('scanner_unreachable', 'The scanner cannot start the scan now (HTTP 409).')
      return { scan, run: adopted }
    },
    look: async (ids) => {
      const details = await findDetails(ids)
      if (details === null) return { status: 'gone', percent: null, progressMarks: [], reason: '' }
      return lookOf(details, ids['run'])
    },
    stop: async (ids) => {
      const scan = scanOf(ids)
      if (scan === null) return
      // 409: it is not in a state in which it could be stopped, so it stops already or has ended.
      await ask({ method: 'POST', path: `/scans/${scan}/stop`, body: {} }, [200, 404, 409])
    },
    resume: async () => false,
    collect: async function* (ids) {
      const details = await findDetails(ids)
      const scan = scanOf(ids)
      if (scan === null || details === null) throw new Fault('scanner_refused', NO_SCAN)

      const { status, history } = findRun(details, ids['run'])
      if (UNDER_WAY.has(status)) {
        throw new Fault('scanner_refused', 'The scan is not done yet: its report would be a part of it.')
      }
      if (history === null) throw new Fault('scanner_refused', 'The scan has no results of this run.')
      yield* exportRun(ask, { scan, history }, options.exportPatience)
    },
    translate: (chunks, machine) => readNessusReport(chunks, machine),
    remove: async (ids) => {
      const scan = scanOf(ids)
      if (scan !== null) await ask({ method: 'DELETE', path: `/scans/${scan}` }, [200, 404])
      await login.end()
    },
  }

  async function createScan(name: string, addresses: readonly string[]): Promise<string> {
    const uuid = await findTemplate()
    if (uuid === null) throw new Fault('scanner_refused', `The scanner has no scan template "${options.template}".`)

    const settings = {
      name,
      text_targets: addresses.join(','),
      launch: 'ON_DEMAND',
      enabled: false,
      ...(options.policyId === null ? {} : { policy_id: options.policyId }),
      ...(options.folderId === null ? {} : { folder_id: options.folderId }),
    }
    try {
      const answer = await ask({ method: 'POST', path: '/scans', body: { uuid, settings } }, [200])
      return parseAnswer(CreatedScan, answer).scan.id
    } catch (error) {
      if (isFault(error) && error.message.startsWith('This edition')) hasControl = false
      throw error
    }
  }
}

function isUnderWay(native: string): boolean {
  return UNDER_WAY.has(findRun({ info: { status: native } }, undefined).status)
}

function scanOf(ids: NativeIds): string | null {
  const scan = ids['scan']
  if (scan === undefined) return null
  if (!SCAN_ID.test(scan)) throw new Fault('scanner_refused', NO_SCAN)
  return scan
}

/** Only literals: names could mean another machine by now, and Nessus would take ranges and networks too. */
function checkAddresses(addresses: readonly string[]): void {
  const isGood = addresses.every((address) => isIP(address) !== 0 && !address.includes('%'))
  if (isGood && addresses.length > 0 && addresses.length <= MOST_ADDRESSES) return
  throw new Fault('scanner_refused', 'A scan takes 1 to 64 IP addresses and nothing else.')
}
