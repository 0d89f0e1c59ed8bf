/** Adds up what programs tell, in seconds and bytes, and keeps none of it. */

import type { Collective } from '@walltime/hardware'
import type { Group, GroupName, Groups } from '../layout/placement.ts'
import { collectiveSeconds } from './collectives.ts'
import { attentionFlops, attentionSeconds, gemmFlops, pointwiseSeconds, productSeconds } from './kernels.ts'
import type { Machine } from './machine.ts'
import {
  type GemmPass,
  MOE,
  type Module,
  type Pass,
  type ProgramSink,
  type Spread,
  type TrafficPart,
} from './operators.ts'
import { passingModules } from './recompute.ts'

/** Seconds of kernels and of exposed tensor, context and expert communication, from `FORWARD`, `BACKWARD`, `RECOMPUTE` on. */
export const COMPUTE = 0
export const TENSOR = 1
export const CONTEXT = 2
export const EXPERT = 3
export const FORWARD = 0
export const BACKWARD = 4
/** Seconds of the weights' gradients alone; `BACKWARD` holds them too. */
export const WEIGHT_SECONDS = 8
/** Seconds in which the host launches what runs outside graphs, one kernel or collective after the other. */
export const HOST_SECONDS = 9
/** Share of the host's time that the forward pass takes: one kernel of the three of each product. */
export const HOST_AHEAD = 1 / 3
/** Seconds in which the chip waits for the host, which waits to learn how many tokens each expert gets. */
export const WAIT_SECONDS = 10
/** What of the forward pass runs again before the backward pass. */
export const RECOMPUTE = 11
/** The host's seconds and the waits once more for what runs again. */
export const AGAIN_HOST_SECONDS = 15
export const AGAIN_WAIT_SECONDS = 16
/** Recomputed FLOPs of a rank in the mean. */
export const RECOMPUTE_FLOPS = 17
/** Bytes kept from forward to backward under recompute and without any, and those that recompute brings back. */
export const KEPT_BYTES = 18
export const SAVED_BYTES = 19
export const AGAIN_BYTES = 20
/** Bytes of the largest tensor saved, and elements of the largest weight matrix. */
export const WIDEST_BYTES = 21
export const MATRIX = 22
/** Busy seconds: forward, what runs again, and backward with it. */
export const BUSY_FORWARD = 23
export const BUSY_RECOMPUTE = 24
export const BUSY_BACKWARD = 25
/** Seconds of experts' traffic that hide beside another batch, forward and backward (with what runs again). */
export const HIDDEN_FORWARD = 26
export const HIDDEN_BACKWARD = 27
export const SUMS = 28

/** Columns that a stage adds up: times; those from `RECOMPUTE` on are what runs again. */
export const STAGE_SUMS = 17

/** Seconds of kernels and exposed communication of a pass together. */
export function busySeconds(sums: Float64Array, pass: number): number {
  return (
    (sums[pass + COMPUTE] ?? 0) + (sums[pass + TENSOR] ?? 0) + (sums[pass + CONTEXT] ?? 0) + (sums[pass + EXPERT] ?? 0)
  )
}

/**
 * Adds `count` times the sums of a program to those of a stage; recompute holds for `share` of them.
 *
 * @param at where the program's sums begin
 */
export function addSums(to: Float64Array, programs: Float64Array, at: number, count: number, share: number): void {
  for (let column = 0; column < RECOMPUTE; column++)
    to[column] = (to[column] ?? 0) + count * (programs[at + column] ?? 0)
  for (let column = RECOMPUTE; column < STAGE_SUMS; column++)
    to[column] = (to[column] ?? 0) + count * share * (programs[at + column] ?? 0)
}

interface CollectiveBefore {
  group: GroupName
  bytes: number
  seconds: number
}

const newCollective = (): CollectiveBefore => ({ group: 'tp', bytes: 0, seconds: 0 })

/** Collectives within the layers of one shard after the other: the last of each kind is kept, since layers repeat them. */
export class LayoutCollectives {
  private readonly machine: Machine
  private readonly groups: Groups
  private readonly gathered = newCollective()
  private readonly scattered = newCollective()
  private readonly reduced = newCollective()
  private readonly exchanged = newCollective()
  private readonly sent = newCollective()

  constructor(machine: Machine, groups: Groups) {
    this.machine = machine
    this.groups = groups
  }

  /** Forgets the shard before: the groups lie elsewhere. */
  start(): void {
    this.gathered.bytes = 0
    this.scattered.bytes = 0
    this.reduced.bytes = 0
    this.exchanged.bytes = 0
    this.sent.bytes = 0
  }

  seconds(collective: Collective, group: GroupName, bytes: number, spread: Spread | null): number {
    const before = this.before(collective)
    if (before.bytes !== bytes || before.group !== group) {
      before.bytes = bytes
      before.group = group
      before.seconds = collectiveSeconds(this.machine, this.groupOf(group), collective, bytes, spread)
    }
    return before.seconds
  }

  private before(collective: Collective): CollectiveBefore {
    if (collective === 'allGather') return this.gathered
    if (collective === 'reduceScatter') return this.scattered
    if (collective === 'allReduce') return this.reduced
    return collective === 'allToAll' ? this.exchanged : this.sent
  }

  /** A switch, because a property by a name that changes is looked up slowly. */
  private groupOf(name: GroupName): Group {
    const { groups } = this
    if (name === 'tp') return groups.tp
    if (name === 'cp') return groups.cp
    if (name === 'ep') return groups.ep
    return name === 'etp' ? groups.etp : groups[name]
  }
}

/** Sums of one program after the other; a class because every call adds to them. */
export class ProgramSums implements ProgramSink {
  readonly sums = new Float64Array(SUMS)
  private readonly machine: Machine
  private readonly collectives: LayoutCollectives
  /** Modules that run again, as bits. */
  private covered = 0
  private readonly passing: number
  /** Seconds of the product or attention told of last, in the order of `PRODUCT_PASSES`. */
  private readonly last = new Float64Array(3)
  /** Kernels and collectives, those of routed experts among them, and passes through a layer of experts; and of recompute. */
  private launches = 0
  private expertLaunches = 0
  private expertPasses = 0
  private againLaunches = 0
  private againExpertLaunches = 0
  private againExpertPasses = 0

  constructor(machine: Machine, collectives: LayoutCollectives) {
    this.machine = machine
    this.collectives = collectives
    this.passing = passingModules(machine.software.plannedMemory)
  }

  /** Starts a program of which the modules `covered` run again before the backward pass. */
  start(covered: number): void {
    this.covered = covered
    this.launches = 0
    this.expertLaunches = 0
    this.expertPasses = 0
    this.againLaunches = 0
    this.againExpertLaunches = 0
    this.againExpertPasses = 0
    for (let column = 0; column < SUMS; column++) this.sums[column] = 0
  }

  /** Starts a program whose first part is what another has been told so far. */
  startAfter(first: ProgramSums): void {
    this.start(first.covered)
    this.launches = first.launches
    this.againLaunches = first.againLaunches
    for (let column = 0; column < SUMS; column++) this.sums[column] = first.sums[column] ?? 0
  }

  /** Ends a program. */
  end(): void {
    const { machine, sums } = this
    const { graphs, launchSeconds, expertOverlap } = machine.software
    const dense = graphs === 'dense'
    const launch = graphs === true ? 0 : launchSeconds
    const sync = graphs === true ? 0 : machine.calibration.expertSyncSeconds
    sums[HOST_SECONDS] = launch * (dense ? this.expertLaunches : this.launches)
    sums[WAIT_SECONDS] = sync * this.expertPasses
    sums[AGAIN_HOST_SECONDS] = launch * (dense ? this.againExpertLaunches : this.againLaunches)
    sums[AGAIN_WAIT_SECONDS] = sync * this.againExpertPasses
    const ahead = sums[FORWARD + EXPERT] ?? 0
    const back = (sums[BACKWARD + EXPERT] ?? 0) + (sums[RECOMPUTE + EXPERT] ?? 0)
    if (expertOverlap > 0) hideExperts(sums, expertOverlap)
    const again = busySeconds(sums, RECOMPUTE)
    sums[BUSY_FORWARD] = busySeconds(sums, FORWARD)
    sums[BUSY_RECOMPUTE] = again
    sums[BUSY_BACKWARD] = busySeconds(sums, BACKWARD) + again
    sums[HIDDEN_FORWARD] = ahead - (sums[FORWARD + EXPERT] ?? 0)
    sums[HIDDEN_BACKWARD] = back - (sums[BACKWARD + EXPERT] ?? 0) - (sums[RECOMPUTE + EXPERT] ?? 0)
  }

  product(
    _name: string,
    module: Module,
    m: number,
    n: number,
    k: number,
    groups: number,
    load: number,
    low: boolean,
    quantiseBytes: number,
  ): void {
    const { machine, sums } = this
    const { last } = this
    const weights = n * k * (machine.software.plannedMemory ? groups : 1)
    if (weights > (sums[MATRIX] ?? 0)) sums[MATRIX] = weights
    productSeconds(machine, last, m, n, k, groups, low)
    const forward = last[0] ?? 0
    const input = last[1] ?? 0
    const weight = last[2] ?? 0
    sums[WEIGHT_SECONDS] = (sums[WEIGHT_SECONDS] ?? 0) + weight
    if (quantiseBytes > 0) {
      const bytes = quantiseBytes * m * groups
      this.compute(module, pointwiseSeconds(machine, bytes * k), pointwiseSeconds(machine, bytes * n), 2)
    }
    if (groups > 1) {
      this.expertPasses += 1
      if ((this.covered & module) !== 0) this.againExpertPasses += 0.5
    }
    // Experts' products are launched one by one, each with matrices of its own.
    this.compute(module, forward, input + weight, 3, groups)
    this.addFlops(module, gemmFlops(m, n, k, groups) / load)
  }

  attention(
    module: Module,
    batch: number,
    heads: number,
    queries: number,
    keys: number,
    sequence: number,
    flopsPerPair: number,
    backwardFlopsPerPair: number,
  ): void {
    const { machine, last } = this
    const forward = attentionSeconds(machine, batch, heads, queries, keys, sequence, flopsPerPair, false)
    const backward = attentionSeconds(machine, batch, heads, queries, keys, sequence, backwardFlopsPerPair, true)
    last[0] = forward
    last[1] = backward
    this.compute(module, forward, backward, 2)
    this.addFlops(module, attentionFlops(batch, heads, queries, keys, flopsPerPair))
  }

  pointwise(_name: string, module: Module, bytes: number, backwardBytes: number): void {
    const { machine } = this
    this.compute(module, pointwiseSeconds(machine, bytes), pointwiseSeconds(machine, backwardBytes), 2)
  }

  communicate(
    pass: Pass,
    part: TrafficPart,
    _name: string,
    module: Module,
    collective: Collective,
    group: GroupName,
    bytes: number,
    spread: Spread | null,
    beside: GemmPass | null,
  ): void {
    const { sums } = this
    const seconds = this.collectives.seconds(collective, group, bytes, spread)
    const besideSeconds = beside === null ? 0 : (this.last[beside === 'forward' ? 0 : beside === 'input' ? 1 : 2] ?? 0)
    const exposed = exposedSeconds(this.machine, part, seconds, beside !== null, besideSeconds)
    const kind = part === 'tensor' ? TENSOR : part === 'context' ? CONTEXT : EXPERT
    const column = kind + (pass === 'forward' ? FORWARD : BACKWARD)
    const again = pass === 'forward' && (this.covered & module) !== 0
    sums[column] = (sums[column] ?? 0) + exposed
    this.count(module, 1)
    if (!again) return
    this.countAgain(module, 1)
    sums[kind + RECOMPUTE] = (sums[kind + RECOMPUTE] ?? 0) + exposed
  }

  save(_name: string, module: Module, bytes: number): void {
    const { sums } = this
    sums[SAVED_BYTES] = (sums[SAVED_BYTES] ?? 0) + bytes
    if (bytes > (sums[WIDEST_BYTES] ?? 0)) sums[WIDEST_BYTES] = bytes
    if ((this.covered & module) === 0) sums[KEPT_BYTES] = (sums[KEPT_BYTES] ?? 0) + bytes
    else if ((this.passing & module) === 0) sums[AGAIN_BYTES] = (sums[AGAIN_BYTES] ?? 0) + bytes
  }

  /** @param launches of forward and backward together, one of them forward, each `times` over */
  private compute(module: Module, forward: number, backward: number, launches: number, times = 1): void {
    const { sums } = this
    const again = (this.covered & module) !== 0
    this.count(module, times * launches)
    if (again) this.countAgain(module, times)
    sums[FORWARD] = (sums[FORWARD] ?? 0) + forward
    sums[BACKWARD] = (sums[BACKWARD] ?? 0) + backward
    if (again) sums[RECOMPUTE] = (sums[RECOMPUTE] ?? 0) + forward
  }

  private count(module: Module, launches: number): void {
    this.launches += launches
    if (module === MOE) this.expertLaunches += launches
  }

  private countAgain(module: Module, launches: number): void {
    this.againLaunches += launches
    if (module === MOE) this.againExpertLaunches += launches
  }

  private addFlops(module: Module, flops: number): void {
    const { sums } = this
    if ((this.covered & module) !== 0) sums[RECOMPUTE_FLOPS] = (sums[RECOMPUTE_FLOPS] ?? 0) + flops
  }
}

/** What of a communication does not hide under the operator or the share of compute that it runs beside. */
export function exposedSeconds(
  machine: Machine,
  part: TrafficPart,
  seconds: number,
  beside: boolean,
  besideSeconds: number,
): number {
  if (beside) return Math.max(0, seconds - besideSeconds)
  return part === 'tensor' ? seconds * (1 - machine.software.tensorOverlap) : seconds
}

/** What stays visible of `traffic` seconds of experts' traffic beside the compute of another batch, of which a share hides it. */
function visibleExperts(traffic: number, compute: number, overlap: number): number {
  return Math.max(traffic * (1 - overlap), traffic - compute * overlap)
}

function allPasses(sums: Float64Array, kind: number): number {
  return (sums[FORWARD + kind] ?? 0) + (sums[BACKWARD + kind] ?? 0) + (sums[RECOMPUTE + kind] ?? 0)
}

/** Hides the experts' traffic of a layer under its compute for the batch beside it. */
function hideExperts(sums: Float64Array, overlap: number): void {
  const traffic = allPasses(sums, EXPERT)
  if (traffic === 0) return
  const share = visibleExperts(traffic, allPasses(sums, COMPUTE), overlap) / traffic
  sums[FORWARD + EXPERT] = share * (sums[FORWARD + EXPERT] ?? 0)
  sums[BACKWARD + EXPERT] = share * (sums[BACKWARD + EXPERT] ?? 0)
  sums[RECOMPUTE + EXPERT] = share * (sums[RECOMPUTE + EXPERT] ?? 0)
}
