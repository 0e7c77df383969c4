import { z } from 'zod'
import { defineEndpoint } from '../endpoint.ts'

export const Health = z.object({ schema: z.literal('lazaret.health/1'), status: z.literal('ok') })
const Ready = z.object({ schema: z.literal('lazaret.ready/1'), status: z.enum(['ready', 'not-ready']) })
const Document = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) })

const OK = { status: 200, json: { schema: 'lazaret.health/1', status: 'ok' } } as const

const health = defineEndpoint({
  id: 'GET /v1/health',
  summary: 'The station answers.',
  answers: { 200: Health },
  handle: async () => OK,
})

const alive = defineEndpoint({
  id: 'GET /livez',
  summary: 'The process lives.',
  answers: { 200: Health },
  handle: async () => OK,
})

const ready = defineEndpoint({
  id: 'GET /readyz',
  summary: 'The stored data can be read; 503 while it cannot.',
  answers: { 200: Ready, 503: Ready },
  handle: async ({ station }) => {
    try {
      await station.table.get({ partition: 'machine', sort: 'readyz' })
      await station.queue.depth()
      return { status: 200, json: { schema: 'lazaret.ready/1', status: 'ready' } }
    } catch (error) {
      station.log.error('station.not-ready', { reason: String(error) })
      return { status: 503, json: { schema: 'lazaret.ready/1', status: 'not-ready' } }
    }
  },
})

const document = defineEndpoint({
  id: 'GET /v1/openapi.json',
  summary: 'This document.',
  answers: { 200: Document },
  handle: async (call) => ({ status: 200, json: call.document() }),
})

const documentAtRoot = defineEndpoint({ ...document, id: 'GET /openapi.json' })

const importer = defineEndpoint({
  id: 'GET /importer.sh',
  summary: 'The remote importer: a POSIX shell script that registers the machine it runs on.',
  answers: { 200: 'text/x-shellscript' },
  handle: async ({ options }) => ({
    status: 200,
    text: { type: 'text/x-shellscript; charset=utf-8', body: options.importerScript },
  }),
})

export const PUBLIC_ENDPOINTS = [health, alive, ready, document, documentAtRoot, importer]
