import { formatQuantity } from '@walltime/hardware'
import type { CostResult } from '../run/cost-result.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { labelled } from '../terminal/text.ts'
import { grouped } from './format.ts'

/** What it costs and at which price. */
export function money(
  { price, paidChips, usd, failureFreeUsd }: CostResult,
  { width, style, glyphs }: Terminal,
): readonly string[] {
  const { p5, p50, p95, law } = price.usdPerChipHour
  const range = law === 'fixed' ? '' : ` (${p5.toFixed(2)} to ${p95.toFixed(2)})`
  const text = [
    `${formatQuantity(usd.p50, 'money')} (90 %: ${formatQuantity(usd.p5, 'money')} to ${formatQuantity(usd.p95, 'money')})`,
    `${formatQuantity(failureFreeUsd, 'money')} without failures`,
    `${grouped(paidChips)} chips ${glyphs.times} ${p50.toFixed(2)} USD/chip-hour${range}, ${price.source}`,
  ].join('; ')
  return [style.bold('MONEY'), ...labelled('', text, width, 2)]
}
