// What a failure costs the Monte Carlo, in nanoseconds of one thread: by how much happens in it, and by the size of the cluster.
import { type RunSpec, simulateRun } from '@walltime/sim'
import { hundredPowersMicroseconds } from './layout-speed.ts'

export interface SimulationSpeed {
  readonly name: string
  readonly nanosecondsPerFailure: number
  readonly millisecondsPerTrial: number
  readonly failuresPerTrial: number
  /** 100 Math.pow calls beside it, so that machines compare. */
  readonly hundredPowersMicroseconds: number
}

const MINUTE = 60
const DAY = 86_400
const YEAR = 365 * DAY

/** Exponential failures, checkpoints and restarts: the form in which the literature states its results. */
const PLAIN: RunSpec = {
  workSeconds: 1e7,
  failures: { mtbfSeconds: 5000 },
  checkpoint: 20,
  restartSeconds: 300,
  downtimeSeconds: 60,
  intervalSeconds: 500,
}

const REPAIR = { automaticShare: 0.2, automaticSeconds: 2 * 3600, manualSeconds: 48 * 3600 }

/** A cluster whose chips die young, with leaf switches that take 32 nodes, spares and repair; of any size at one total rate. */
function ageing(chips: number): RunSpec {
  const scale = 16_384 / chips
  return {
    workSeconds: 60 * DAY,
    nodes: chips / 8,
    units: chips,
    // A year old, and a tenth of it new.
    batches: [{ share: 0.9, ageSeconds: YEAR }],
    failures: [
      {
        id: 'chip',
        rate: scale / (16 * YEAR),
        lifetime: { weibull: { shape: 0.78 } },
        detectionSeconds: 10,
        losesNode: true,
        repair: REPAIR,
      },
      { id: 'memory', rate: scale / (30 * YEAR), detectionSeconds: 10, losesNode: true, repair: REPAIR },
      { id: 'software', rate: scale / (44 * YEAR), detectionSeconds: 60 },
      {
        id: 'leaf switch',
        rate: scale / (20 * YEAR),
        units: chips / 8 / 32,
        detectionSeconds: 60,
        losesNode: true,
        nodesLost: 32,
        repair: { automaticShare: 0, automaticSeconds: 0, manualSeconds: 4 * 3600 },
      },
    ],
    checkpoint: { blockingSeconds: 2, durableAfterSeconds: 40 },
    restartSeconds: 600,
    intervalSeconds: 1200,
    spares: { nodes: 64 },
  }
}

/** AIReSim's own example (4,096 servers, 30 days of work; 1.8 s a trial there), with lost work and checkpoints, which it has not. */
const AIRESIM: RunSpec = {
  workSeconds: 30 * DAY,
  nodes: 4096,
  units: 4096,
  failures: [
    {
      id: 'server',
      rate: 0.01 / DAY,
      losesNode: true,
      repair: {
        automaticShare: 0.2,
        automaticSeconds: { exponential: { mean: 120 * MINUTE } },
        manualSeconds: { exponential: { mean: 3000 * MINUTE } },
        silentAutomaticShare: 0.4,
        silentManualShare: 0.2,
      },
    },
  ],
  lemons: { share: 0.15, multiple: 6 },
  spares: { pools: [{ nodes: 16 }, { nodes: 48, swapSeconds: 3 * MINUTE }, { nodes: 200, swapSeconds: 23 * MINUTE }] },
  checkpoint: 2,
  restartSeconds: 0,
  downtimeSeconds: 20 * MINUTE,
  intervalSeconds: 'auto',
}

const CASES: readonly (readonly [string, RunSpec])[] = [
  ['exponential failures', PLAIN],
  ["AIReSim's example, with lost work", AIRESIM],
  ...[1024, 16_384, 131_072, 1_048_576].map(
    (chips) => [`ages, switches, spares and repair, ${chips.toLocaleString('en')} chips`, ageing(chips)] as const,
  ),
]

const TRIALS = 300
const ROUNDS = 15

/** The median round of each case. */
export async function measureSimulation(): Promise<readonly SimulationSpeed[]> {
  const speeds: SimulationSpeed[] = []
  for (const [name, spec] of CASES) {
    const rounds: { seconds: number; powers: number }[] = []
    let failuresPerTrial = 0
    for (let round = 0; round < ROUNDS; round++) {
      const powers = hundredPowersMicroseconds()
      const start = performance.now()
      const result = await simulateRun(spec, { trials: TRIALS, seed: round })
      rounds.push({ seconds: (performance.now() - start) / 1e3, powers })
      failuresPerTrial = Object.values(result.interruptionsByClass).reduce((a, b) => a + b, 0)
    }
    const median = (values: readonly number[]) =>
      values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number
    const seconds = median(rounds.map((r) => r.seconds))
    speeds.push({
      name,
      nanosecondsPerFailure: (seconds / TRIALS / failuresPerTrial) * 1e9,
      millisecondsPerTrial: (seconds / TRIALS) * 1e3,
      failuresPerTrial,
      hundredPowersMicroseconds: median(rounds.map((r) => r.powers)),
    })
  }
  return speeds
}
