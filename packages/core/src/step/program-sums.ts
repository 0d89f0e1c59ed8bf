/** Adds up what programs tell, in seconds and bytes, and keeps none of it. */

import type { Collective } from '@walltime/hardware'
import type { Group, GroupName, Groups } from '../layout/placement.ts'
import { collectiveSeconds } from './collectives.ts'
import { attentionFlops, attentionSeconds, gemmFlops, gemmSeconds, pointwiseSeconds } from './kernels.ts'
import type { Machine } from './machine.ts'
import type { GemmPass, Module, Pass, ProgramSink, Spread, TrafficPart } from './operators.ts'

/** Seconds of kernels and of exposed tensor, context and expert communication, from `FORWARD`, `BACKWARD`, `RECOMPUTE` on. */
export const COMPUTE = 0
export const TENSOR = 1
export const CONTEXT = 2
export const EXPERT = 3
export const FORWARD = 0
export const BACKWARD = 4
/** What of the forward pass runs again before the backward pass. */
export const RECOMPUTE = 8
/** Kernels and collectives that the host launches. */
export const LAUNCHES = 12
/** Recomputed FLOPs of a rank in the mean. */
export const RECOMPUTE_FLOPS = 13
/** Seconds of the weights' gradients alone; `BACKWARD` holds them too. */
export const WEIGHT_SECONDS = 14
/** Bytes kept from forward to backward: under recompute, and without any. */
export const KEPT_BYTES = 15
export const SAVED_BYTES = 16
export const SUMS = 17

/** Seconds of kernels and exposed communication of a pass together. */
export function busySeconds(sums: Float64Array, pass: number): number {
  return (
    (sums[pass + COMPUTE] ?? 0) + (sums[pass + TENSOR] ?? 0) + (sums[pass + CONTEXT] ?? 0) + (sums[pass + EXPERT] ?? 0)
  )
}

/** Adds `count` times the sums of a program. */
export function addSums(to: Float64Array, program: Float64Array, count: number): void {
  for (let column = 0; column < SUMS; column++) to[column] = (to[column] ?? 0) + count * (program[column] ?? 0)
}

/** Sums of one program after the other; a class because every call adds to them. */
export class ProgramSums implements ProgramSink {
  readonly sums = new Float64Array(SUMS)
  private readonly machine: Machine
  private readonly groups: Groups
  /** Modules that run again, as bits. */
  private covered = 0
  /** Seconds of the product or attention told of last. */
  private last = 0

  constructor(machine: Machine, groups: Groups) {
    this.machine = machine
    this.groups = groups
  }

  /** Starts a program of which the modules `covered` run again before the backward pass. */
  start(covered: number): void {
    this.covered = covered
    this.sums.fill(0)
  }

  gemm(
    pass: GemmPass,
    _name: string,
    module: Module,
    m: number,
    n: number,
    k: number,
    groups: number,
    load: number,
    low: boolean,
  ): void {
    const seconds = gemmSeconds(this.machine, m, n, k, groups, low)
    this.last = seconds
    this.add(pass === 'forward' ? FORWARD : BACKWARD, module, COMPUTE, seconds)
    if (pass === 'weight') this.increase(WEIGHT_SECONDS, seconds)
    else if (pass === 'forward' && (this.covered & module) !== 0)
      this.increase(RECOMPUTE_FLOPS, gemmFlops(m, n, k, groups) / load)
  }

  attention(
    pass: Pass,
    module: Module,
    batch: number,
    heads: number,
    queries: number,
    keys: number,
    sequence: number,
    flopsPerPair: number,
  ): void {
    const backward = pass === 'backward'
    const seconds = attentionSeconds(this.machine, batch, heads, queries, keys, sequence, flopsPerPair, backward)
    this.last = seconds
    this.add(backward ? BACKWARD : FORWARD, module, COMPUTE, seconds)
    if (!backward && (this.covered & module) !== 0)
      this.increase(RECOMPUTE_FLOPS, attentionFlops(batch, heads, queries, keys, flopsPerPair))
  }

  pointwise(pass: Pass, _name: string, module: Module, bytes: number): void {
    this.add(pass === 'forward' ? FORWARD : BACKWARD, module, COMPUTE, pointwiseSeconds(this.machine, bytes))
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
    beside: boolean,
  ): void {
    const seconds = collectiveSeconds(this.machine, this.groupOf(group), collective, bytes, spread)
    const exposed = exposedSeconds(this.machine, part, seconds, beside, this.last)
    const kind = part === 'tensor' ? TENSOR : part === 'context' ? CONTEXT : EXPERT
    this.add(pass === 'forward' ? FORWARD : BACKWARD, module, kind, exposed)
  }

  save(_name: string, module: Module, bytes: number): void {
    this.increase(SAVED_BYTES, bytes)
    if ((this.covered & module) === 0) this.increase(KEPT_BYTES, bytes)
  }

  /** A switch, because a property by a name that changes is looked up slowly. */
  private groupOf(name: GroupName): Group {
    const { groups } = this
    if (name === 'tp') return groups.tp
    if (name === 'cp') return groups.cp
    if (name === 'ep') return groups.ep
    return name === 'etp' ? groups.etp : groups[name]
  }

  private add(pass: number, module: Module, kind: number, seconds: number): void {
    this.increase(pass + kind, seconds)
    this.increase(LAUNCHES, 1)
    if (pass === FORWARD && (this.covered & module) !== 0) {
      this.increase(RECOMPUTE + kind, seconds)
      this.increase(LAUNCHES, 1)
    }
  }

  private increase(column: number, by: number): void {
    const { sums } = this
    sums[column] = (sums[column] ?? 0) + by
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
  const { tensorOverlap, expertOverlap } = machine.software
  return seconds * (1 - (part === 'tensor' ? tensorOverlap : part === 'expert' ? expertOverlap : 0))
}
