import type { Groups } from '../layout/placement.ts'
import type { CollectiveTime } from './collectives.ts'
import { collectiveTime } from './collectives.ts'
import { attentionSeconds, gemmSeconds } from './kernels.ts'
import type { Machine } from './machine.ts'
import type { Attention, Communication, Gemm, Operator } from './operators.ts'
import { exposedSeconds } from './program-sums.ts'

/** What a rank's communication did: one line of traffic before it is multiplied over the step. */
export interface CommunicationTime {
  readonly op: Communication
  readonly time: CollectiveTime
  readonly exposed: number
}

function kernelSeconds(machine: Machine, op: Gemm | Attention): number {
  if (op.kind === 'gemm') return gemmSeconds(machine, op.m, op.n, op.k, op.groups, op.low)
  const { batch, heads, queries, keys, sequence, flopsPerPair, backward } = op
  return attentionSeconds(machine, batch, heads, queries, keys, sequence, flopsPerPair, backward)
}

function communicationTime(machine: Machine, groups: Groups, op: Communication): CommunicationTime {
  const time = collectiveTime(machine, groups[op.group], op.collective, op.bytes, op.spread)
  const beside = op.under === null ? 0 : kernelSeconds(machine, op.under)
  return { op, time, exposed: exposedSeconds(machine, op.part, time.seconds, op.under !== null, beside) }
}

/** The communications among operators, timed. */
export function communicationTimes(
  machine: Machine,
  groups: Groups,
  operators: readonly Operator[],
): readonly CommunicationTime[] {
  return operators.flatMap((op) => (op.kind === 'communication' ? [communicationTime(machine, groups, op)] : []))
}
