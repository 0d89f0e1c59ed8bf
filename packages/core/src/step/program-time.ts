import type { Groups } from '../layout/placement.ts'
import type { CollectiveTime } from './collectives.ts'
import { collectiveTime } from './collectives.ts'
import { attentionSeconds, PRODUCT_PASSES, productSeconds } from './kernels.ts'
import type { Machine } from './machine.ts'
import type { Communication } from './operators.ts'
import { exposedSeconds } from './program-sums.ts'

/** What a rank's communication did: one line of traffic before it is multiplied over the step. */
export interface CommunicationTime {
  readonly op: Communication
  readonly time: CollectiveTime
  readonly exposed: number
}

/** Seconds of what a communication runs beside. */
function besideSeconds(machine: Machine, { beside, operator }: Communication): number {
  if (beside === null || operator === null) return 0
  if (operator.kind === 'product') {
    const { m, n, k, groups, low } = operator
    const seconds = new Float64Array(3)
    productSeconds(machine, seconds, m, n, k, groups, low)
    return seconds[PRODUCT_PASSES[beside]] ?? 0
  }
  const { batch, heads, queries, keys, sequence } = operator
  const forward = beside === 'forward'
  const flopsPerPair = forward ? operator.flopsPerPair : operator.backwardFlopsPerPair
  return attentionSeconds(machine, batch, heads, queries, keys, sequence, flopsPerPair, !forward)
}

/** Times communications. */
export function communicationTimes(
  machine: Machine,
  groups: Groups,
  communications: readonly Communication[],
): readonly CommunicationTime[] {
  return communications.map((op) => {
    const time = collectiveTime(machine, groups[op.group], op.collective, op.bytes, op.spread)
    const beside = besideSeconds(machine, op)
    return { op, time, exposed: exposedSeconds(machine, op.part, time.seconds, op.beside !== null, beside) }
  })
}
