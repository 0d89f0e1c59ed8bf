import { dalyInterval, optimalInterval, youngInterval } from '../daly.ts'
import { MAX_RING } from '../engine/position.ts'
import { recoverability } from '../recoverability.ts'
import type { CheckpointKind, CheckpointTierSpec, IntervalRule, RunSpec } from '../spec.ts'
import { isObject, must, nonNegative, positive, shown } from '../validate.ts'
import type { CompiledClass, CompiledTier } from './compiled.ts'

const KINDS: readonly CheckpointKind[] = ['memory', 'local', 'remote']
export const RULES: readonly IntervalRule[] = ['auto', 'young', 'daly', 'optimal', 'adaptive']
const MAX_CHECKPOINTS = 1e15
const MAX_TIERS = 8
const DEFAULT_REPLICAS = 2

/** Checks the tiers of a run on `nodes` nodes, the quickest first. */
export function compileTiers({ checkpoint }: RunSpec, nodes: number): readonly CompiledTier[] {
  if (typeof checkpoint === 'number') {
    return [{ ...REMOTE, blockingSeconds: nonNegative('checkpoint', checkpoint) }]
  }
  must(isObject(checkpoint), 'checkpoint', `must be seconds or {blockingSeconds}, not ${shown(checkpoint)}`)
  const further = checkpoint.tiers ?? []
  must(Array.isArray(further), 'checkpoint.tiers', 'must be a list of tiers')
  must(further.length < MAX_TIERS, 'checkpoint.tiers', `must be fewer than ${MAX_TIERS}`)
  const tiers = [
    compileTier('checkpoint', checkpoint, nodes),
    ...further.map((tier, i) => compileTier(`checkpoint.tiers.${i}`, tier, nodes)),
  ]
  for (const [k, tier] of tiers.entries()) {
    const before = tiers[k - 1]
    const safer = before === undefined || KINDS.indexOf(tier.kind) >= KINDS.indexOf(before.kind)
    must(
      safer,
      `checkpoint.tiers.${k - 1}.kind`,
      `must be at least as safe as the ${before?.kind} tier before it, not ${tier.kind}`,
    )
  }
  return tiers
}

const REMOTE = { kind: 'remote', durableAfterSeconds: 0, loadSeconds: 0, bytes: 0, recoverable: [] } as const

function compileTier(path: string, tier: Omit<CheckpointTierSpec, 'intervalSeconds'>, nodes: number): CompiledTier {
  const kind = tier.kind ?? 'remote'
  must(KINDS.includes(kind), `${path}.kind`, `must be one of ${KINDS.join(', ')}, not ${shown(kind)}`)
  const replicas = tier.replicas ?? DEFAULT_REPLICAS
  must(
    Number.isInteger(replicas) && replicas >= 1,
    `${path}.replicas`,
    `must be a whole number of at least 1, not ${shown(replicas)}`,
  )
  return {
    kind,
    blockingSeconds: nonNegative(`${path}.blockingSeconds`, tier.blockingSeconds),
    durableAfterSeconds: nonNegative(`${path}.durableAfterSeconds`, tier.durableAfterSeconds ?? 0),
    loadSeconds: nonNegative(`${path}.loadSeconds`, tier.loadSeconds ?? 0),
    bytes: nonNegative(`${path}.bytes`, tier.bytes ?? 0),
    recoverable: kind === 'memory' ? recoverableTable(nodes, replicas) : [],
  }
}

/** Losses beyond which copies in memory are taken as gone. */
const MOST_LOST = 64

function recoverableTable(nodes: number, replicas: number): readonly number[] {
  const table: number[] = []
  for (let lost = 0; lost <= Math.min(nodes, MOST_LOST); lost++) {
    const share = recoverability(nodes, replicas, lost)
    if (share <= 0) break
    table.push(share)
  }
  return [...table, 0]
}

/** Share of a class's failures after which a tier can be read. */
export function survivingShare(tier: CompiledTier, { nodesLost }: CompiledClass): number {
  if (tier.kind === 'remote' || nodesLost === 0) return 1
  return tier.kind === 'local' ? 0 : (tier.recoverable[Math.min(nodesLost, tier.recoverable.length - 1)] ?? 0)
}

/**
 * Rate of the failures that go back to each tier: those that leave none of the quicker ones. The first-order optimum of a
 * pattern of several levels gives each its own √(2C/λ) at this rate (A. Benoit et al., IEEE Trans. Comput. 66:1212, 2017).
 */
export function ratesByTier(
  tiers: readonly CompiledTier[],
  classes: readonly CompiledClass[],
  rateOf: (c: CompiledClass) => number,
): readonly number[] {
  const rates = tiers.map(() => 0)
  for (const c of classes) {
    if (c.effect === 'slow') continue
    let left = rateOf(c)
    for (const [k, tier] of tiers.entries()) {
      const share = k === tiers.length - 1 ? 1 : survivingShare(tier, c)
      rates[k] = (rates[k] as number) + left * share
      left *= 1 - share
    }
  }
  return rates
}

export interface IntervalLimits {
  readonly workSeconds: number
  readonly shortest: number
}

/** Seconds of computing between two checkpoints of a tier under failures of `rate`. */
export function chooseInterval(
  path: string,
  given: number | IntervalRule,
  { blockingSeconds, durableAfterSeconds }: CompiledTier,
  rate: number,
  { workSeconds, shortest }: IntervalLimits,
): number {
  if (typeof given !== 'string') {
    const tau = positive(path, given)
    must(workSeconds / tau < MAX_CHECKPOINTS, path, `${tau} s is too short for this much work`)
    return tau
  }
  must(RULES.includes(given), path, `must be seconds or one of ${RULES.join(', ')}, not ${shown(given)}`)
  // A mean time between failures beyond the largest number is no failure.
  if (!Number.isFinite(1 / rate)) return workSeconds
  const best = intervalByRule(given, blockingSeconds, 1 / rate)
  // No shorter than one step, and no shorter than a checkpoint needs to become safe: the next would have to wait for it.
  return Math.min(Math.max(best, durableAfterSeconds - blockingSeconds, shortest), workSeconds)
}

function intervalByRule(rule: IntervalRule, blocking: number, mtbf: number): number {
  if (rule === 'young') return youngInterval(blocking, mtbf)
  if (rule === 'optimal') return optimalInterval(blocking, mtbf)
  return dalyInterval(blocking, mtbf)
}

/** Multiples of the first interval at which each tier writes: each divides the next. */
export function multiples(intervals: readonly number[]): readonly number[] {
  const first = intervals[0] as number
  const every = [1]
  for (const interval of intervals.slice(1)) {
    const before = every.at(-1) as number
    every.push(before * Math.max(1, Math.round(interval / (first * before))))
  }
  return every
}

/** A window in which more checkpoints are under way than are remembered is refused. */
export function checkWindow(tiers: readonly CompiledTier[], every: readonly number[], interval: number): void {
  for (const [k, tier] of tiers.entries()) {
    const spacing = (every[k] as number) * (interval + (tiers[0] as CompiledTier).blockingSeconds)
    const path = k === 0 ? 'checkpoint.durableAfterSeconds' : `checkpoint.tiers.${k - 1}.durableAfterSeconds`
    must(
      tier.durableAfterSeconds / spacing < MAX_RING - 2,
      path,
      `${tier.durableAfterSeconds} s until a checkpoint is safe is too long beside one every ${spacing} s`,
    )
  }
}
