import { defineConfig } from 'vitest/config'

const conditions = ['@walltime/source', 'node', 'import', 'default']

/** Heavier proofs: the same claims as `npm test` makes, over more cases and trials. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    root: 'test',
    include: ['long/**/*.long.ts'],
    reporters: ['default', './scripts/count-reporter.ts'],
    testTimeout: 600_000,
  },
})
