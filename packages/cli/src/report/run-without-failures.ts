import type { Estimate } from '@walltime/core'
import { formatQuantity } from '@walltime/hardware'
import { table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { labelled } from '../terminal/text.ts'
import { grouped, percent, plural } from './format.ts'

/** The run as it would go if nothing failed. */
export function runWithoutFailures({ run, phases }: Estimate, { width, style }: Terminal): readonly string[] {
  const text = [
    plural(run.steps, 'step'),
    formatQuantity(run.seconds, 'time'),
    `${run.chipHours < 1e6 ? grouped(run.chipHours) : formatQuantity(run.chipHours, 'count')} chip-hours`,
    formatQuantity(run.rentalUsd, 'money'),
    formatQuantity(run.energyJoules, 'energy'),
  ].join(', ')
  return [style.bold('RUN WITHOUT FAILURES'), ...labelled('', text, width, 2), ...phaseTable(phases)]
}

/** The parts of a run that has several. */
function phaseTable(phases: Estimate['phases']): readonly string[] {
  if (phases.length < 2) return []
  const rows = phases.map(({ name, tokens, chips, steps, stepSeconds, seconds, mfu, fits }) => [
    name,
    formatQuantity(tokens, 'count'),
    grouped(chips),
    grouped(steps),
    formatQuantity(stepSeconds, 'time'),
    formatQuantity(seconds, 'time'),
    percent(mfu),
    fits ? '' : 'does not fit',
  ])
  const head = ['phase', 'tokens', 'chips', 'steps', 'a step', 'time', 'MFU', '']
  const align = ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'left'] as const
  return table(rows, { head, align, indent: 2 })
}
