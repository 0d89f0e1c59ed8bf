import { defineConfig } from 'vitest/config'

const conditions = ['@walltime/source', 'node', 'import', 'default']
const source = { resolve: { conditions }, ssr: { resolve: { conditions } } }

/** Packages are tested from source; `test` holds what crosses packages and the built command. */
export default defineConfig({
  test: {
    reporters: ['default', './scripts/count-reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      ...['hardware', 'core', 'sim', 'cli'].map((name) => ({
        ...source,
        test: { name, root: `packages/${name}`, include: ['src/**/*.test.ts'], isolate: false, testTimeout: 60_000 },
      })),
      { ...source, test: { name: 'fit', root: 'fit', include: ['src/**/*.test.ts'] } },
      {
        ...source,
        test: { name: 'test', root: 'test', include: ['**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/core/src/**/*.ts', 'packages/sim/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.fixture.ts', '**/*.contract.ts', '**/*.d.ts'],
      reporter: ['text-summary', 'json-summary'],
      reportsDirectory: 'coverage',
      thresholds: { 'packages/core/src/**': { lines: 95 }, 'packages/sim/src/**': { lines: 95 } },
    },
  },
})
