import { fieldText, readStanzas } from './deb822.ts'
import type { Stanza } from './deb822.ts'
import { beyondQuota } from '../../evidence-fault.ts'
import { showWord } from './show-word.ts'
import type { AptPin } from '../model.ts'

/** Patterns that all preferences of a machine may hold together: each one is tried against every package. */
const MAX_PIN_PATTERNS = 5000

/** `Pin-Priority: never`: below every number, and no other pin lifts it. */
export const NEVER_PRIORITY = -32_768

const TYPES = new Set<string>(['release', 'origin', 'version', 'source-version'])

export interface ReadPreferences {
  readonly pins: readonly AptPin[]
  readonly warnings: readonly string[]
  /** What makes apt refuse the file; empty where it takes it. */
  readonly problems: readonly string[]
}

/**
 * Reads one preferences file as apt does (apt_preferences(5), checked against apt 2.6.1): records without a Pin and pins of an unknown
 * type are passed over; a record without Package, a priority that is missing, zero or out of range is an error that stops the file.
 */
export function readPreferences(file: string, text: string): ReadPreferences {
  const { stanzas, malformed } = readStanzas(text)
  const pins: AptPin[] = []
  const warnings: string[] = []
  for (const stanza of stanzas) {
    const record = readRecord(file, stanza)
    if (record.problem !== null) return { pins, warnings, problems: [record.problem] }
    if (record.warning !== null) warnings.push(record.warning)
    if (record.pin !== null) pins.push(record.pin)
  }
  const problems = malformed === null ? [] : [`${file}:${malformed.line}: a line that is no field.`]
  return { pins, warnings, problems }
}

/** @throws Fault `quota_exceeded` */
export function limitPins(pins: readonly AptPin[]): void {
  const patterns = pins.reduce((sum, pin) => sum + pin.packages.length, 0)
  if (patterns > MAX_PIN_PATTERNS) {
    throw beyondQuota('etc/apt/preferences', `pins for ${patterns} package patterns; ${MAX_PIN_PATTERNS} are allowed.`)
  }
}

interface ReadRecord {
  readonly pin: AptPin | null
  readonly warning: string | null
  readonly problem: string | null
}

function readRecord(file: string, stanza: Stanza): ReadRecord {
  const place = `${file}:${stanza.line}`
  const names = fieldText(stanza, 'package')
  if (names === '') return problem(`${place}: a record without a Package field.`)
  if (!stanza.fields.has('pin')) return passOver(`${place}: a record without a Pin field has no effect.`)

  const pin = fieldText(stanza, 'pin')
  const space = pin.search(/\s/)
  const type = (space === -1 ? pin : pin.slice(0, space)).toLowerCase()
  const general = names === '*'
  if (!TYPES.has(type) || (general && type.endsWith('version'))) {
    return passOver(`${place}: a pin of a type that apt does not know here, ${type === '' ? 'none' : showWord(type)}.`)
  }

  const priority = readPriority(fieldText(stanza, 'pin-priority'), general)
  if (typeof priority === 'string') return problem(`${place}: ${priority}`)
  return {
    pin: {
      packages: names.split(/\s+/),
      type: type as AptPin['type'],
      value: space === -1 ? '' : pin.slice(space).trimStart(),
      priority,
      place,
    },
    warning: null,
    problem: null,
  }
}

/** The number that the field begins with, or what is wrong with it. */
function readPriority(text: string, general: boolean): number | string {
  if (text === 'never') return general ? NEVER_PRIORITY : 'Pin-Priority: never is only for Package: *.'

  const digits = /^[+-]?\d{1,18}/.exec(text)
  const priority = digits === null ? 0 : Number(digits[0])
  if (priority === 0) return 'a pin without a priority, or with priority zero.'
  if (priority < -32_768 || priority > 32_767) return 'a priority beyond -32768 to 32767.'
  // The lowest number is kept for `never`.
  return Math.max(priority, NEVER_PRIORITY + 1)
}

function problem(text: string): ReadRecord {
  return { pin: null, warning: null, problem: text }
}

function passOver(warning: string): ReadRecord {
  return { pin: null, warning, problem: null }
}
