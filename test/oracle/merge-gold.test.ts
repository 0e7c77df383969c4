import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

import { readNessusReport } from '#scanners/nessus/read-report.ts'
import { readOpenvasReport } from '#scanners/openvas/read-report.ts'
import type { Finding } from '#shared/domain/report/finding.ts'
import { mergeFindings } from '#shared/domain/report/merge.ts'
import { repositoryRoot } from '#test/support/samples.ts'

const folder = join(repositoryRoot, '../shared/samples/ops')
const gold = join(folder, 'merge-gold/metasploitable2_nessus2014_x_openvas2023.json')
const noSamples = existsSync(gold) ? '' : ' (skipped: the samples are not beside the repository)'

const Named = z.object({ title: z.string(), port: z.string() })
const Pairs = z.array(z.object({ nessus: Named, openvas: Named }))
const Gold = z.object({ same: Pairs, related: Pairs, different: Pairs })

/** A person's word on which findings of two scanners on one machine are the same. */
describe.skipIf(noSamples !== '')(`two scanners' findings of one machine${noSamples}`, () => {
  const said = { same: [] as string[], related: [] as string[], different: [] as string[] }
  let counted: string[] = []
  let merged: string[] = []

  beforeAll(async () => {
    const labels = Gold.parse(JSON.parse(readFileSync(gold, 'utf8')))
    for (const kind of ['same', 'related', 'different'] as const) {
      said[kind] = labels[kind].map(({ nessus, openvas }) => pairOf(spell(nessus), spell(openvas)))
    }
    const nessus = await readNessusReport(createReadStream(join(folder, 'nessus/metasploitable2_2014.nessus')), 'm')
    const openvas = await readOpenvasReport(createReadStream(join(folder, 'openvas/metasploitable2_2023.xml')), 'm')
    const pairs = (findings: readonly Finding[]): string[] =>
      mergeFindings(findings, ['nessus', 'openvas'])
        .filter((group) => group.findings.length === 2)
        .map((group) => pairOf(describeFinding(group.findings[0]!), describeFinding(group.findings[1]!)))
    merged = pairs([...nessus.findings, ...openvas.findings])
    // The labels are of what is more than information.
    counted = pairs([...nessus.findings, ...openvas.findings].filter(({ level }) => level !== 'info'))
  })

  it('are merged where they are the same: precision 1.00, recall at least 0.95', () => {
    const right = counted.filter((pair) => said.same.includes(pair))
    const wrong = counted.filter((pair) => !said.same.includes(pair) && !said.related.includes(pair))

    expect(said.same.length).toBe(9)
    expect(wrong).toEqual([])
    expect(right.length / said.same.length).toBeGreaterThanOrEqual(0.95)
  })

  it('are never merged where they are different, also with all that is information among them', () => {
    expect(said.different.length).toBe(8)
    expect(merged.filter((pair) => said.different.includes(pair))).toEqual([])
    expect(merged.toSorted()).toEqual(
      [
        ...counted,
        pairOf('VNC Server Unencrypted Communication Detection 5900', 'VNC Server Unencrypted Data Transmission 5900'),
      ].toSorted(),
    )
  })
})

function describeFinding({ title, port }: Finding): string {
  return `${title} ${port.number ?? 'general'}`
}

function spell({ title, port }: z.infer<typeof Named>): string {
  return `${title} ${port.split('/')[0] ?? ''}`
}

function pairOf(one: string, other: string): string {
  return `${one} | ${other}`
}
