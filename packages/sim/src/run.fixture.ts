import type { RunSpec } from './spec.ts'

/** A run with something of everything: classes, spares, a durability window, unknown constants, money and power. */
export const MIXED: RunSpec = {
  workSeconds: 200_000,
  units: 4,
  failures: [
    {
      id: 'node',
      rate: 1e-5,
      losesNode: true,
      repair: { automaticShare: 0.3, automaticSeconds: 2e4, manualSeconds: 6e4 },
    },
    { id: 'software', rate: 4e-5, units: 1, detectionSeconds: 120 },
  ],
  fleet: { p5: 0.5, p50: 1, p95: 2, law: 'lognormal' },
  checkpoint: { blockingSeconds: 20, durableAfterSeconds: 90 },
  restartSeconds: { p5: 200, p50: 300, p95: 600, law: 'lognormal' },
  downtimeSeconds: { p5: 10, p50: 30, p95: 50, law: 'normal' },
  intervalSeconds: 'auto',
  startupSeconds: 400,
  stepError: { p5: 0.9, p50: 1, p95: 1.2, law: 'lognormal' },
  spares: { nodes: 1 },
  cost: { usdPerChipHour: { p5: 1.5, p50: 2, p95: 3, law: 'lognormal' }, chips: 32 },
  power: { busyWatts: 40_000, idleWatts: 15_000 },
}
