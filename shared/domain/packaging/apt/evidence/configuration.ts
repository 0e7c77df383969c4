import { parseAptBoolean } from '../apt-words.ts'

/** apt's configuration: a tree of tags, found without regard to case. A list is a run of children without a tag of their own. */
export interface AptConfiguration {
  readonly root: ConfigNode
}

export interface ConfigNode {
  value: string
  readonly parent: ConfigNode | null
  readonly named: Map<string, ConfigNode>
  /** In order; the named ones are among them. */
  children: ConfigNode[]
}

export function emptyConfiguration(): AptConfiguration {
  return { root: newNode(null) }
}

/** Sets `A::B` to a value; a name that ends in `::` appends to a list. Missing parents come into being empty. */
export function setConfig(config: AptConfiguration, name: string, value: string): void {
  let node = config.root
  for (const tag of name.split('::')) node = childOf(node, tag)
  node.value = value
}

/** `#clear A::B`: the value and everything below vanish. */
export function clearConfig(config: AptConfiguration, name: string): void {
  const node = findNode(config, name)
  if (node === null) return

  node.value = ''
  node.named.clear()
  node.children = []
}

/** The value, '' where it is not set. */
export function configText(config: AptConfiguration, name: string): string {
  return findNode(config, name)?.value ?? ''
}

/** null where it is not set or no boolean. */
export function configBoolean(config: AptConfiguration, name: string): boolean | null {
  return parseAptBoolean(configText(config, name))
}

/** A whole number that the value begins with; null where there is none. apt's own fallback for nonsense is the default too. */
export function configNumber(config: AptConfiguration, name: string): number | null {
  const found = /^\s*([+-]?\d{1,15})/.exec(configText(config, name))
  return found === null ? null : Number(found[1])
}

/** A list: the value split at commas, or else the values of the children. */
export function configList(config: AptConfiguration, name: string): string[] {
  const node = findNode(config, name)
  if (node === null) return []

  return node.value === '' ? node.children.map((child) => child.value) : node.value.split(',')
}

/** Tags (in lower case) and nodes directly below a name. */
export function configChildren(config: AptConfiguration, name: string): ReadonlyMap<string, ConfigNode> {
  return findNode(config, name)?.named ?? new Map()
}

export function findNode(config: AptConfiguration, name: string): ConfigNode | null {
  let node = config.root
  for (const tag of name.toLowerCase().split('::')) {
    const child = node.named.get(tag)
    if (child === undefined) return null
    node = child
  }
  return node
}

function childOf(node: ConfigNode, tag: string): ConfigNode {
  const key = tag.toLowerCase()
  const known = key === '' ? undefined : node.named.get(key)
  if (known !== undefined) return known

  const child = newNode(node)
  if (key !== '') node.named.set(key, child)
  node.children.push(child)
  return child
}

function newNode(parent: ConfigNode | null): ConfigNode {
  return { value: '', parent, named: new Map(), children: [] }
}
