/**
 * Lower bounds of a step's seconds and of a chip's bytes, over all layouts that share some of their choices: what a search
 * leaves out is proven slower than what it has, or too large. Each holds for layers shared evenly by the stages.
 */

import { newGroups, placeWithinLayers } from '../layout/placement.ts'
import type { LayoutProblem } from '../layout-evaluator.ts'
import { isPadded } from '../model/architecture.ts'
import { countKinds, LAYER_KINDS, type LayerKind } from '../model/layers.ts'
import { mainPhase, type Parallelism, trainerPool } from '../scenario/scenario.ts'
import { chunksOf, copiesOf } from '../schedule/shape.ts'
import { collectiveSeconds } from '../step/collectives.ts'
import { attentionSeconds, joinTimes, pointwiseSeconds, productSeconds } from '../step/kernels.ts'
import { buildMachine, type Machine } from '../step/machine.ts'
import type { GemmPass, Module, Pass, ProgramSink, Spread, TrafficPart } from '../step/operators.ts'
import {
  AGAIN_BYTES,
  AGAIN_HOST_SECONDS,
  AGAIN_WAIT_SECONDS,
  BACKWARD,
  BUSY_BACKWARD,
  BUSY_FORWARD,
  BUSY_RECOMPUTE,
  EXPERT,
  FORWARD,
  HIDDEN_BACKWARD,
  HIDDEN_FORWARD,
  HOST_SECONDS,
  KEPT_BYTES,
  RECOMPUTE,
  SAVED_BYTES,
  SUMS,
  WAIT_SECONDS,
  WIDEST_BYTES,
} from '../step/program-sums.ts'
import { EMBEDDING, HEAD, ProgramTable } from '../step/program-table.ts'
import { attentionProgram, embeddingProgram, headProgram, mlpProgram, newShard, shapeShard } from '../step/programs.ts'
import { offloadSeconds } from '../step/recompute.ts'
import { slowestOf } from '../step/variation.ts'
import type { Chunking } from './space.ts'

/** Bounds are lowered by this share: sums in another order differ in their last digits. */
export const ROUNDING = 1 - 1e-9

/**
 * Is told the programs of one sequence and adds up the least that a sequence can cost in micro-batches of up to `most`.
 *
 * Kernels: a product takes at least its FLOPs at the rate of full waves without launch and without the ramp of the
 * weights' gradient, joined with the bytes of its activations. What else a kernel or a collective costs grows at most in
 * proportion to its bytes and rows (every term is a constant, linear, a maximum, a minimum or h·w/(h + w) of such), so that
 * its seconds a sequence are least in the largest micro-batch.
 *
 * Traffic beside a product or attention is exposed at least by its least seconds less the most of the kernel: a sequence of
 * a micro-batch of one, since the tiles of b sequences are at most b times those of one, and so are waves, bytes and launches.
 *
 * Traffic of experts beside another batch shows at least the share that can never hide.
 */
class LeastSeconds implements ProgramSink {
  seconds = 0
  private readonly machine: Machine
  private readonly groups
  private readonly last = new Float64Array(3)
  private most = 1

  constructor(machine: Machine, groups: ReturnType<typeof newGroups>) {
    this.machine = machine
    this.groups = groups
  }

  start(most: number): void {
    this.most = most
    this.seconds = 0
  }

  product(
    _name: string,
    _module: Module,
    m: number,
    n: number,
    k: number,
    groups: number,
    _load: number,
    low: boolean,
    quantiseBytes: number,
  ): void {
    const { machine } = this
    const { rates } = machine
    const { perFlop, perByte, elementBytes, kRamp } = low ? rates.low : rates.wide
    productSeconds(machine, this.last, m, n, k, groups, low)
    const least = (elements: number, inner: number, operand: number) =>
      joinTimes(2 * elements * inner * groups * perFlop, groups * elementBytes * operand * perByte)
    const factor = Math.min(1, rates.unaligned) * (groups > 1 ? Math.min(1, rates.grouped) : 1)
    this.seconds +=
      factor * (least(m * n, k + kRamp, m * k) + least(m * k, n + kRamp, m * n) + least(k * n, m, m * (k + n)))
    if (quantiseBytes > 0) this.moved(quantiseBytes * m * groups * (k + n))
  }

  attention(
    _module: Module,
    batch: number,
    heads: number,
    queries: number,
    keys: number,
    sequence: number,
    flopsPerPair: number,
    backwardFlopsPerPair: number,
  ): void {
    const { machine, last, most } = this
    const seconds = (rows: number, backward: boolean) =>
      attentionSeconds(
        machine,
        rows,
        heads,
        queries,
        keys,
        sequence,
        backward ? backwardFlopsPerPair : flopsPerPair,
        backward,
      )
    last[0] = seconds(batch, false)
    last[1] = seconds(batch, true)
    this.seconds += (seconds(most * batch, false) + seconds(most * batch, true)) / most
  }

  pointwise(_name: string, _module: Module, bytes: number, backwardBytes: number): void {
    this.moved(bytes + backwardBytes)
  }

  communicate(
    _pass: Pass,
    part: TrafficPart,
    _name: string,
    _module: Module,
    collective: Parameters<ProgramSink['communicate']>[4],
    group: Parameters<ProgramSink['communicate']>[5],
    bytes: number,
    spread: Spread | null,
    beside: GemmPass | null,
  ): void {
    const { machine, most, last } = this
    const { tensorOverlap, expertOverlap } = machine.software
    const seconds = collectiveSeconds(machine, this.groups[group], collective, most * bytes, spread) / most
    if (beside !== null) {
      const longest = last[beside === 'forward' ? 0 : beside === 'input' ? 1 : 2] ?? 0
      this.seconds += Math.max(0, seconds - longest) * (part === 'expert' ? 1 - expertOverlap : 1)
    } else this.seconds += seconds * (1 - (part === 'tensor' ? tensorOverlap : part === 'expert' ? expertOverlap : 0))
  }

  save(): void {}

  private moved(bytes: number): void {
    this.seconds += pointwiseSeconds(this.machine, this.most * bytes) / this.most
  }
}

/** A class because it fills tables and the same fields again, shard after shard. */
export class StepBounds {
  /** Least bytes of a chip, whatever else is chosen. */
  bytes = 0
  /** The same without weights, gradients and optimizer on any stage that has layers; read without recompute. */
  layerBytes = 0
  /** Of the shard read last, whole model and one micro-batch: least seconds with all its layers recomputed, and with none. */
  private whole = 0
  private bare = 0
  private readonly problem: LayoutProblem
  private readonly machine: Machine
  private readonly groups = newGroups()
  private readonly least: LeastSeconds
  private readonly table: ProgramTable
  private readonly shard
  private readonly counts: readonly number[]
  private readonly present: readonly number[]
  private readonly slowest: number
  /** Of a layer of the kind that takes least, without recompute: busy seconds, those of its forward pass. */
  private layer = 0
  /** The same with its recompute. */
  private wholeLayer = 0
  /** Seconds in which what all layers keep goes to the host and comes back. */
  private copies = 0
  /** Most that the host and waits add to a layer, and to the model's ends. */
  private hostOfLayer = 0
  private hostOfEnds = 0
  private readonly chips: number
  private readonly globalBatch: number

  constructor(problem: LayoutProblem) {
    const { model, software, calibration } = problem
    const { training } = mainPhase(problem)
    const pool = trainerPool(problem)
    this.problem = problem
    this.machine = buildMachine(pool, training.precision, software, calibration, isPadded(model))
    this.least = new LeastSeconds(this.machine, this.groups)
    this.counts = countKinds(model, 0, model.layers + model.mtpLayers)
    this.present = [...LAYER_KINDS.keys()].filter((kind) => (this.counts[kind] ?? 0) > 0)
    this.table = new ProgramTable(model, pool, this.machine, this.counts)
    this.shard = newShard(model, training, software, calibration)
    this.slowest = slowestOf(pool.chips, calibration.chipSpread)
    this.chips = pool.chips
    this.globalBatch = training.globalBatch
  }

  /**
   * Seconds of a step of any layout with the degrees within a layer of `layout` and micro-batches of up to `most`.
   *
   * A stage's forward and backward take, in the mean over stages, the whole model's over their number, and the pipeline
   * takes no less than its slowest stage for all micro-batches. Micro-batches, replicas and stages cancel out: what is left
   * is sequences a chip times the seconds of one.
   *
   * Experts that are not split cost least: no traffic, no rank busier than the others, and each token's inputs are read once.
   * So the bound of ep = etp = 1 holds for all ep and etp, on the parts of a domain that each of them uses.
   *
   * @param placed the degrees that decide which chips of a domain are used, where they are others
   */
  ofDegrees(layout: Parallelism, most: number, placed: Parallelism = layout): number {
    const { problem, shard, least, groups, counts } = this
    const { model } = problem
    placeWithinLayers(groups, placed, trainerPool(problem))
    shapeShard(shard, { ...layout, microBatch: 1 })
    let seconds = 0
    for (const kind of this.present) {
      least.start(most)
      attentionProgram(least, model, LAYER_KINDS[kind] as LayerKind, shard)
      mlpProgram(least, model, LAYER_KINDS[kind] as LayerKind, shard)
      seconds += (counts[kind] ?? 0) * least.seconds
    }
    least.start(most)
    embeddingProgram(least, model, shard)
    headProgram(least, model, shard, 1 + model.mtpLayers)
    return this.stepOf(seconds + least.seconds, layout, 1)
  }

  private stepOf(seconds: number, { tp, cp }: Parallelism, microBatch: number): number {
    const passes = (this.globalBatch * tp * cp) / (this.chips * microBatch)
    return (passes * seconds + this.machine.software.stepSeconds) * ROUNDING
  }

  /**
   * Reads the programs of the shard of `layout` of which the modules `covered` run again.
   *
   * The host's seconds join those of a stage's chip by a norm, so that stage by stage they come to no less than joined for
   * the whole model, and forward and backward joined apart to no less than joined together.
   */
  read(layout: Parallelism, covered: number): void {
    const { shard, table, counts } = this
    shapeShard(shard, layout)
    const row = table.find(shard, covered)
    const { sums } = table
    let busy = 0
    let again = 0
    let host = 0
    let hostAgain = 0
    let waits = 0
    let waitsAgain = 0
    let hidden = 0
    let widest = 0
    let layer = Number.POSITIVE_INFINITY
    let kept = 0
    this.layer = Number.POSITIVE_INFINITY
    this.wholeLayer = Number.POSITIVE_INFINITY
    this.hostOfLayer = 0
    this.hostOfEnds = 0
    const { expertOverlap, plannedMemory, reserveBytes } = this.problem.software
    for (const kind of this.present) {
      const at = row + SUMS * kind
      const count = counts[kind] ?? 0
      const both = (sums[at + BUSY_FORWARD] ?? 0) + (sums[at + BUSY_BACKWARD] ?? 0)
      const recompute = sums[at + BUSY_RECOMPUTE] ?? 0
      const visible =
        (sums[at + FORWARD + EXPERT] ?? 0) + (sums[at + BACKWARD + EXPERT] ?? 0) + (sums[at + RECOMPUTE + EXPERT] ?? 0)
      const traffic = visible + (sums[at + HIDDEN_FORWARD] ?? 0) + (sums[at + HIDDEN_BACKWARD] ?? 0)
      busy += count * both
      again += count * recompute
      hidden += count * Math.max(0, visible - traffic * (1 - expertOverlap))
      const launches = sums[at + HOST_SECONDS] ?? 0
      const launchesAgain = sums[at + AGAIN_HOST_SECONDS] ?? 0
      const waiting = sums[at + WAIT_SECONDS] ?? 0
      const waitingAgain = sums[at + AGAIN_WAIT_SECONDS] ?? 0
      this.hostOfLayer = Math.max(this.hostOfLayer, launches + launchesAgain + waiting + waitingAgain)
      host += count * launches
      hostAgain += count * launchesAgain
      waits += count * waiting
      waitsAgain += count * waitingAgain
      const broad = sums[at + WIDEST_BYTES] ?? 0
      widest = Math.max(widest, broad)
      layer = Math.min(layer, broad + (plannedMemory ? 0 : (sums[at + SAVED_BYTES] ?? 0)))
      this.layer = Math.min(this.layer, both - recompute)
      this.wholeLayer = Math.min(this.wholeLayer, both)
      kept += count * (sums[at + KEPT_BYTES] ?? 0)
    }
    for (const end of [row + EMBEDDING, row + HEAD]) {
      busy += (sums[end + BUSY_FORWARD] ?? 0) + (sums[end + BUSY_BACKWARD] ?? 0)
      this.hostOfEnds += sums[end + HOST_SECONDS] ?? 0
    }
    host += this.hostOfEnds
    this.whole = joinTimes(host + hostAgain, busy) + waits + waitsAgain
    // Under recompute there is more to hide experts' traffic under: of a part of the layers it may show least.
    this.bare = joinTimes(host, busy - again - hidden) + waits
    this.copies = offloadSeconds({ offload: true }, kept, this.machine.chip)
    const head = (sums[row + HEAD + KEPT_BYTES] ?? 0) + (sums[row + HEAD + AGAIN_BYTES] ?? 0)
    this.bytes = (reserveBytes + Math.max(head, widest)) * ROUNDING
    // What a layer does not keep it brings back, beside the gradient of its largest tensor; a planned step need not.
    this.layerBytes = (reserveBytes + layer) * ROUNDING
  }

  /** Seconds of a step of any layout with the shard read last, whatever runs again. */
  ofShard(layout: Parallelism): number {
    return this.stepOf(this.bare, layout, layout.microBatch)
  }

  /**
   * Seconds of a step of any layout with the shard read last on a pipeline.
   *
   * @param part only part of the layers may run again
   * @param offload what is kept goes to the host and comes back, in which time a stage does no more than it did
   *
   * A schedule takes no less than its slowest stage for all micro-batches, and that no less than the mean, nor than the one with
   * most layers. 1F1B: nor less
   * than the last stage for all micro-batches behind the first on all others; interleaved: m·max t + (Σt − max t)/v, which
   * grows with max t; GPipe: Σt + (m − 1)·(max F + max B). A stage waits beside its chunks' sends for their slots. What the
   * slowest chip adds, it adds to at least the busy seconds of a stage with the fewest layers.
   */
  ofPipeline(
    { pp, dp, microBatch }: Parallelism,
    { schedule, vpp }: Chunking,
    part: boolean,
    offload: boolean,
  ): number {
    const copies = copiesOf(schedule)
    const passes = this.globalBatch / (dp * microBatch) / copies
    const { calibration, software } = this.machine
    const { layers } = this.problem.model
    const held = pp > 1 ? 2 * chunksOf(schedule, vpp) * calibration.slotSeconds : 0
    const model = Math.max(part ? this.bare : this.whole, offload ? this.copies : 0)
    const mean = (copies * model) / pp + held
    const shortest = copies * Math.floor(layers / pp) * this.layer
    const longest = copies * Math.ceil(layers / pp) * (part ? this.layer : this.wholeLayer)
    let pipeline = passes * Math.max(mean, longest + held)
    if (schedule === '1f1b') pipeline = Math.max(pipeline, pp * mean + (passes - 1) * (shortest + held))
    else if (schedule === 'interleaved') pipeline = Math.max(pipeline, passes * mean + ((pp - 1) * mean) / vpp)
    else if (schedule === 'gpipe') pipeline = Math.max(pipeline, (passes + pp - 1) * mean)
    return (pipeline + (this.slowest - 1) * passes * shortest + software.stepSeconds) * ROUNDING
  }

  /**
   * Seconds of a step of any layout of the shard read last and the stages of `layout` whose pipeline takes no less than
   * `pipeline`. The slowest chip adds its share of all but what the host adds, which is no more than all launches and waits of
   * the stage with most of them; where tensors go to the host and back, as much as they take.
   */
  ofPipelineAlone(pipeline: number, { pp, dp, microBatch, schedule, recompute }: Parallelism): number {
    const { layers, mtpLayers } = this.problem.model
    const copies = copiesOf(schedule)
    const passes = this.globalBatch / (dp * microBatch) / copies
    const host = copies * ((Math.ceil(layers / pp) + mtpLayers) * this.hostOfLayer + this.hostOfEnds)
    const slowed = recompute.offload ? 0 : this.slowest * pipeline - (this.slowest - 1) * passes * host
    return (Math.max(pipeline, slowed) + this.machine.software.stepSeconds) * ROUNDING
  }
}
