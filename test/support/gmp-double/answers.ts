import type { DoubleModel, DoubleTask } from './model.ts'
import { childOf, type GmpRequest, textOf } from './request.ts'
import { reportOf } from './report.ts'

/** What keeps the double from being ready, by what gvmd would say. */
export type Feed =
  | 'loaded'
  | 'syncing'
  | 'no-version'
  | 'unreachable'
  | 'no-owner'
  | 'no-objects'
  | 'empty-config'
  | 'scanner-down'

export interface DoubleState {
  readonly model: DoubleModel
  readonly username: string
  readonly password: string
  feed: Feed
}

const OK = 'status="200" status_text="OK"'
const ACCEPTED = 'status="202" status_text="OK, request submitted"'
export const FULL_AND_FAST = 'daba56c8-73ec-11df-a475-002264764cea'
const PORTS = '33d0cd82-57c6-11e1-8ed1-406186ea4fc5'
const SCANNER = '08b69003-5fc2-4037-a479-93b440211c73'
const MAX_ROWS = 1000

/** gvmd's answer to one request, as far as the adapter asks; its words are those of GMP 22.7. */
export function answerRequest(state: DoubleState, request: GmpRequest): string {
  const { model } = state
  const { name, attributes } = request
  const answer = (what: string, inside = ''): string =>
    inside === '' ? `<${name}_response ${what}/>` : `<${name}_response ${what}>${inside}</${name}_response>`
  const refuse = (code: number, text: string): string => answer(`status="${code}" status_text="${escape(text)}"`)
  const unknown = (kind: string, id: string): string => refuse(404, `Failed to find ${kind} '${id}'`)
  const task = model.tasks.get(attributes['task_id'] ?? '')

  switch (name) {
    case 'get_version':
      return answer(OK, '<version>22.7</version>')
    case 'get_feeds':
      return answer(OK, feeds(state.feed))
    case 'get_configs':
      return answer(OK, configs(state.feed))
    case 'get_port_lists':
      return answer(
        OK,
        hasObjects(state.feed) ? `<port_list id="${PORTS}"><name>All IANA assigned TCP</name></port_list>` : '<sort/>',
      )
    case 'get_scanners':
      return answer(OK, `<scanner id="${SCANNER}"><name>OpenVAS Default</name><type>2</type></scanner>`)
    case 'verify_scanner':
      return state.feed === 'scanner-down'
        ? refuse(503, 'Service unavailable')
        : answer(OK, '<version>OpenVAS 23.45.1</version>')
    case 'create_target': {
      if (!hasObjects(state.feed)) return unknown('port_list', childOf(request, 'port_list')?.attributes['id'] ?? '')
      if ([...model.targets.values()].some((one) => one.name === textOf(request, 'name'))) {
        return refuse(400, 'Target exists already')
      }
      const made = model.createTarget(textOf(request, 'name'), textOf(request, 'comment'), textOf(request, 'hosts'))
      return answer(`status="201" status_text="OK, resource created" id="${made.id}"`)
    }
    case 'create_task': {
      const target = model.targets.get(childOf(request, 'target')?.attributes['id'] ?? '')
      if (target === undefined) return unknown('target', childOf(request, 'target')?.attributes['id'] ?? '')
      const made = model.createTask(textOf(request, 'name'), textOf(request, 'comment'), target)
      return answer(`status="201" status_text="OK, resource created" id="${made.id}"`)
    }
    case 'get_tasks': {
      if (attributes['task_id'] !== undefined && task === undefined) return unknown('task', attributes['task_id'])
      const tasks = task === undefined ? [...model.tasks.values()] : [task]
      return answer(OK, paged('task', tasks, attributes['filter'] ?? '', taskXml))
    }
    case 'get_targets':
      return answer(
        OK,
        paged(
          'target',
          [...model.targets.values()],
          attributes['filter'] ?? '',
          (target) => `<target id="${target.id}">${named(target)}<hosts>${escape(target.hosts)}</hosts></target>`,
        ),
      )
    case 'start_task':
      if (task === undefined) return unknown('task', attributes['task_id'] ?? '')
      return answer(ACCEPTED, `<report_id>${model.start(task)}</report_id>`)
    case 'stop_task':
      if (task === undefined) return unknown('task', attributes['task_id'] ?? '')
      model.stop(task)
      return answer(OK)
    case 'resume_task':
      if (task === undefined) return unknown('task', attributes['task_id'] ?? '')
      if (!['Stopped', 'Interrupted'].includes(task.status)) {
        return refuse(400, 'Task must be in Stopped or Interrupted state')
      }
      return answer(ACCEPTED, `<report_id>${model.resume(task)}</report_id>`)
    case 'get_results':
      return answer(OK, '<result_count>3<filtered>3</filtered></result_count>')
    case 'get_reports': {
      const id = attributes['report_id'] ?? ''
      const owner = [...model.tasks.values()].find((one) => one.reports.includes(id))
      return owner === undefined ? unknown('report', id) : answer(OK, reportOf(owner, id, model.outcome))
    }
    case 'delete_task':
      if (task === undefined) return unknown('task', attributes['task_id'] ?? '')
      model.deleteTask(task)
      return answer(model.tasks.has(task.id) ? ACCEPTED : OK)
    case 'delete_target': {
      const id = attributes['target_id'] ?? ''
      if ([...model.tasks.values()].some((one) => one.target.id === id)) return refuse(400, 'Target is in use')
      return model.targets.delete(id) ? answer(OK) : unknown('target', id)
    }
    default:
      return '<gmp_response status="400" status_text="Bogus command name"/>'
  }
}

export function isLoginOf({ username, password }: DoubleState, request: GmpRequest): boolean {
  const credentials = childOf(request, 'credentials')
  return (
    credentials !== undefined &&
    textOf(credentials, 'username') === username &&
    textOf(credentials, 'password') === password
  )
}

function hasObjects(feed: Feed): boolean {
  return feed !== 'no-owner' && feed !== 'no-objects'
}

function feeds(feed: Feed): string {
  const state =
    feed === 'syncing'
      ? '<currently_syncing><timestamp>Sat Nov 21 10:00:00 2026</timestamp></currently_syncing>'
      : feed === 'unreachable'
        ? '<sync_not_available><error>Could not connect to scanner to get feed info</error></sync_not_available>'
        : ''
  const version = feed === 'no-version' || feed === 'unreachable' ? '' : '202611200600'
  return `<feed_owner_set>${feed === 'no-owner' ? 0 : 1}</feed_owner_set><feed><type>NVT</type><name>Feed</name><version>${version}</version>${state}</feed>`
}

function configs(feed: Feed): string {
  if (!hasObjects(feed)) return '<config_count>0<filtered>0</filtered></config_count>'
  const checks = feed === 'empty-config' ? 0 : 90_000
  return `<config id="${FULL_AND_FAST}"><name>Full and fast</name><nvt_count>${checks}<growing>1</growing></nvt_count></config>`
}

function taskXml(task: DoubleTask): string {
  const report = task.reports.at(-1)
  const part = task.status === 'Done' ? 'last_report' : 'current_report'
  const told = report === undefined ? '' : `<${part}><report id="${report}"/></${part}>`
  return `<task id="${task.id}">${named(task)}<target id="${task.target.id}"/><status>${task.status}</status><progress>${task.percent}</progress>${told}</task>`
}

function named({ name, comment }: { readonly name: string; readonly comment: string }): string {
  return `<name>${escape(name)}</name><comment>${escape(comment)}</comment>`
}

/** `name~x first=1 rows=500`: at most 1,000 at once, whatever is asked for. */
function paged<Thing extends { readonly name: string }>(
  kind: string,
  things: readonly Thing[],
  filter: string,
  write: (thing: Thing) => string,
): string {
  const part = /name~(\S+)/.exec(filter)?.[1]?.toLowerCase() ?? ''
  const first = Number(/first=(\d+)/.exec(filter)?.[1] ?? 1)
  const rows = Math.min(Number(/rows=(\d+)/.exec(filter)?.[1] ?? 10), MAX_ROWS)
  const all = things.filter(({ name }) => name.toLowerCase().includes(part))
  const page = all.slice(first - 1, first - 1 + rows)
  return `${page.map(write).join('')}<${kind}_count>${things.length}<filtered>${all.length}</filtered><page>${page.length}</page></${kind}_count>`
}

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
