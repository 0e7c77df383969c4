import type { Level } from '#shared/domain/report/finding.ts'
import type { FindingDraft } from '#shared/domain/report/finding-draft.ts'
import { attribute, childText } from '#shared/domain/report/xml-node.ts'
import type { XmlNode } from '#shared/domain/report/xml-reader.ts'

/**
 * An item of a compliance audit: no vulnerability. Its `severity` is no risk but a result (1 passed, 2 and 3 failed or could not be told),
 * and few plugins carry hundreds of checks, told apart by `cm:compliance-check-name` or, in old files, by the first line of the description.
 * Old files have only the family and no risk factor; plugins of that family with one (PCI DSS) are like any other.
 */
export function isCompliance(item: XmlNode): boolean {
  if (item.children.some(({ name }) => name.startsWith('cm:compliance-'))) return true
  if (childText(item, 'compliance') === 'true') return true

  return attribute(item, 'pluginFamily').trim() === 'Policy Compliance' && childText(item, 'risk_factor') === ''
}

export function readCompliance(item: XmlNode, base: FindingDraft): FindingDraft {
  const description = childText(item, 'description')
  const firstLine = description.split('\n', 1)[0] ?? ''
  const name = childText(item, 'cm:compliance-check-name') || firstLine || base.title
  const result = childText(item, 'cm:compliance-result')
  const references = childText(item, 'cm:compliance-reference').split(',')

  return {
    ...base,
    kind: 'compliance',
    title: name,
    path: name,
    description: childText(item, 'cm:compliance-info') || description,
    solution: childText(item, 'cm:compliance-solution'),
    evidence: childText(item, 'cm:compliance-actual-value') || description,
    native: { level: result || base.native.level, severity: base.native.severity },
    nativeLevel: judgeResult(result, base.native.severity),
    references: references
      .map((id) => ({ type: 'compliance', id: id.trim() }))
      .filter((reference) => reference.id !== ''),
  }
}

function judgeResult(result: string, severity: string): Level {
  switch (result.toUpperCase()) {
    case 'PASSED':
      return 'info'
    case 'FAILED':
      return 'medium'
    case '':
      return severity === '0' || severity === '1' ? 'info' : 'medium'
    default:
      return 'low'
  }
}
