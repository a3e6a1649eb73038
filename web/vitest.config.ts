import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.{ts,tsx}', 'mock/**/*.test.ts'],
          environment: 'happy-dom',
          environmentOptions: { happyDOM: { url: 'http://localhost:3000/' } },
          setupFiles: ['mock/setup.ts'],
          restoreMocks: true,
          testTimeout: 30_000,
        },
      },
      { test: { name: 'rules', include: ['rules/**/*.test.ts'], environment: 'node' } },
    ],
  },
})
