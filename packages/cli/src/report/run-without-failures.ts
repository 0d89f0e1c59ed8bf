import type { Estimate } from '@walltime/core'
import { formatQuantity } from '@walltime/hardware'
import type { Terminal } from '../terminal/terminal.ts'
import { labelled } from '../terminal/text.ts'
import { grouped, plural } from './format.ts'

/** The run as it would go if nothing failed. */
export function runWithoutFailures({ run }: Estimate, { width, style }: Terminal): readonly string[] {
  const text = [
    plural(run.steps, 'step'),
    formatQuantity(run.seconds, 'time'),
    `${run.chipHours < 1e6 ? grouped(run.chipHours) : formatQuantity(run.chipHours, 'count')} chip-hours`,
    formatQuantity(run.rentalUsd, 'money'),
    formatQuantity(run.energyJoules, 'energy'),
  ].join(', ')
  return [style.bold('RUN WITHOUT FAILURES'), ...labelled('', text, width, 2)]
}
