import { formatQuantity } from '@walltime/hardware'
import type { RunDistribution } from '@walltime/sim'
import type { Terminal } from '../terminal/terminal.ts'
import { wrap } from '../terminal/text.ts'
import { grouped } from './format.ts'

/** When the run writes checkpoints, and what interrupts it most. */
export function checkpoints(
  { checkpoint, interruptionsByClass }: RunDistribution,
  { width }: Terminal,
): readonly string[] {
  const interval = formatQuantity(checkpoint.intervalSeconds, 'time')
  const blocking = formatQuantity(checkpoint.blockingSeconds, 'time')
  const most = Object.entries(interruptionsByClass)
    .filter(([, count]) => count > 0)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 4)
    .map(([id, count]) => `${id} ${count < 10 ? count.toFixed(1) : grouped(count)}`)
  const causes = most.length === 0 ? '' : ` Most frequent interruptions (mean): ${most.join(', ')}.`
  return wrap(`A checkpoint every ${interval}, ${blocking} each, ${grouped(checkpoint.count)} in all.${causes}`, width)
}
