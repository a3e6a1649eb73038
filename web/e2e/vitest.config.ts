import { defineConfig } from 'vitest/config'

// The real binary in a real browser: one file after the other, slow machines allowed for.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.e2e.ts'],
    environment: 'node',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    bail: 1,
  },
})
