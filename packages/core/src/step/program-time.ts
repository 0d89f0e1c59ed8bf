import type { Group, GroupName } from '../layout/placement.ts'
import type { CollectiveTime } from './collectives.ts'
import { collectiveTime } from './collectives.ts'
import { attentionFlops, attentionSeconds, gemmFlops, gemmSeconds, pointwiseSeconds } from './kernels.ts'
import type { Machine } from './machine.ts'
import type { Communication, Operator } from './operators.ts'

/** Seconds of a program on one rank. Communication is what stays exposed. */
export interface ProgramTime {
  readonly compute: number
  readonly tensor: number
  readonly context: number
  readonly expert: number
  /** FLOPs of a rank in the mean. */
  readonly flops: number
  readonly launches: number
}

/** What a rank's communication did: one line of traffic before it is multiplied over the step. */
export interface CommunicationTime {
  readonly op: Communication
  readonly time: CollectiveTime
  readonly exposed: number
}

export type Groups = Readonly<Record<GroupName, Group>>

/** Seconds of a kernel. */
export function kernelSeconds(machine: Machine, op: Exclude<Operator, Communication>): number {
  if (op.kind === 'gemm') return gemmSeconds(machine, op.m, op.n, op.k, op.groups, op.low)
  if (op.kind === 'pointwise') return pointwiseSeconds(machine, op.bytes)
  const { batch, heads, queries, keys, sequence, flopsPerPair, backward } = op
  return attentionSeconds(machine, batch, heads, queries, keys, sequence, flopsPerPair, backward)
}

/** Seconds of a communication, and what of it does not hide under the operator or the share of compute it runs beside. */
export function communicationTime(machine: Machine, groups: Groups, op: Communication): CommunicationTime {
  const time = collectiveTime(machine, groups[op.group], op.collective, op.bytes, op.spread)
  if (op.under !== null) {
    return { op, time, exposed: Math.max(0, time.seconds - kernelSeconds(machine, op.under)) }
  }
  const { tensorOverlap, expertOverlap } = machine.software
  const hidden = op.part === 'tensor' ? tensorOverlap : op.part === 'expert' ? expertOverlap : 0
  return { op, time, exposed: time.seconds * (1 - hidden) }
}

/** Adds up a program's kernels and exposed communication; every communication is added to `communications`. */
export function timeProgram(
  machine: Machine,
  groups: Groups,
  program: readonly Operator[],
  communications: CommunicationTime[],
): ProgramTime {
  let compute = 0
  let flops = 0
  const exposed = { tensor: 0, context: 0, expert: 0 }
  for (const op of program) {
    if (op.kind === 'communication') {
      const traffic = communicationTime(machine, groups, op)
      exposed[op.part] += traffic.exposed
      communications.push(traffic)
    } else {
      compute += kernelSeconds(machine, op)
      if (op.kind === 'gemm') flops += gemmFlops(op.m, op.n, op.k, op.groups) / op.load
      else if (op.kind === 'attention')
        flops += attentionFlops(op.batch, op.heads, op.queries, op.keys, op.flopsPerPair)
    }
  }
  return { compute, ...exposed, flops, launches: program.length }
}

export const NO_TIME: ProgramTime = { compute: 0, tensor: 0, context: 0, expert: 0, flops: 0, launches: 0 }

/** a + factor·b, part by part. */
export function addTime(a: ProgramTime, b: ProgramTime, factor: number): ProgramTime {
  return {
    compute: a.compute + factor * b.compute,
    tensor: a.tensor + factor * b.tensor,
    context: a.context + factor * b.context,
    expert: a.expert + factor * b.expert,
    flops: a.flops + factor * b.flops,
    launches: a.launches + factor * b.launches,
  }
}

/** Kernels and exposed communication together. */
export function busySeconds(time: ProgramTime): number {
  return time.compute + time.tensor + time.context + time.expert
}
