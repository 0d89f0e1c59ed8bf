import { type FailureSet, nodeRate } from '@walltime/core'
import { formatQuantity } from '@walltime/hardware'
import { percent } from '../report/format.ts'
import { table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { wrap } from '../terminal/text.ts'
import { formatDuration } from './duration.ts'

const SECONDS_PER_DAY = 86_400

/** The classes of a set of failures. */
export function failureReport(set: FailureSet, { width, style }: Terminal): readonly string[] {
  const head = ['class', 'rate of one', 'detection', 'automatic', 'by hand']
  const rows = set.classes.map(({ id, rate, per, detection, losesNode, repair }) => [
    id,
    `${formatQuantity(rate, 'rate')} ${per}`,
    formatDuration(detection),
    losesNode ? `${percent(repair.automaticShare, 0)} ${formatDuration(repair.automaticSeconds)}` : 'node kept',
    losesNode ? formatDuration(repair.manualSeconds) : '',
  ])
  const { p5, p50, p95, law } = set.fleet
  const fleet = law === 'fixed' ? `${p50}` : `${p50} (90 %: ${p5.toFixed(2)} to ${p95.toFixed(2)}, ${law})`
  return [
    ...wrap(`${style.bold(set.id)}: ${set.name}`, width, 2),
    ...wrap(`source: ${set.source}${set.verified ? '' : ' (not checked)'}`, width, 2),
    ...(set.note === undefined ? [] : wrap(`note: ${set.note}`, width, 2)),
    ...(rows.length === 0
      ? []
      : wrap(
          `per chip, link and node together: ${perThousand(set)} failures in 1,000 days of a node of eight chips`,
          width,
          2,
        )),
    ...wrap(`factor on all rates that is unknown before the run: ${fleet}`, width, 2),
    ...wrap('automatic, by hand: share of nodes that an automatic repair brings back, time of either repair', width, 2),
    ...(rows.length === 0 ? [] : ['', ...table(rows, { head, align: ['left', 'right', 'right', 'right', 'right'] })]),
  ]
}

function perThousand({ classes }: FailureSet): string {
  return (nodeRate(classes) * 1000 * SECONDS_PER_DAY).toPrecision(3)
}
