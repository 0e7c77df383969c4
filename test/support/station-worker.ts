import { writeSync } from 'node:fs'
import { Config } from '#station/config.ts'
import { startSchedule } from '#station/schedule.ts'
import { serve } from '#station/serve.ts'
import { openStation } from '#station/station.ts'
import { startWorkers } from '#station/workers.ts'
import { openMisbehavingServer } from './misbehaving-server.ts'
import { openLoad, publishVersion, putLoad, sourceLineOf } from './station-load.ts'

/**
 * A station, its clients and the archive that its machines use, in one process: `node station-worker.ts FOLDER ANSWERS`. After each
 * answer it says in one line of JSON everything that was answered so far. After so many answers the process ends as it is.
 */
const CLIENTS = [['a', 'b'], ['c', 'd'], ['e']]
const PUBLISH_EVERY = 12

const [folder = '', wanted = '50'] = process.argv.slice(2)
const archive = await openMisbehavingServer()
await publishVersion(archive, 2)
const config = Config.parse({ internalHosts: [archive.host], trustOwnSources: false, answerWithinSeconds: 5 })
const { api, station, waitForWork, adminToken: token } = await openStation({ config, folder, log: 'quiet' })
const serving = await serve(api, { listen: '127.0.0.1:0', folder })
startWorkers(station, waitForWork)
startSchedule(station, 60)

const load = openLoad(sourceLineOf(archive))
let answers = 0
const heard = () => {
  answers += 1
  const { acknowledged, accepted, trouble } = load
  writeSync(1, `${JSON.stringify({ token, acknowledged: [...acknowledged], accepted, trouble })}\n`)
  if (answers >= Number(wanted)) process.exit(0)
  if (answers % PUBLISH_EVERY === 0) void publishVersion(archive, 2 + answers)
}
await Promise.all(CLIENTS.map((machines) => putLoad(load, { url: serving.url, token, machines, heard })))
