import { formatQuantity } from '@walltime/hardware'
import type { SimulateResult } from '../run/simulate-result.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { wrap } from '../terminal/text.ts'
import { percent, unitOf, withError } from './format.ts'

/** When the run writes checkpoints, what interrupts it most, and how bad an hour can be. */
export function checkpoints(
  { checkpoint, interruptionsByClass, standardErrors, slidingEttr: hour }: SimulateResult,
  { width, glyphs }: Terminal,
): readonly string[] {
  const counted = (count: number, error = 0) => withError(count, error, unitOf.count(), glyphs.plusMinus)
  const interval = formatQuantity(checkpoint.intervalSeconds, 'time')
  const blocking = formatQuantity(checkpoint.blockingSeconds, 'time')
  const most = Object.entries(interruptionsByClass)
    .filter(([, count]) => count > 0)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 4)
    .map(([id, count]) => `${id} ${counted(count, standardErrors.interruptionsByClass[id])}`)
  const causes = most.length === 0 ? '' : ` Most frequent interruptions (mean): ${most.join(', ')}.`
  const written = counted(checkpoint.count, standardErrors.checkpoints[0])
  const window = hour.windowSeconds === 3600 ? 'hour' : formatQuantity(hour.windowSeconds, 'time')
  const worst = ` Worst ${window} of the median trial (no. ${hour.trial}): ETTR ${percent(hour.worst)}, ${formatQuantity(hour.worstAtSeconds, 'time')} after its start.`
  return wrap(`A checkpoint every ${interval}, ${blocking} each, ${written} in all.${causes}${worst}`, width)
}
