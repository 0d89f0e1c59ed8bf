import { type Estimate, MEMORY_PARTS, STEP_PARTS } from '@walltime/core'
import { formatQuantity } from '@walltime/hardware'
import { bar } from '../terminal/charts.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { beside, padEnd, padStart, wrap } from '../terminal/text.ts'
import { decimalsOf, percent } from './format.ts'

const GIB = 2 ** 30
const BAR = 9
const LEFT = 40

/** The step's parts and a chip's memory, side by side, and how well the chips are used. */
export function stepAndMemory(estimate: Estimate, terminal: Terminal): readonly string[] {
  return [
    ...beside(stepColumn(estimate, terminal), memoryColumn(estimate, terminal), LEFT),
    '',
    ...utilisation(estimate, terminal),
    ...remedies(estimate, terminal),
  ]
}

function stepColumn({ step }: Estimate, { style, glyphs }: Terminal): readonly string[] {
  const [low, high] = step.interval90
  const decimals = decimalsOf(step.seconds)
  const rows = STEP_PARTS.filter((part) => step.breakdown[part] > 0).map((part) => {
    const share = step.breakdown[part] / step.seconds
    const seconds = fixed(step.breakdown[part], decimals + 1)
    return `  ${padEnd(part, 10)}${padStart(`${seconds} s`, 9)}${padStart(percent(share), 7)} ${style.cyan(bar(share, BAR, glyphs))}`
  })
  const title = `STEP ${formatQuantity(step.seconds, 'time')}`
  const range = `(90 %: ${low.toFixed(decimals)} to ${high.toFixed(decimals)} s)`
  return [
    `${style.bold(title)} ${range}`,
    ...rows,
    ...(step.overridden ? [`  set by override; own ${formatQuantity(step.ownSeconds, 'time')}`] : []),
  ]
}

function memoryColumn({ memory }: Estimate, { style, glyphs }: Terminal): readonly string[] {
  const { peakBytes, capacityBytes, breakdown, fits, stage } = memory
  const parts = MEMORY_PARTS.filter((part) => breakdown[part] > 0)
  const line = (label: string, bytes: number, paint: (text: string) => string) => {
    const share = bytes / capacityBytes
    const gib = padStart(gibibytes(bytes), 7)
    return `  ${padEnd(label, 12)}${gib}${padStart(percent(share, 0), 6)} ${paint(bar(share, BAR, glyphs))}`
  }
  const verdict = fits ? style.green : style.red
  const title = `MEMORY ${gibibytes(peakBytes)} of ${gibibytes(capacityBytes)} GiB`
  return [
    `${style.bold(title)}, ${fits ? verdict('fits') : verdict('DOES NOT FIT')}`,
    ...parts.map((part) => line(part, breakdown[part], style.cyan)),
    line(`stage ${stage}`, peakBytes, verdict),
  ]
}

function gibibytes(bytes: number): string {
  return (bytes / GIB).toFixed(bytes < 1000 * GIB ? 1 : 0)
}

/** What would round to nothing says so. */
function fixed(value: number, decimals: number): string {
  const least = 10 ** -decimals
  return value < least / 2 ? `<${least.toFixed(decimals)}` : value.toFixed(decimals)
}

function utilisation({ step }: Estimate, { width, style }: Terminal): readonly string[] {
  const perChip = `${Math.round(step.modelTflopsPerChip)} TFLOP/s a chip`
  const tokens = `${formatQuantity(step.tokensPerSecond, 'tokens')}/s`
  const text = `MFU ${percent(step.mfu)}, ${perChip}, ${tokens}; HFU ${percent(step.hfu)}`
  const convention = 'MFU: model FLOPs, causal attention halved, no recompute, over the dense bf16 peak.'
  return [style.bold(text), ...wrap(convention, width).map(style.dim)]
}

function remedies({ memory }: Estimate, { width, style }: Terminal): readonly string[] {
  if (memory.fits) return []
  const excess = formatQuantity(memory.peakBytes - memory.capacityBytes, 'bytes')
  const verdict = `Does not fit in memory: stage ${memory.stage} needs ${excess} more than a chip has.`
  if (memory.remedies.length === 0) {
    return ['', ...wrap(`${verdict} No single change to the layout makes it fit.`, width).map(style.red)]
  }
  const rows = memory.remedies.map(
    ({ changes, peakBytes, stepSeconds }) =>
      `  ${changes.map((change) => `--set "${change}"`).join(' ')}: ${formatQuantity(peakBytes, 'bytes')}, step ${formatQuantity(stepSeconds, 'time')}`,
  )
  return [
    '',
    ...wrap(`${verdict} It would with one of`, width).map(style.red),
    ...rows.flatMap((row) => wrap(row, width - 2, 2).map((l) => `  ${l}`)),
  ]
}
