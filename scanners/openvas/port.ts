import type { Port } from '#shared/domain/report/finding.ts'

const GENERAL: Port = { number: null, protocol: 'general' }

/**
 * A port as OpenVAS writes it: `443/tcp`, `general/tcp`, `general/CPE-T`, in old reports `https (443/tcp)`, in errors `22` or nothing. The last
 * `number/protocol` counts; all the rest is the machine as a whole.
 */
export function readOpenvasPort(text: string): { readonly port: Port; readonly service: string } {
  const trimmed = text.trim().slice(0, 200)
  const match = /(?:^|[^\d])(\d{1,5})\/(tcp|udp|sctp)\)?$/i.exec(trimmed)
  const number = Number(match?.[1] ?? (/^\d{1,5}$/.test(trimmed) ? trimmed : '0'))
  if (number < 1 || number > 65_535) return { port: GENERAL, service: '' }

  const protocol = match?.[2]?.toLowerCase()
  const service = /^([\w.-]{1,60}) \(/.exec(trimmed)?.[1] ?? ''
  return { port: { number, protocol: protocol === 'udp' || protocol === 'sctp' ? protocol : 'tcp' }, service }
}
