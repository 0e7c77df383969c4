import { defineConfig } from 'vitest/config'

/** One project a kind of test: `unit` opens no socket; `oracle` compares with the real tools; `e2e` runs the product. */
const project = (name: string, testTimeout: number) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], environment: 'node', testTimeout, hookTimeout: testTimeout },
})

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      project('unit', 20_000),
      project('contract', 60_000),
      project('integration', 120_000),
      project('oracle', 600_000),
      project('e2e', 600_000),
    ],
  },
})
