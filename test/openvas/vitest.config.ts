import { defineConfig } from 'vitest/config'

/** `npm run test:openvas`: a whole Greenbone of its own, minutes long. Not part of `npm test`. */
export default defineConfig({
  test: {
    name: 'openvas',
    root: import.meta.dirname,
    include: ['*.test.ts'],
    environment: 'node',
    pool: 'forks',
    reporters: ['verbose'],
    testTimeout: 180_000,
    hookTimeout: 420_000,
  },
})
