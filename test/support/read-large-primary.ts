import { openRpmListBuilder } from '#shared/domain/packaging/rpm/refresh/list-builder.ts'
import { openPrimaryScanner } from '#shared/domain/packaging/rpm/refresh/primary.ts'

/**
 * Run as a process of its own: reads a made-up primary.xml of so many packages, 4 KB each as real ones are, and prints how much memory that
 * took at most (MiB), with what it had before.
 */
const count = Number(process.argv[2] ?? '60000')
const how = process.argv[3] === 'always' ? 'always' : 'where-unusual'
const DESCRIPTION = 'What this package is good for, at some length, as descriptions are. '.repeat(20)

function packageText(index: number): string {
  const name = `package-${index}`
  const requires = Array.from(
    { length: 12 },
    (_, step) => `<rpm:entry name="lib${(index * 7 + step * 13) % 5000}.so.1()(64bit)"/>`,
  )
  const provides = Array.from(
    { length: 6 },
    (_, step) => `<rpm:entry name="${name}-part${step}" flags="EQ" epoch="0" ver="1.${index}" rel="1.fc40"/>`,
  )
  return `<package type="rpm"><name>${name}</name><arch>x86_64</arch><version epoch="0" ver="1.${index}" rel="1.fc40"/><summary>A package</summary><description>${DESCRIPTION}</description><time file="1700000000" build="1700000000"/><location href="Packages/${name}.rpm"/>
<format><rpm:vendor>Example</rpm:vendor><rpm:sourcerpm>${name}-1.src.rpm</rpm:sourcerpm><rpm:provides>${provides.join('\n')}</rpm:provides><rpm:requires>${requires.join('\n')}</rpm:requires><file>/usr/bin/${name}</file><file>/etc/${name}.conf</file></format></package>\n`
}

const before = process.resourceUsage().maxRSS
const started = process.cpuUsage()
const builder = openRpmListBuilder()
const scanner = openPrimaryScanner('primary.xml', builder, how)
scanner.write(Buffer.from(`<metadata packages="${count}">\n`))
let plainBytes = 0
for (let index = 0; index < count; index += 50) {
  const text = Array.from({ length: Math.min(50, count - index) }, (_, step) => packageText(index + step)).join('')
  const bytes = Buffer.from(text)
  plainBytes += bytes.length
  scanner.write(bytes)
}
scanner.write(Buffer.from('</metadata>\n'))
scanner.finish()
const list = builder.finish()
const { user, system } = process.cpuUsage(started)
process.stdout.write(
  `${JSON.stringify({
    packages: builder.packages,
    plainBytes,
    listBytes: list.length,
    cpuMs: Math.round((user + system) / 1000),
    beforeMib: Math.round(before / 1024),
    mostMib: Math.round(process.resourceUsage().maxRSS / 1024),
  })}\n`,
)
