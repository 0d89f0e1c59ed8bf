import fc from 'fast-check'
import type { FailureClassSpec, RunSpec } from './spec.ts'

// Evenly spread, where fc.double would give mostly tiny numbers.
const number = (min: number, max: number) =>
  fc.integer({ min: 0, max: 1000 }).map((n) => min + ((max - min) * n) / 1000)
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })

const duration = fc.oneof(
  number(0, 500),
  number(1, 300).map((mean) => ({ exponential: { mean } })),
  number(1, 300).map((to) => ({ uniform: { from: 0, to } })),
  number(1, 300).map((mean) => ({ weibull: { mean, shape: 0.8 } })),
  number(1, 300).map((p50) => ({ p5: p50 / 2, p50, p95: p50 * 3, law: 'lognormal' as const })),
)

const lifetime = fc.oneof(
  fc.constantFrom('exponential' as const, 'periodic' as const),
  number(0.5, 3).map((shape) => ({ weibull: { shape } })),
  number(0.3, 2).map((sigma) => ({ lognormal: { sigma } })),
  fc.constant({ piecewise: [{ untilSeconds: 5000, factor: 3 }, { factor: 0.5 }] }),
)

const failureClass: fc.Arbitrary<FailureClassSpec> = fc
  .record(
    {
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      rate: number(0, 8e-6),
      fixedUnits: fc.boolean(),
      lifetime,
      modulation: fc.constant({ periodSeconds: 86_400, factors: [0.5, 1, 2, 0] }),
      burst: fc.constant({ share: 0.3, withinSeconds: 500 }),
      whileDown: fc.boolean(),
      effect: fc.constantFrom('kill', 'kill', 'kill', 'corrupt', 'slow', 'rollback', 'stop', 'preempt'),
      graceSeconds: number(0, 1000),
      detectionSeconds: duration,
      diagnosisSeconds: duration,
      wrongDiagnosis: fc.constant({ share: 0.2, recurrenceSeconds: 100 }),
      overEviction: fc.nat(2),
      stopSeconds: duration,
      restartSeconds: number(0, 100),
      losesNode: fc.boolean(),
      nodesLost: fc.constantFrom(1, 1, 1, 2, 4, Number.POSITIVE_INFINITY),
      rollbackSeconds: duration,
    },
    { requiredKeys: ['id', 'rate'] },
  )
  .map((c) => {
    const ages = c.lifetime !== undefined && c.lifetime !== 'exponential'
    const { modulation, whileDown, ...rest } = c
    return {
      ...(ages ? rest : c),
      slowPace: 0.7,
      repair: {
        automaticShare: 0.4,
        automaticSeconds: 2000,
        manualSeconds: { exponential: { mean: 9000 } },
        silentAutomaticShare: 0.4,
        silentManualShare: 0.2,
      },
    } as FailureClassSpec
  })

const tier = fc.record({
  blockingSeconds: number(0, 60),
  durableAfterSeconds: number(0, 400),
  loadSeconds: number(0, 100),
})

/** Runs with something of everything. */
export const anyRun: fc.Arbitrary<RunSpec> = fc
  .record({
    phases: fc.array(
      fc.record(
        {
          workSeconds: number(1000, 60_000),
          nodes: fc.constantFrom(8, 16),
          evaluation: fc.constant({ everySeconds: 1000, pauseSeconds: 60 }),
          switchSeconds: number(0, 300),
          intervalSeconds: number(200, 2000),
        },
        { requiredKeys: ['workSeconds'] },
      ),
      { minLength: 1, maxLength: 3 },
    ),
    units: fc.constant(8),
    failures: fc.array(failureClass, { maxLength: 4 }),
    checkpoint: fc.oneof(
      tier,
      fc.record({
        blockingSeconds: number(0, 5),
        kind: fc.constantFrom('memory' as const, 'local' as const),
        tiers: fc.array(
          tier.map((t) => ({ ...t, kind: 'remote' as const, intervalSeconds: 3000 })),
          { minLength: 1, maxLength: 2 },
        ),
      }),
    ),
    restartSeconds: number(0, 500),
    downtimeSeconds: number(0, 100),
    startupSeconds: number(0, 500),
    intervalSeconds: fc.oneof(
      number(200, 2000),
      fc.constantFrom('auto' as const, 'adaptive' as const, 'young' as const),
    ),
    nodes: fc.constant(8),
    lemons: maybe(fc.constant({ share: 0.25, multiple: 4 })),
    batches: maybe(fc.constant([{ share: 0.5, ageSeconds: 20_000 }])),
    spares: maybe(
      fc.oneof(
        fc.record({ nodes: fc.nat(5) }),
        fc.record(
          {
            pools: fc.array(fc.record({ nodes: fc.nat(3), swapSeconds: duration }), { minLength: 1, maxLength: 3 }),
            requeueSeconds: duration,
          },
          { requiredKeys: ['pools'] },
        ),
      ),
    ),
    repairCrews: maybe(fc.integer({ min: 1, max: 3 })),
    domain: maybe(fc.constant({ nodes: 2, spare: 1 })),
    elastic: maybe(
      fc.record({
        nodesPerReplica: fc.constant(2),
        minReplicas: fc.integer({ min: 1, max: 3 }),
        stallSeconds: number(0, 200),
        keepsWork: fc.boolean(),
        first: fc.boolean(),
      }),
    ),
    cluster: maybe(
      fc.constant({
        nodes: 24,
        priority: 1,
        graceSeconds: 600,
        jobs: [
          { id: 'other', nodes: 12, priority: 1, rate: 1e-5, durationSeconds: 3000 },
          { id: 'urgent', nodes: 10, priority: 2, rate: 2e-5, durationSeconds: { exponential: { mean: 2000 } } },
        ],
      }),
    ),
    cost: fc.constant({ usdPerChipHour: 2, chips: 64, spareChips: 8, freeWhileQueued: true }),
    power: fc.constant({ busyWatts: 1000, idleWatts: 300 }),
  })
  .map(({ lemons, batches, spares, repairCrews, domain, elastic, cluster, ...rest }) => {
    const grows = rest.phases.some((p) => p.nodes !== undefined)
    const given = {
      lemons,
      batches,
      spares,
      repairCrews,
      domain,
      elastic: grows ? undefined : elastic,
      cluster: grows ? undefined : cluster,
    }
    return { ...rest, ...Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined)) } as RunSpec
  })
