import { formatQuantity } from '@walltime/hardware'
import { MAINTENANCE, PREEMPTION, REPAIR } from '../failure-defaults.ts'
import type { FailureClass } from '../reliability.ts'
import type { ReliabilityInput } from '../reliability-input.ts'
import { assume, type Notes, report } from './notes.ts'

/** Maintenance and preemption as classes of the job. */
export function plannedStops(notes: Notes, input: ReliabilityInput): readonly FailureClass[] {
  const classes: FailureClass[] = []
  const add = (
    section: 'maintenance' | 'preemption',
    list: NonNullable<ReliabilityInput['maintenance']>,
    defaults: { readonly everySeconds?: number; readonly seconds: number; readonly graceSeconds: number },
    source: string,
  ) => {
    for (const [i, one] of list.entries()) {
      const path = `reliability.${section}`
      const { every, rate } = one
      const id = one.id ?? (i === 0 ? section : `${section}-${i + 1}`)
      if (every !== undefined && rate !== undefined) {
        report(notes, 'failures.rate', ['reliability', section], 'give either every or rate')
      }
      const seconds = every ?? defaults.everySeconds
      if (rate === undefined && seconds === undefined) {
        report(notes, 'scenario.missing', ['reliability', section], 'give how often: every or rate')
        continue
      }
      if (every === undefined && rate === undefined)
        assume(notes, `${path}.every`, formatQuantity(seconds ?? 0, 'time'), source)
      if (one.duration === undefined)
        assume(notes, `${path}.duration`, formatQuantity(defaults.seconds, 'time'), 'assumed: no figure is published')
      const periodic = section === 'maintenance' && (one.periodic ?? true)
      classes.push({
        id,
        per: 'job',
        rate: rate ?? 1 / (seconds ?? 1),
        detection: 0,
        losesNode: false,
        repair: REPAIR,
        effect: section === 'maintenance' ? 'stop' : 'preempt',
        grace: one.grace ?? defaults.graceSeconds,
        stop: one.duration ?? defaults.seconds,
        source,
        ...(periodic ? { lifetime: 'periodic' as const } : {}),
      })
    }
  }
  if (input.maintenance !== undefined)
    add('maintenance', input.maintenance, MAINTENANCE, '47 planned stops in 54 days (Llama 3, arXiv:2407.21783)')
  if (input.preemption !== undefined)
    add('preemption', input.preemption, PREEMPTION, 'Kokolis et al., HPCA 2025: two hours of warning')
  return classes
}
