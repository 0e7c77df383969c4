import { isFault } from '#shared/domain/fault.ts'
import { attribute, childText, findChild } from '#shared/domain/report/xml-node.ts'
import type { XmlNode } from '#shared/domain/report/xml-reader.ts'
import type { Readiness } from '#shared/ports/scanner.ts'
import { element } from './gmp/markup.ts'
import { type GmpAccess, type GmpAnswer, type GmpSession, withSession } from './gmp/session.ts'
import { judgeAnswer } from './gmp/status.ts'
import { askFor, countChecks, findNamed } from './objects.ts'
import { type OpenvasPreset, WELL_KNOWN_IDS } from './preset.ts'

/** A feed takes minutes to hours to load for the first time. */
const FEED_SECONDS = 300
const SCANNER_SECONDS = 60

/**
 * May a scan be started? Everything that makes gvmd take a scan and find nothing is looked for first: checks that are not loaded, an empty
 * configuration, a scanner that does not answer. @throws Fault `scanner_unreachable` where gvmd itself does not answer
 */
export async function checkOpenvasReady(access: GmpAccess, preset: OpenvasPreset): Promise<Readiness> {
  try {
    return await withSession(access, (session) => judge(session, preset))
  } catch (error) {
    if (isFault(error, 'scanner_refused') || isFault(error, 'config_invalid')) return unusable(error.message)
    throw error
  }
}

async function judge(session: GmpSession, preset: OpenvasPreset): Promise<Readiness> {
  const version = childTextOf(await askFor(session, element('get_version', {})), 'version')
  const feeds = await askFor(session, element('get_feeds', {}))
  const checks = feeds.parts.find((part) => part.name === 'feed' && childText(part, 'type') === 'NVT') ?? null
  const feedVersion = childText(checks, 'version')
  const trouble = feedTrouble(feeds, checks, feedVersion)
  if (trouble !== '') return notReady(trouble, FEED_SECONDS)

  const find = (kind: 'config' | 'port_list' | 'scanner', wanted: string) =>
    findNamed(session, kind, wanted, WELL_KNOWN_IDS.get(wanted))
  const config = await find('config', preset.scanConfig)
  if (config === null) return missing(`The scan configuration "${preset.scanConfig}"`, feeds)
  if (countChecks(config) === 0) {
    return notReady(
      `The scan configuration "${preset.scanConfig}" holds no checks: the feed is not loaded, or it is an empty one.`,
      FEED_SECONDS,
    )
  }
  if ((await find('port_list', preset.portList)) === null) return missing(`The port list "${preset.portList}"`, feeds)

  const scanner = await find('scanner', preset.scanner)
  if (scanner === null) return unusable(`Greenbone has no scanner "${preset.scanner}".`)
  const answers = await session.ask(element('verify_scanner', { scanner_id: attribute(scanner, 'id') }))
  if (judgeAnswer(answers.status) !== 'done') {
    return notReady(
      `gvmd does not reach its scanner "${preset.scanner}": the service ospd-openvas is down, starting, or without memory.`,
      SCANNER_SECONDS,
    )
  }
  return { status: 'ready', version: `${childTextOf(answers, 'version')} GMP ${version}`.trim(), feedVersion }
}

function feedTrouble(feeds: GmpAnswer, checks: XmlNode | null, version: string): string {
  const types = feeds.parts.filter((part) => part.name === 'feed' && findChild(part, 'currently_syncing') !== null)
  if (types.length > 0) {
    return `A feed is being loaded (${types
      .map((feed) => childText(feed, 'type'))
      .join(', ')
      .slice(0, 100)}): a scan now would miss checks.`
  }
  const error = childText(findChild(checks, 'sync_not_available'), 'error')
  if (error !== '') return `The feed of checks cannot be used: ${error.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)}.`
  return version === '' ? 'The feed of checks is not loaded yet.' : ''
}

/** Configurations and port lists come with the feed, to the account that is named as their owner; without one they never come. */
function missing(what: string, feeds: GmpAnswer): Readiness {
  return childTextOf(feeds, 'feed_owner_set') === '0'
    ? unusable(`${what} is not there and will not come: no feed import owner is set in Greenbone.`)
    : notReady(`${what} is not there: the feed is not loaded yet, or it has another name.`, FEED_SECONDS)
}

function childTextOf({ parts }: GmpAnswer, name: string): string {
  return (
    parts
      .find((part) => part.name === name)
      ?.text.trim()
      .slice(0, 60) ?? ''
  )
}

function notReady(reason: string, retryAfterSeconds: number): Readiness {
  return { status: 'not-ready', reason, retryAfterSeconds }
}

function unusable(reason: string): Readiness {
  return { status: 'unusable', reason }
}
