import type { Estimate } from '@walltime/core'
import type { RunDistribution } from '@walltime/sim'
import type { Terminal } from '../terminal/terminal.ts'
import { wrap } from '../terminal/text.ts'
import { plural } from './format.ts'

/** Warnings, those of the simulated run after those of the estimate; and how many assumptions stand behind the numbers, unless they are listed above (no `file` to name). */
export function remarks(
  { warnings, assumptions }: Estimate,
  file: string | null,
  { width, style }: Terminal,
  ofRun: RunDistribution['warnings'] = [],
): readonly string[] {
  const lines = [...warnings, ...ofRun].flatMap(({ message }) => {
    const [first = '', ...rest] = wrap(`! ${message}`, width, 2)
    return [style.yellow(first), ...rest.map(style.yellow)]
  })
  if (file === null) return lines
  const count = plural(assumptions.length, 'assumption')
  return [...lines, ...wrap(`${count} behind these numbers: walltime estimate ${file} --explain`, width).map(style.dim)]
}
