import { serve } from '#station/serve.ts'
import { stationWorld } from './station-world.ts'

/**
 * A station world in a process of its own, for `fork`: tells its address and token when it serves, and, asked by any message, the most
 * memory that it ever held (MiB since it began to serve). Ends with its parent.
 */
const world = await stationWorld()
const serving = await serve(world.api, { listen: '127.0.0.1:0', folder: world.folder })
const before = process.resourceUsage().maxRSS
process.on('message', () => process.send?.({ grownMiB: (process.resourceUsage().maxRSS - before) / 1024 }))
process.on('disconnect', () => {
  void serving
    .close()
    .then(() => world.close())
    .finally(() => process.exit(0))
})
process.send?.({ url: serving.url, token: world.admin })
