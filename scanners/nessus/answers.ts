import { z } from 'zod'

/** What is taken of the server's answers; everything else is left there. Sources: recorded answers, Tenable's API description. */
const Id = z.union([z.number().int().nonnegative(), z.string().regex(/^[A-Za-z0-9-]{1,80}$/)]).transform(String)
const Text = z.string().max(1000)
const Count = z.number().nonnegative().nullish()

export const Status = z.object({ status: Text })

/** Said for information: `false` or a number in its place is no reason not to scan. */
const Told = Text.nullish().catch(null)

export const Properties = z.object({
  server_version: Told,
  nessus_ui_version: Told,
  nessus_type: Told,
  loaded_plugin_set: Told,
  plugin_set: Told,
  license: z
    .object({
      type: Told,
      features: z.object({ scan_api: z.boolean().nullish() }).nullish(),
    })
    .nullish(),
})
export type Properties = z.infer<typeof Properties>

export const Templates = z.object({ templates: z.array(z.object({ name: Text, uuid: Id })).max(10_000) })

export const ScanList = z.object({
  scans: z
    .array(z.object({ id: Id, name: Text, status: Text.nullish() }))
    .max(1_000_000)
    .nullish(),
})

export const CreatedScan = z.object({ scan: z.object({ id: Id }) })
export const LaunchedScan = z.object({ scan_uuid: Id })

export const Details = z.object({
  info: z.object({ status: Text.nullish(), uuid: Id.nullish() }),
  hosts: z
    .array(
      z.object({
        scanprogresscurrent: Count,
        scanprogresstotal: Count,
        numchecksconsidered: Count,
        severity: Count,
      }),
    )
    .nullish(),
  history: z
    .array(z.object({ history_id: Id, uuid: Id.nullish(), status: Text.nullish() }))
    .max(100_000)
    .nullish(),
})
export type Details = z.infer<typeof Details>

export const StartedExport = z.object({ file: Id })
