import alea from 'seedrandom/lib/alea.js'
import { describe, expect, test } from 'vitest'
import { moments } from '../distribution.ts'
import { ageAtHazard, compileLifetime, cumulativeHazard, type LifetimeSpec } from '../lifetime.ts'
import { exponential } from '../rng.ts'
import { simulateRun } from '../simulate-run.ts'
import type { RunSpec } from '../spec.ts'

interface Fleet {
  readonly nodes: number
  readonly partsPerNode: number
  readonly lifetime: LifetimeSpec
  readonly lifeSeconds: number
  /** A second class, without age, that takes a node out and renews nothing. */
  readonly otherRate: number
  readonly spares: number
  readonly repairSeconds: number
  readonly restartSeconds: number
  readonly intervalSeconds: number
  readonly workSeconds: number
  readonly batches: readonly { readonly share: number; readonly ageSeconds: number }[]
}

/** The same run told part by part: every part of every node has its age and the age at which it will fail. */
function tellPartByPart(fleet: Fleet, seed: string) {
  const draw = alea(seed)
  const law = compileLifetime('lifetime', fleet.lifetime, 1 / fleet.lifeSeconds)
  const newPart = (age: number) => ({ age, fails: ageAtHazard(law, cumulativeHazard(law, age) + exponential(draw())) })
  const newNode = (age: number) => Array.from({ length: fleet.partsPerNode }, () => newPart(age))
  const ages = fleet.batches.flatMap(({ share, ageSeconds }) => new Array<number>(share * fleet.nodes).fill(ageSeconds))
  const job = Array.from({ length: fleet.nodes }, (_, i) => newNode(ages[i] ?? 0))
  const spares = Array.from({ length: fleet.spares }, () => newNode(0))
  let shop: { readonly at: number; readonly node: ReturnType<typeof newNode> }[] = []
  let now = 0
  let safe = 0
  let failures = 0
  let restart = 0
  for (;;) {
    const parts = job.flatMap((node, n) => node.map((part, p) => ({ n, p, left: part.fails - part.age })))
    const first = parts.reduce((a, b) => (b.left < a.left ? b : a))
    const other = fleet.otherRate > 0 ? exponential(draw()) / (fleet.otherRate * fleet.nodes) : Number.POSITIVE_INFINITY
    const gap = Math.min(first.left, other, restart + fleet.workSeconds - safe)
    now += gap
    for (const node of job) for (const part of node) part.age += gap
    if (gap === restart + fleet.workSeconds - safe) return { wall: now, failures }
    safe += Math.floor(Math.max(0, gap - restart) / fleet.intervalSeconds) * fleet.intervalSeconds
    failures++
    const n = gap === first.left ? first.n : Math.floor(draw() * fleet.nodes)
    const node = job[n] as ReturnType<typeof newNode>
    if (gap === first.left) node[first.p] = newPart(0)
    spares.push(...shop.filter((s) => s.at <= now).map((s) => s.node))
    shop = [...shop.filter((s) => s.at > now), { at: now + fleet.repairSeconds, node }].sort((a, b) => a.at - b.at)
    const spare = spares.shift()
    if (spare !== undefined) job[n] = spare
    else {
      const [next, ...rest] = shop
      now = next?.at ?? now
      job[n] = next?.node ?? node
      shop = rest
    }
    restart = fleet.restartSeconds
  }
}

function asRun(fleet: Fleet): RunSpec {
  const repair = { automaticShare: 1, automaticSeconds: fleet.repairSeconds, manualSeconds: 0 }
  const { lifetime, lifeSeconds, nodes, partsPerNode, spares, batches } = fleet
  return {
    workSeconds: fleet.workSeconds,
    nodes,
    batches,
    failures: [
      { id: 'part', rate: 1 / lifeSeconds, units: nodes * partsPerNode, lifetime, losesNode: true, repair },
      { id: 'other', rate: fleet.otherRate, units: nodes, losesNode: true, repair },
    ],
    checkpoint: 0,
    restartSeconds: fleet.restartSeconds,
    intervalSeconds: fleet.intervalSeconds,
    spares: { nodes: spares },
  }
}

const FLEET: Fleet = {
  nodes: 6,
  partsPerNode: 4,
  lifetime: { weibull: { shape: 3 } },
  lifeSeconds: 40_000,
  otherRate: 1e-5,
  spares: 2,
  repairSeconds: 3000,
  restartSeconds: 200,
  intervalSeconds: 500,
  workSeconds: 60_000,
  batches: [{ share: 1, ageSeconds: 0 }],
}

describe('a run tells the same story as one told part by part', () => {
  const cases: readonly [string, Partial<Fleet>][] = [
    ['wearing parts', {}],
    ['infant mortality', { lifetime: { weibull: { shape: 0.6 } } }],
    ['lognormal lives', { lifetime: { lognormal: { sigma: 0.7 } } }],
    [
      'pieces of age',
      {
        lifetime: {
          piecewise: [{ untilSeconds: 10_000, factor: 4 }, { untilSeconds: 30_000, factor: 0.3 }, { factor: 2 }],
        },
      },
    ],
    [
      'two batches of nodes',
      {
        batches: [
          { share: 0.5, ageSeconds: 30_000 },
          { share: 0.5, ageSeconds: 0 },
        ],
      },
    ],
    ['no spare', { spares: 0 }],
    ['many other losses', { otherRate: 4e-5, spares: 3 }],
  ]
  test.each(cases)('%s', async (name, change) => {
    const fleet = { ...FLEET, ...change }
    const told = Array.from({ length: 1000 }, (_, i) => tellPartByPart(fleet, `${name}/${i}`))
    const { wallClockSeconds, interruptions } = await simulateRun(asRun(fleet), { trials: 5000, seed: name })
    for (const [here, there] of [
      [wallClockSeconds, told.map((t) => t.wall)],
      [interruptions, told.map((t) => t.failures)],
    ] as const) {
      const { mean, variance } = moments(Float64Array.from(there))
      const error = Math.hypot(here.standardError, Math.sqrt(variance / there.length))
      expect(Math.abs(here.mean - mean) / error).toBeLessThan(4)
      expect(Math.abs(here.sd / Math.sqrt(variance) - 1)).toBeLessThan(0.1)
    }
  })
})

/** Mean number of renewals until `time` by the renewal equation m(t) = F(t) + ∫ m(t − x) dF(x), on a grid. */
function renewals(lifetime: LifetimeSpec, mean: number, time: number): number {
  const law = compileLifetime('lifetime', lifetime, 1 / mean)
  const steps = 4000
  const dt = time / steps
  const f = Float64Array.from({ length: steps + 1 }, (_, i) => -Math.expm1(-cumulativeHazard(law, i * dt)))
  const m = new Float64Array(steps + 1)
  for (let i = 1; i <= steps; i++) {
    let sum = f[i] as number
    for (let j = 1; j <= i; j++) {
      sum += (((m[i - j] as number) + (m[i - j + 1] as number)) / 2) * ((f[j] as number) - (f[j - 1] as number))
    }
    m[i] = sum
  }
  return m[steps] as number
}

// A part that is replaced where it stands is a renewal process of its own, whatever happens to the others.
test.each<[string, LifetimeSpec]>([
  ['weibull 0.78', { weibull: { shape: 0.78 } }],
  ['weibull 3', { weibull: { shape: 3 } }],
  ['lognormal 1', { lognormal: { sigma: 1 } }],
])('%s parts fail as the renewal equation says', async (_, lifetime) => {
  const [units, life, work] = [20, 1000, 3000]
  const { interruptions } = await simulateRun(
    {
      workSeconds: work,
      failures: [{ id: 'part', rate: 1 / life, units, fixedUnits: true, lifetime }],
      checkpoint: 0,
      restartSeconds: 0,
      intervalSeconds: 1e-3,
    },
    { trials: 4000, seed: 'renewal' },
  )
  const expected = units * renewals(lifetime, life, work)
  expect(Math.abs(interruptions.mean - expected)).toBeLessThan(4 * interruptions.standardError + 0.002 * expected)
})
