/** Most that the command line lets through. */
export const MAX_TRIALS = 1e8
export const MAX_THREADS = 1024
export const MAX_SWEEP_POINTS = 100_000_000
export const MAX_PLAN_CANDIDATES = 10_000
