/** Exact search over layouts: branch and bound over `PlanSpace`, a node for each shard, pipeline and kind of recompute. */

import { brokenCode, brokenRules } from '../layout/check.ts'
import { usedDomainChips } from '../layout/placement.ts'
import { compileLayouts, type LayoutEvaluator, type LayoutProblem } from '../layout-evaluator.ts'
import { mainPhase, type Parallelism, type Recompute, trainerPool } from '../scenario/scenario.ts'
import { coveredModules } from '../step/recompute.ts'
import { ROUNDING, StepBounds } from './bounds.ts'
import { type Chunking, type PlanSpace, SpaceTable } from './space.ts'

/** A layout that was evaluated: all that a search keeps of it. */
export interface Found {
  readonly layout: Parallelism
  /** What is minimised; the step's seconds unless told otherwise. */
  readonly objective: number
  readonly seconds: number
  readonly peakBytes: number
}

/** A condition that a layout must meet, and on what it depends. */
export interface PlanCondition {
  /** By this the layouts that fail it are counted. */
  readonly reason: string
  /** Fields of the layout alone: it is asked before the layout is evaluated. */
  readonly ofLayout: boolean
  readonly holds: (layout: Parallelism, evaluator: LayoutEvaluator) => boolean
}

export interface SearchOptions {
  /** How many of the best are kept. */
  readonly top: number
  readonly conditions?: readonly PlanCondition[]
  /** To be minimised; the step's seconds unless given. Nothing is pruned for time then: every layout that fits is evaluated. */
  readonly objective?: (layout: Parallelism, evaluator: LayoutEvaluator) => number
  /** Bytes of a chip that may be used; the chip's own unless given. */
  readonly capacityBytes?: number
}

/** How the layouts of a space came out: `evaluated`, `pruned` and the counts of `refused` add up to `size`. */
export interface SearchCounts {
  readonly size: number
  /** Evaluated, and every condition met. */
  readonly evaluated: number
  /** Not evaluated, since a lower bound proves them slower than those that are kept. */
  readonly pruned: number
  /** By reason: the code of a broken rule, `memory`, or a condition. */
  readonly refused: Readonly<Record<string, number>>
}

export interface SearchResult extends SearchCounts {
  /** Best first; equals by peak memory, then by the sizes of the layout. */
  readonly found: readonly Found[]
  /** The smallest of those that were measured, where none of them fits. */
  readonly nearest: Found | null
}

export interface SearchProgress {
  readonly done: number
  readonly size: number
}

const AXES = ['tp', 'cp', 'pp', 'ep', 'etp', 'vpp', 'microBatch', 'zero'] as const

/** A fixed order of layouts, so that equals come out the same whatever was met first. */
function order(a: Parallelism, b: Parallelism): number {
  for (const axis of AXES) if (a[axis] !== b[axis]) return a[axis] - b[axis]
  const [x, y] = [a, b].map(({ sequenceParallel, schedule, recompute, optimizerOffload }) =>
    JSON.stringify([sequenceParallel, schedule, recompute, optimizerOffload]),
  ) as [string, string]
  return x < y ? -1 : x > y ? 1 : 0
}

/** Layouts that differ have different keys. */
function keyOf({ tp, pp, cp, ep, etp, vpp, microBatch, zero, ...rest }: Parallelism): string {
  const { sequenceParallel, schedule, recompute, optimizerOffload } = rest
  const { modules, layers, offload } = recompute
  return `${tp} ${pp} ${cp} ${ep} ${etp} ${vpp} ${microBatch} ${zero} ${sequenceParallel} ${schedule} ${modules} ${layers} ${offload} ${optimizerOffload}`
}

/** Best first. */
export function compareFound(a: Found, b: Found): number {
  return a.objective - b.objective || a.peakBytes - b.peakBytes || order(a.layout, b.layout)
}

/** Axes of a descent, one after the other. */
const DESCENT = ['pp', 'tp', 'cp', 'ep', 'etp', 'microBatch', 'vpp', 'recompute', 'zero'] as const
const STARTS = 24

/** Of the degrees over the sequence, those that a descent may start from. */
const FEW = 4

/** Above the seconds of any step: where layouts that do not fit begin. */
const TOO_LARGE = 1e30

/** Rules of which a shard's degrees alone decide. */
const SHARD_RULES: ReadonlySet<string> = new Set(['layout.heads', 'layout.ffn', 'layout.sequence'])

/** Evaluations after which a search tells how far it is. */
const PACE = 20_000

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Degrees within a layer, and a bound of every layout that has them. */
interface Node {
  readonly tp: number
  readonly cp: number
  readonly ep: number
  readonly etp: number
  readonly sequenceParallel: boolean
  readonly bound: number
}

/** Kinds of recompute that run the same modules again. */
interface RecomputeGroup {
  readonly covered: number
  /** On a pipeline whose longest stage has so many layers: kept on the chip and on the host, each by rising layers. */
  readonly kept: (longest: number) => readonly Recompute[]
  readonly offloaded: (longest: number) => readonly Recompute[]
}

function groupRecomputes({ recompute, partialRecompute }: PlanSpace): readonly RecomputeGroup[] {
  const groups = new Map<number, Recompute[]>()
  for (const one of recompute) {
    const covered = coveredModules(one)
    groups.set(covered, [...(groups.get(covered) ?? []), one])
  }
  return [...groups].map(([covered, members]) => {
    const listed = (offload: boolean) => {
      const known = new Map<number, readonly Recompute[]>()
      const own = members.filter((one) => one.offload === offload)
      const whole = partialRecompute && own.some(({ mode }) => mode === 'full')
      return (longest: number) => {
        const list =
          known.get(longest) ??
          [
            ...(whole
              ? Array.from(
                  { length: longest - 1 },
                  (_, i): Recompute => ({ mode: 'selective', modules: ['layer'], layers: i + 1, offload }),
                )
              : []),
            ...own,
          ].sort((a, b) => (a.layers ?? Number.POSITIVE_INFINITY) - (b.layers ?? Number.POSITIVE_INFINITY))
        known.set(longest, list)
        return list
      }
    }
    return { covered, kept: listed(false), offloaded: listed(true) }
  })
}

/** A class because every node counts and fills the same layout again. */
export class LayoutSearch {
  private readonly problem: LayoutProblem
  private readonly options: SearchOptions
  private readonly space: PlanSpace
  private readonly table: SpaceTable
  private readonly bounds: StepBounds
  private readonly evaluator: LayoutEvaluator
  private readonly groups: readonly RecomputeGroup[]
  private readonly chips: number
  private readonly capacity: number
  private readonly perStage: Int32Array
  private readonly layout: Mutable<Parallelism>
  private readonly offloads: readonly boolean[]
  /** The stages of ZeRO by rising memory but for the last, 3, and those of them of which one takes least. */
  private readonly stages: readonly Parallelism['zero'][]
  private readonly smallest: readonly Parallelism['zero'][]
  /** Shardings that do not fit: with ZeRO up to 2 and with 3, states on the chip and on the host. */
  private readonly tooLarge = new Uint8Array(4)
  private readonly exhaustive: boolean
  private readonly best: Found[] = []
  /** The best that the descent for a first limit met. */
  private descended: readonly Found[] = []
  private complete = false
  private anyFits = false
  private nearest: Found | null = null
  private limit = Number.POSITIVE_INFINITY
  private evaluations = 0
  private evaluated = 0
  private pruned = 0
  private readonly refused = new Map<string, number>()
  private readonly size: number

  constructor(problem: LayoutProblem, space: PlanSpace, options: SearchOptions) {
    const pool = trainerPool(problem)
    this.problem = problem
    this.options = options
    this.space = space
    this.table = new SpaceTable(problem, space)
    this.bounds = new StepBounds(problem)
    this.evaluator = compileLayouts(problem)
    this.groups = groupRecomputes(space)
    this.chips = pool.chips
    this.capacity = options.capacityBytes ?? pool.system.chip.memory.bytes
    this.perStage = new Int32Array(problem.model.layers)
    const { shardGroup: _, ...given } = mainPhase(problem).parallelism
    this.layout = { ...given, layerSplit: {} }
    this.offloads = [...space.optimizerOffload].sort()
    // States of stages 0 to 2 shrink one after the other and all else is alike; stage 3 also holds what it gathers.
    const stages = space.zero.filter((zero) => zero < 3).sort((a, b) => b - a)
    const gathered = space.zero.filter((zero) => zero === 3)
    this.stages = [...stages, ...gathered]
    this.smallest = [...stages.slice(0, 1), ...gathered]
    this.exhaustive = options.objective !== undefined
    this.size = this.table.size()
  }

  /** Searches, and tells now and then how far it is; what is found so far is there at any time. */
  *run(): Generator<SearchProgress, void, void> {
    yield this.progress()
    if (!this.exhaustive) this.limit = this.firstLimit()
    const nodes = this.findNodes()
    yield this.progress()
    // Those that are played cost a thousand times as much: first the limit falls as far as it does without them.
    for (const played of [false, true]) {
      for (const node of nodes) {
        if (node.bound > this.limit) this.pruned += this.table.layoutsOf(node.tp * node.cp, played)
        else yield* this.searchNode(node, played)
      }
    }
    this.complete = true
    yield this.progress()
  }

  /** What is found so far: of a search that was cut short the best that it or the descent before it met. */
  get result(): SearchResult {
    const { size, evaluated, pruned, refused, nearest } = this
    const best = this.complete ? this.best : this.bestSoFar()
    return {
      size,
      evaluated,
      pruned,
      refused: Object.fromEntries([...refused].sort(([, a], [, b]) => b - a)),
      found: best,
      nearest: this.anyFits || best.length > 0 ? null : nearest,
    }
  }

  private bestSoFar(): readonly Found[] {
    const all = new Map([...this.descended, ...this.best].map((found) => [keyOf(found.layout), found]))
    return [...all.values()].sort(compareFound).slice(0, this.options.top)
  }

  private progress(): SearchProgress {
    let done = this.evaluated + this.pruned
    for (const count of this.refused.values()) done += count
    return { done, size: this.size }
  }

  private refuse(reason: string, count: number): void {
    if (count > 0) this.refused.set(reason, (this.refused.get(reason) ?? 0) + count)
  }

  /** Nodes by rising bound; those whose degrees break a rule, or are too slow whatever is done with experts, are counted at once. */
  private findNodes(): readonly Node[] {
    const { space, table } = this
    const nodes: Node[] = []
    for (const tp of space.tp) {
      for (const cp of table.contextDegrees(tp)) {
        const stages = table.stages(tp * cp)
        if (stages.length === 0) continue
        const most = this.largestBatch(stages, tp * cp)
        const all = table.layoutsOf(tp * cp, false) + table.layoutsOf(tp * cp, true)
        for (const sequenceParallel of table.sequenceSplits(tp)) {
          if (this.leastWithoutExperts(tp, cp, sequenceParallel, most) > this.limit) {
            this.pruned += all * space.ep.length * space.etp.length
            continue
          }
          for (const ep of space.ep) {
            for (const etp of space.etp) {
              this.shape(tp, cp, ep, etp, sequenceParallel)
              const rule = this.brokenByShard(stages)
              if (rule === null) nodes.push({ tp, cp, ep, etp, sequenceParallel, bound: this.boundOf(most) })
              else this.refuse(rule, all)
            }
          }
        }
      }
    }
    return nodes.sort((a, b) => a.bound - b.bound)
  }

  private boundOf(most: number): number {
    return this.exhaustive ? 0 : this.bounds.ofDegrees(this.layout, most)
  }

  /** Bound of all layouts with these degrees, whatever ep and etp are. */
  private leastWithoutExperts(tp: number, cp: number, sequenceParallel: boolean, most: number): number {
    if (this.exhaustive) return 0
    const { space, layout } = this
    const { domainChips } = trainerPool(this.problem).system
    const placements = new Map<number, Parallelism>()
    for (const ep of space.ep) {
      for (const etp of space.etp) {
        this.shape(tp, cp, ep, etp, sequenceParallel)
        const used = usedDomainChips(layout, domainChips)
        if (!placements.has(used)) placements.set(used, { ...layout })
      }
    }
    this.shape(tp, cp, 1, 1, sequenceParallel)
    return Math.min(...[...placements.values()].map((placed) => this.bounds.ofDegrees(layout, most, placed)))
  }

  /** The rule that all layouts with the degrees as they stand break. */
  private brokenByShard(stages: readonly number[]): string | null {
    const { layout } = this
    layout.microBatch = 1
    this.lay(stages[0] ?? 1, { schedule: '1f1b', vpp: 1 })
    const code = brokenCode(this.broken())
    if (SHARD_RULES.has(code)) return code
    return stages.some((pp) => (this.chips / pp) % (layout.ep * layout.etp) === 0) ? null : 'layout.experts'
  }

  private largestBatch(stages: readonly number[], block: number): number {
    let most = 1
    for (const pp of stages) most = Math.max(most, ...this.table.microBatches(this.chips / (block * pp)))
    return most
  }

  private shape(tp: number, cp: number, ep: number, etp: number, sequenceParallel: boolean): void {
    const { layout } = this
    layout.tp = tp
    layout.cp = cp
    layout.ep = ep
    layout.etp = etp
    layout.sequenceParallel = sequenceParallel
  }

  private lay(pp: number, { schedule, vpp }: Chunking): void {
    const { layout } = this
    layout.pp = pp
    layout.dp = this.chips / (layout.tp * layout.cp * pp)
    layout.schedule = schedule
    layout.vpp = vpp
  }

  private broken(): number {
    const { model } = this.problem
    return brokenRules(model, mainPhase(this.problem).training, this.chips, this.layout, this.perStage)
  }

  /**
   * A first limit: the `top`-th best of the layouts that a descent along one axis after the other meets, which the search
   * cannot do worse than. They are met again there, and only then counted.
   */
  private firstLimit(): number {
    const met = new Map<string, number>()
    const fitting: Found[] = []
    const score = (layout: Parallelism): number => {
      const key = keyOf(layout)
      const known = met.get(key)
      if (known !== undefined) return known
      const own = this.scoreOf(layout)
      met.set(key, own)
      if (own < TOO_LARGE) fitting.push(this.found(own))
      return own
    }
    const starts = new Map<string, { readonly layout: Parallelism; readonly score: number }>()
    for (const layout of this.starts()) {
      const kind = [layout.tp, layout.cp, layout.pp].join()
      const own = score(layout)
      if (own < (starts.get(kind)?.score ?? Number.POSITIVE_INFINITY)) starts.set(kind, { layout, score: own })
    }
    for (const start of [...starts.values()].sort((a, b) => a.score - b.score).slice(0, STARTS)) {
      let { layout, score: best } = start
      for (let before = Number.POSITIVE_INFINITY; best < before; ) {
        before = best
        for (const axis of DESCENT) {
          for (const next of this.along(layout, axis)) {
            const own = score(next)
            if (own < best) [layout, best] = [next, own]
          }
        }
      }
    }
    this.descended = fitting.sort(compareFound).slice(0, this.options.top)
    return this.descended[this.options.top - 1]?.seconds ?? Number.POSITIVE_INFINITY
  }

  /** Seconds of a layout; of one that does not fit or is not wanted, more than any seconds. */
  private scoreOf(layout: Parallelism): number {
    Object.assign(this.layout, layout)
    if (this.broken() !== 0 || this.unmetBefore() !== null) return Number.POSITIVE_INFINITY
    const { evaluator } = this
    evaluator.prepare(this.layout)
    if (evaluator.peakBytes > this.capacity) return TOO_LARGE * (1 + evaluator.peakBytes / this.capacity)
    evaluator.finish()
    return this.unmet() === null ? evaluator.seconds : Number.POSITIVE_INFINITY
  }

  /** Layouts to start from: on each of the smaller degrees and all pipelines, with the least and the most recompute. */
  private *starts(): Generator<Parallelism> {
    const { space, table, offloads } = this
    const { domainChips } = trainerPool(this.problem).system
    const ends = <T>(list: readonly T[]) => new Set([list[0], list.at(-1)] as readonly T[])
    for (const tp of space.tp.filter((degree, i) => i === 0 || degree <= domainChips)) {
      for (const cp of table.contextDegrees(tp).slice(0, FEW)) {
        for (const ep of ends(space.ep)) {
          for (const pp of table.stages(tp * cp)) {
            const sequenceParallel = table.sequenceSplits(tp)[0] ?? false
            const degrees = {
              tp,
              cp,
              ep,
              etp: space.etp[0] ?? 1,
              sequenceParallel,
              pp,
              dp: this.chips / (tp * cp * pp),
            }
            const microBatch = table.microBatches(degrees.dp)[0]
            const chunkings = table.chunkings(pp, false)
            const chunking = chunkings[chunkings.length >> 1]
            if (microBatch === undefined || chunking === undefined) continue
            const optimizerOffload = offloads[0] ?? false
            for (const recompute of ends(space.recompute))
              for (const zero of this.smallest)
                yield { ...this.layout, ...degrees, ...chunking, microBatch, recompute, zero, optimizerOffload }
          }
        }
      }
    }
  }

  /** The layouts that differ in one axis, and in what follows from it. */
  private *along(layout: Parallelism, axis: (typeof DESCENT)[number]): Generator<Parallelism> {
    const { space, table, offloads, groups } = this
    const { tp, cp, pp, dp } = layout
    const longest = table.longest(pp)
    if (axis === 'tp') for (const next of space.tp) yield* this.settled({ ...layout, tp: next })
    else if (axis === 'cp') for (const next of table.contextDegrees(tp)) yield* this.settled({ ...layout, cp: next })
    else if (axis === 'pp') for (const next of table.stages(tp * cp)) yield* this.settled({ ...layout, pp: next })
    else if (axis === 'microBatch') for (const next of table.microBatches(dp)) yield { ...layout, microBatch: next }
    else if (axis === 'vpp') for (const next of table.chunkings(pp, false)) yield { ...layout, ...next }
    else if (axis === 'recompute')
      for (const group of groups)
        for (const list of [group.kept(longest), group.offloaded(longest)])
          for (const recompute of fewOf(list)) yield { ...layout, recompute }
    else if (axis === 'ep') for (const next of space.ep) yield { ...layout, ep: next }
    else if (axis === 'etp') for (const next of space.etp) yield { ...layout, etp: next }
    else
      for (const zero of space.zero)
        for (const optimizerOffload of offloads) yield { ...layout, zero, optimizerOffload }
  }

  /** A layout of changed degrees with all that follows from them as near to before as can be. */
  private *settled(changed: Parallelism): Generator<Parallelism> {
    const { table } = this
    const { tp, cp, pp, microBatch, schedule, vpp, recompute } = changed
    if (!table.contextDegrees(tp).includes(cp) || !table.stages(tp * cp).includes(pp)) return
    const dp = this.chips / (tp * cp * pp)
    const batches = table.microBatches(dp)
    const chunkings = table.chunkings(pp, false)
    const chunking = chunkings.find((one) => one.schedule === schedule && one.vpp <= vpp) ?? chunkings[0]
    const size = batches.findLast((one) => one <= microBatch) ?? batches[0]
    if (chunking === undefined || size === undefined) return
    const layers = recompute.layers !== null && recompute.layers >= table.longest(pp) ? null : recompute.layers
    const whole: Recompute =
      layers === null && recompute.layers !== null ? { ...recompute, mode: 'full', layers } : recompute
    for (const sequenceParallel of table.sequenceSplits(tp))
      yield { ...changed, ...chunking, dp, sequenceParallel, microBatch: size, recompute: whole }
  }

  /** Evaluates the layout as it stands but for its pipeline; whether it fits. */
  private measure(): boolean {
    const { evaluator, layout } = this
    this.evaluations++
    evaluator.prepare(layout)
    if (evaluator.peakBytes <= this.capacity) {
      this.anyFits = true
      return true
    }
    if (!this.anyFits && evaluator.peakBytes < (this.nearest?.peakBytes ?? Number.POSITIVE_INFINITY)) {
      evaluator.finish()
      this.nearest = this.found(evaluator.seconds)
    }
    return false
  }

  private found(objective: number): Found {
    const { seconds, peakBytes } = this.evaluator
    return { layout: { ...this.layout }, objective, seconds, peakBytes }
  }

  /** The condition that the layout evaluated last does not meet. */
  private unmet(): string | null {
    const { conditions = [] } = this.options
    for (const { reason, holds } of conditions) if (!holds(this.layout, this.evaluator)) return reason
    return null
  }

  /** The same of those that need no evaluation. */
  private unmetBefore(): string | null {
    const { conditions = [] } = this.options
    for (const { reason, ofLayout, holds } of conditions)
      if (ofLayout && !holds(this.layout, this.evaluator)) return reason
    return null
  }

  private *searchNode(
    { tp, cp, ep, etp, sequenceParallel }: Node,
    played: boolean,
  ): Generator<SearchProgress, void, void> {
    const { table, layout, bounds, exhaustive } = this
    this.shape(tp, cp, ep, etp, sequenceParallel)
    const block = tp * cp
    const stages = table.stages(block)
    const sizes = new Map<number, number[]>()
    for (const pp of stages)
      for (const size of table.microBatches(this.chips / (block * pp)))
        sizes.set(size, [...(sizes.get(size) ?? []), pp])
    const states = new Map<string, number>()
    for (const [microBatch, pipelines] of [...sizes].sort(([a], [b]) => a - b)) {
      layout.microBatch = microBatch
      const left: { pp: number; chunking: Chunking }[] = []
      for (const pp of pipelines) {
        for (const chunking of table.chunkings(pp, played)) {
          this.lay(pp, chunking)
          const broken = this.broken()
          if (broken === 0) left.push({ pp, chunking })
          else this.refuse(brokenCode(broken), table.recomputes(pp) * table.shardings)
        }
      }
      const layouts = () => left.reduce((sum, { pp }) => sum + table.recomputes(pp), 0) * table.shardings
      if (left.length === 0) continue
      this.lay((left[0] as { pp: number }).pp, (left[0] as { chunking: Chunking }).chunking)
      bounds.read(layout, 0)
      if (bounds.bytes > this.capacity) {
        for (const { pp, chunking } of left) this.noteNearest(pp, chunking)
        this.refuse('memory', layouts())
        continue
      }
      if (!exhaustive && bounds.ofShard(layout) > this.limit) {
        this.pruned += layouts()
        continue
      }
      const layer = bounds.layerBytes
      const fitting = left.filter(({ pp, chunking }) => {
        const fits = this.leastStates(states, pp, chunking) + layer <= this.capacity
        if (fits) return true
        this.noteNearest(pp, chunking)
        this.refuse('memory', table.recomputes(pp) * table.shardings)
        return false
      })
      for (const group of this.groups) {
        if (fitting.length === 0) break
        if (group.covered !== 0) bounds.read(layout, group.covered)
        for (const { pp, chunking } of fitting) yield* this.searchPipeline(group, pp, chunking)
      }
    }
  }

  /** Measures what takes least of layouts that are proven too large, as long as none is known that fits. */
  private noteNearest(pp: number, chunking: Chunking): void {
    if (this.limit < Number.POSITIVE_INFINITY || this.anyFits) return
    const longest = this.table.longest(pp)
    this.lay(pp, chunking)
    for (const group of this.groups)
      for (const recompute of [...group.kept(longest).slice(-1), ...group.offloaded(longest).slice(-1)])
        this.fitsAtBest(recompute)
  }

  /**
   * Least bytes of weights, gradients and optimizer of some stage of a pipeline, in the smallest sharding: they do not depend
   * on micro-batches, chunks or recompute.
   */
  private leastStates(known: Map<string, number>, pp: number, chunking: Chunking): number {
    const { layout, evaluator, offloads } = this
    const key = `${pp} ${chunking.schedule}`
    const before = known.get(key)
    if (before !== undefined) return before
    this.lay(pp, chunking)
    layout.optimizerOffload = offloads.at(-1) ?? false
    let least = Number.POSITIVE_INFINITY
    for (const zero of this.smallest) {
      layout.zero = zero
      this.evaluations++
      evaluator.prepare(layout)
      least = Math.min(least, evaluator.stateBytes)
    }
    known.set(key, least * ROUNDING)
    return least * ROUNDING
  }

  /** All layouts of a shard, a kind of recompute and a pipeline. */
  private *searchPipeline(
    group: RecomputeGroup,
    pp: number,
    chunking: Chunking,
  ): Generator<SearchProgress, void, void> {
    const { table, bounds, layout, exhaustive } = this
    const { shardings } = table
    const longest = table.longest(pp)
    const kept = group.kept(longest)
    const offloaded = group.offloaded(longest)
    this.lay(pp, chunking)
    const least = (list: readonly Recompute[], offload: boolean) =>
      exhaustive || list.length === 0 ? 0 : bounds.ofPipeline(layout, chunking, list[0]?.layers !== null, offload)
    /** Layers of which on everything is too slow. */
    let tooMany = Number.POSITIVE_INFINITY
    if (least(kept, false) > this.limit) {
      this.pruned += (kept.length + offloaded.length) * shardings
      return
    }
    const first = kept.length === 1 ? 0 : this.firstThatFits(kept)
    this.refuse('memory', first * shardings)
    for (let i = first; i < kept.length; i++) {
      const recompute = kept[i] as Recompute
      if (this.searchShardings(recompute) <= this.limit || exhaustive) continue
      tooMany = recompute.layers ?? longest
      this.pruned += (kept.length - i - 1) * shardings
      break
    }
    if (least(offloaded, true) > this.limit) {
      this.pruned += offloaded.length * shardings
      return
    }
    const firstOffloaded = offloaded.length === 1 ? 0 : this.firstThatFits(offloaded)
    this.refuse('memory', firstOffloaded * shardings)
    for (let i = firstOffloaded; i < offloaded.length; i++) {
      const recompute = offloaded[i] as Recompute
      if ((recompute.layers ?? longest) >= tooMany) {
        this.pruned += (offloaded.length - i) * shardings
        break
      }
      this.searchShardings(recompute)
    }
    if (this.evaluations >= PACE) {
      this.evaluations = 0
      yield this.progress()
    }
  }

  /**
   * Index of the first of some kinds of recompute with which the smallest sharding fits. Layers that run again are not
   * kept, so that more of them never take more.
   */
  private firstThatFits(recomputes: readonly Recompute[]): number {
    let low = 0
    let high = recomputes.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.fitsAtBest(recomputes[middle] as Recompute)) high = middle
      else low = middle + 1
    }
    return low
  }

  private fitsAtBest(recompute: Recompute): boolean {
    const { layout, offloads } = this
    layout.recompute = recompute
    layout.optimizerOffload = offloads.at(-1) ?? false
    for (const zero of this.smallest) {
      layout.zero = zero
      if (this.measure()) return true
    }
    return false
  }

  /**
   * All shardings of a layout. They share the pipeline; only what lies between replicas differs. From the smallest on: states
   * that stay on the chip take more than those on the host, and ZeRO 0 no less than 1, nor 1 than 2.
   *
   * @returns least seconds of their pipeline, which never fall where more layers run again, nor where what is kept goes to the host
   */
  private searchShardings(recompute: Recompute): number {
    const { layout, offloads, evaluator, bounds, exhaustive } = this
    layout.recompute = recompute
    let left = this.table.shardings
    let pipeline = 0
    this.tooLarge.fill(0)
    for (const zero of this.stages) {
      const states = zero === 3 ? 1 : 0
      layout.zero = zero
      for (let i = offloads.length - 1; i >= 0; i--) {
        const optimizerOffload = offloads[i] as boolean
        layout.optimizerOffload = optimizerOffload
        const at = 2 * states + (optimizerOffload ? 1 : 0)
        const before = this.unmetBefore()
        left--
        if (before !== null || this.tooLarge[at] === 1) {
          this.refuse(before ?? 'memory', 1)
          continue
        }
        const fits = this.measure()
        if (!fits) {
          this.refuse('memory', 1)
          this.tooLarge[at] = 1
          this.tooLarge[2 * states] = 1
        }
        if (exhaustive) {
          if (fits) this.take()
          continue
        }
        const least = evaluator.leastPipeline
        const shared = evaluator.sharedSeconds(least)
        pipeline = bounds.ofPipelineAlone(least, layout)
        if (fits) {
          if ((shared + evaluator.replicaSeconds) * ROUNDING > this.limit) this.pruned++
          else this.take()
        }
        if (shared * ROUNDING > this.limit) {
          this.pruned += left
          return pipeline
        }
      }
    }
    return pipeline
  }

  /** Counts the layout evaluated last and keeps it where it is among the best. */
  private take(): void {
    const { evaluator, layout, options, best } = this
    evaluator.finish()
    const unmet = this.unmet()
    if (unmet !== null) {
      this.refuse(unmet, 1)
      return
    }
    this.evaluated++
    const objective = options.objective?.(layout, evaluator) ?? evaluator.seconds
    if (Number.isNaN(objective)) return
    const last = best[options.top - 1]
    if (last !== undefined && objective > last.objective) return
    const found = this.found(objective)
    if (last !== undefined && compareFound(found, last) > 0) return
    let at = best.length
    while (at > 0 && compareFound(found, best[at - 1] as Found) < 0) at--
    best.splice(at, 0, found)
    if (best.length > options.top) best.pop()
    const worst = best[options.top - 1]
    if (worst !== undefined && !this.exhaustive) this.limit = Math.min(this.limit, worst.objective)
  }
}

/** At most nine of a list, the ends among them. */
function fewOf<T>(list: readonly T[]): readonly T[] {
  const step = Math.ceil((list.length - 1) / 8)
  return list.filter((_, i) => step === 0 || i % step === 0 || i === list.length - 1)
}

/** Searches to the end. */
export function searchLayouts(problem: LayoutProblem, space: PlanSpace, options: SearchOptions): SearchResult {
  const search = new LayoutSearch(problem, space, options)
  for (const _ of search.run());
  return search.result
}
