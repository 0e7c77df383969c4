import type { Random } from '../apt-world/random.ts'

const KEYS =
  'enabled baseurl mirrorlist exclude excludepkgs includepkgs priority cost name skip_if_unavailable module_hotfixes Enabled foo'.split(
    ' ',
  )
const VALUES = [
  ...'1|0|yes|no||maybe|http://a.example.org/$releasever/|http://b.example.org/$basearch http://c.example.org/|http://d.example.org/${harbour}/'.split(
    '|',
  ),
  ...'  http://e.example.org|a,b c|a*,,b|,a|"q"|\'http://q.example.org/\'|99|-5|7 x|10 |=1|# c|http://h.example.org/x y'.split(
    '|',
  ),
]
const ODD = ['odd', '=x', '[', '[]', '[a] bc', '  [ind]', '[bad id]', ' # ic', '\todd']
const OTHER = ['# c', ';x', '', '  ', '  http://f.example.org/', '\tb', '[dup]', '[v$harbour]', '[s] # c', '[dup]']

/** A repository file that may be nearly right, as people leave them. */
export function makeRepositoryFile(random: Random): string {
  const lines = [random.pick(['[a]', '[b]', '[main]', '#c\n[a]'])]
  const count = random.int(0, 10)
  for (let index = 0; index < count; index += 1) {
    if (random.chance(0.06)) lines.push(random.pick(ODD))
    else if (random.chance(0.25)) lines.push(random.pick(OTHER))
    else lines.push(`${random.pick(KEYS)}${random.pick(['=', ' = ', '= '])}${random.pick(VALUES)}`)
  }
  return `${lines.join('\n')}\n`
}
