import type { RunDistribution } from '@walltime/sim'
import { grouped } from './format.ts'

export function interruptedNote({ completed, requested }: RunDistribution): string {
  return `interrupted: the result has the ${grouped(completed)} of ${grouped(requested)} trials that were finished`
}
