import { inertJson } from '../../text.ts'
import type { Report } from '../report.ts'
import { cutWords } from './show-text.ts'

/** The report as JSON by its published schema (`docs/report.schema.json`): whole texts, but for words of more than 1,000 characters. */
export function writeJsonReport(report: Report): string {
  return `${inertJson(cutAll(report), 1)}\n`
}

/** The same value whose strings have no word of more than 1,000 characters. */
export function cutAll(value: unknown): unknown {
  if (typeof value === 'string') return cutWords(value)
  if (Array.isArray(value)) return value.map((entry) => cutAll(entry))
  if (value === null || typeof value !== 'object') return value

  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, cutAll(entry)]))
}
