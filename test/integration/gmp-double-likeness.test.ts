import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readAnswer } from '#scanners/openvas/gmp/session.ts'
import type { XmlNode } from '#shared/domain/report/xml-reader.ts'
import { answerRequest, type DoubleState } from '#test/support/gmp-double/answers.ts'
import { openDoubleModel } from '#test/support/gmp-double/model.ts'
import { noOpsSamples, readOpsSample } from '#test/support/ops-samples.ts'
import { repositoryRoot } from '#test/support/samples.ts'

const FOLDER = join(repositoryRoot, '../shared/samples/ops/gmp-real')
/** What of gvmd no recorded session shows, each from gvmd's own source. */
const NOT_RECORDED = new Set(['get_feeds/feed/currently_syncing', 'get_feeds/feed/currently_syncing/timestamp'])

/** `task/status`, `task@id`: elements and attributes as paths. */
function pathsOf(nodes: readonly XmlNode[], above: string): string[] {
  return nodes.flatMap((node) => {
    const path = `${above}/${node.name}`
    return [path, ...Object.keys(node.attributes).map((name) => `${path}@${name}`), ...pathsOf(node.children, path)]
  })
}

async function recorded(command: string): Promise<ReadonlySet<string>> {
  const paths = new Set<string>()
  for (const session of ['clean-unix-localhost', 'extended', 'lab-icmp-4-addresses', 'run3-interrupted']) {
    for (const file of readdirSync(join(FOLDER, session))) {
      if (!file.endsWith('.response.xml') || !file.includes(`-${command}`)) continue
      const { parts } = await readAnswer([readOpsSample(`gmp-real/${session}/${file}`)])
      for (const path of pathsOf(parts, command)) paths.add(path)
    }
  }
  return paths
}

describe.skipIf(noOpsSamples !== '')(`the double of gvmd${noOpsSamples}`, () => {
  const state: DoubleState = { model: openDoubleModel(), username: 'u', password: 'p', feed: 'loaded' }
  const target = state.model.createTarget('lazaret-a-1-b', 'c', '127.0.0.1')
  const task = state.model.createTask('lazaret-a-1-b', 'c', target)
  task.reports.push('11111111-2222-4333-8444-555555555555')

  it.each<[string, Record<string, string>, string]>([
    ['get_version', {}, ''],
    ['get_feeds', {}, 'syncing'],
    ['get_configs', {}, ''],
    ['get_port_lists', {}, ''],
    ['get_scanners', {}, ''],
    ['verify_scanner', {}, ''],
    ['get_tasks', { task_id: task.id }, 'Running'],
    ['get_tasks', { task_id: task.id }, 'Done'],
    ['get_targets', { filter: 'first=1 rows=10' }, ''],
    ['get_results', {}, ''],
    ['get_reports', { report_id: '11111111-2222-4333-8444-555555555555' }, 'Done'],
    ['start_task', { task_id: task.id }, ''],
    ['resume_task', { task_id: task.id }, 'Stopped'],
  ])('answers %s with nothing that the real one does not', async (name, attributes, how) => {
    state.feed = how === 'syncing' ? 'syncing' : 'loaded'
    if (how !== '' && how !== 'syncing') task.status = how
    const answer = answerRequest(state, { name, attributes, children: [], text: '' })
    state.model.close()
    const real = await recorded(name)
    const { parts } = await readAnswer([Buffer.from(answer)])
    const paths = pathsOf(parts, name)

    expect(paths.length).toBeGreaterThan(0)
    expect(paths.filter((path) => !real.has(path) && !NOT_RECORDED.has(path))).toEqual([])
  })
})
