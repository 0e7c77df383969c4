import { describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import { openUpdateInfoReader, type AdvisedPackage } from '#shared/domain/packaging/rpm/refresh/update-info.ts'
import type { RpmAdvisory } from '#shared/domain/packaging/rpm/model.ts'
import { readXmlBytes } from '#shared/domain/packaging/rpm/refresh/xml.ts'

type Read = RpmAdvisory & { packages: readonly AdvisedPackage[] }

function read(xml: string): Read[] {
  const found: Read[] = []
  const reader = openUpdateInfoReader(
    'updateinfo.xml',
    (advisory, packages) => void found.push({ ...advisory, packages }),
  )
  readXmlBytes(Buffer.from(xml), reader, 'updateinfo.xml')
  return found
}

const one = (update: string, attributes = 'type="security" status="final"') =>
  read(`<updates><update ${attributes}><id>A-1</id>${update}</update></updates>`)[0]

describe('an updateinfo.xml', () => {
  it('is read with packages, modules, references and what asks for a reboot', () => {
    expect(
      read(`<?xml version="1.0"?>
<updates>
  <update from="a@b" type="security" status="final"><id>RHSA-1</id><title>t</title><severity>Moderate</severity>
  <references>
    <reference type="cve" id="CVE-2024-1" href="https://example.org/CVE-2024-1" title="CVE-2024-1"/>
    <reference type="bugzilla" id="77" href="https://example.org/77" title="CVE-2024-2 in something"/>
    <reference type="self" id="RHSA-1" href="https://example.org/RHSA-1"/>
  </references>
  <pkglist><collection short="c"><name>c</name><module name="web" stream="1.10" version="3" context="c" arch="x86_64"/>
    <package name="httpd" version="2.4" release="1" epoch="1" arch="x86_64" src="x"><filename>f</filename><reboot_suggested>True</reboot_suggested></package>
    <package name="httpd" version="2.4" release="1" epoch="1" arch="src"/>
  </collection><collection>
    <package name="plain" version="1" release="2" epoch="None" arch="noarch"/>
  </collection></pkglist></update>
</updates>`),
    ).toEqual([
      {
        id: 'RHSA-1',
        kind: 'security',
        severity: 'medium',
        status: 'final',
        cves: ['CVE-2024-1', 'CVE-2024-2'],
        bugs: ['77', 'https://example.org/RHSA-1'],
        rebootSuggested: true,
        packages: [
          { name: 'httpd', epoch: 1, version: '2.4', release: '1', architecture: 'x86_64', module: 'web:1.10' },
          { name: 'plain', epoch: null, version: '1', release: '2', architecture: 'noarch', module: '' },
        ],
      },
    ])
  })

  it.each([
    ['security', 'security'],
    ['bugfix', 'bugfix'],
    ['recommended', 'bugfix'],
    ['enhancement', 'enhancement'],
    ['newpackage', 'enhancement'],
    ['optional', 'enhancement'],
    ['feature', 'unknown'],
    ['', 'unknown'],
  ])('of type %j is %s', (type, kind) => {
    expect(one('', `type="${type}"`)?.kind).toBe(kind)
  })

  it.each([
    ['Critical', 'critical'],
    ['Important', 'high'],
    ['high', 'high'],
    ['urgent', 'high'],
    ['Moderate', 'medium'],
    ['medium', 'medium'],
    ['Low', 'low'],
    ['None', 'unknown'],
    ['', 'unknown'],
  ])('with the severity %j is %s', (word, severity) => {
    expect(one(`<severity>${word}</severity>`)?.severity).toBe(severity)
  })

  it('names CVEs in its text where its references name none', () => {
    const text =
      '<title>fixes CVE-2020-12345</title><description>and CVE-2020-9, CVE-2020-12345 (XCVE-2020-1)</description>'
    expect(one(text)?.cves).toEqual(['CVE-2020-12345', 'CVE-2020-9'])

    const referenced = `${text}<references><reference type="cve" id="CVE-2021-1"/></references>`
    expect(one(referenced)?.cves).toEqual(['CVE-2021-1'])
  })

  it('may be empty', () => {
    expect(read('<updates/>')).toEqual([])
  })

  it.each([
    ['without an id', '<updates><update type="security"><title>t</title></update></updates>'],
    [
      'for a package without a name',
      '<updates><update><id>A</id><pkglist><collection><package version="1"/></collection></pkglist></update></updates>',
    ],
    ['of another root', '<html/>'],
    ['that is cut', '<updates><update><id>A</id></update>'],
  ])('%s is refused', (_, xml) => {
    let fault: unknown = null
    try {
      read(xml)
    } catch (error) {
      fault = error
    }
    expect(isFault(fault, 'repository_refused')).toBe(true)
  })
})
