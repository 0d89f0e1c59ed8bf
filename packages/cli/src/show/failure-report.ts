import type { FailureSet } from '@walltime/core'
import { formatQuantity } from '@walltime/hardware'
import { percent } from '../report/format.ts'
import { table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { wrap } from '../terminal/text.ts'

/** The classes of a set of failures. */
export function failureReport(set: FailureSet, { width, style }: Terminal): readonly string[] {
  const head = ['class', 'rate of one', 'detection', 'automatic', 'by hand']
  const rows = set.classes.map(({ id, rate, per, detection, losesNode, repair }) => [
    id,
    `${formatQuantity(rate, 'rate')} ${per}`,
    formatQuantity(detection, 'time'),
    losesNode ? `${percent(repair.automaticShare, 0)} ${formatQuantity(repair.automaticSeconds, 'time')}` : 'node kept',
    losesNode ? formatQuantity(repair.manualSeconds, 'time') : '',
  ])
  const { p5, p50, p95, law } = set.fleet
  const fleet = law === 'fixed' ? `${p50}` : `${p50} (90 %: ${p5.toFixed(2)} to ${p95.toFixed(2)}, ${law})`
  return [
    ...wrap(`${style.bold(set.id)}: ${set.name}`, width, 2),
    ...wrap(`source: ${set.source}`, width, 2),
    ...wrap(`factor on all rates that is unknown before the run: ${fleet}`, width, 2),
    ...wrap('automatic, by hand: share of nodes that an automatic repair brings back, time of either repair', width, 2),
    ...(rows.length === 0 ? [] : ['', ...table(rows, { head, align: ['left', 'right', 'right', 'right', 'right'] })]),
  ]
}
