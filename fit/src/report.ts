/** The fit as text. */

import type { ErrorSummary } from './errors.ts'
import type { Constants, KernelFit } from './fit.ts'

const percent = (value: number): string => (Number.isFinite(value) ? (100 * value).toFixed(1) : '-').padStart(5)
const line = (...cells: readonly string[]): string => `  ${cells.join('  ')}`
const errors = ({ median, mean, p90, samples }: ErrorSummary): string =>
  `${percent(median)} ${percent(mean)} ${percent(p90)} ${String(samples).padStart(6)}`

function constantLines(constants: Constants): string[] {
  const width = Math.max(...[...constants.keys()].map((key) => key.length))
  return [...constants].map(([key, { value, spread }]) =>
    line(key.padEnd(width), value.toPrecision(3).padStart(10), `± ${percent(spread)} %`),
  )
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Readable report: errors in percent of held-out samples, what each term earns, constants with spreads. */
export function report(fit: KernelFit): string {
  const [kept, ...rivals] = fit.gemm.scores
  const lines: string[] = ['Matrix products: held-out error in % by chip and precision: median, mean, p90, samples']
  lines.push(line(' '.repeat(20), 'all shapes'.padEnd(26), 'from 2,048 rows'))
  for (const set of fit.gemm.heldOut.sets) {
    lines.push(line(set.chip.padEnd(9), set.precision.padEnd(9), errors(set.all), ' ', errors(set.training)))
  }
  lines.push('', 'What each term earns: mean of the sets, all shapes, from 2,048 rows, constants')
  for (const score of kept === undefined ? [] : [kept, ...rivals]) {
    lines.push(line(percent(score.all), percent(score.training), String(score.constants).padStart(4), score.form))
  }
  lines.push('', ...constantLines(fit.gemm.constants))
  lines.push('', 'Speed of products from 10 ms over those of 0.1 to 1 ms, samples')
  for (const { chip, precision, share, samples } of fit.gemm.sustained) {
    lines.push(line(chip.padEnd(9), precision.padEnd(9), share.toFixed(3), String(samples).padStart(5)))
  }
  lines.push('', `Published attention kernels: error ${errors(fit.published.errors)}`)
  for (const [key, value] of fit.published.constants) lines.push(line(key.padEnd(44), value.toPrecision(3)))
  lines.push('', 'Backward over forward share of the peak')
  for (const [key, value] of fit.backward) lines.push(line(key.padEnd(44), value.toPrecision(3)))
  for (const { name, constants, scores } of fit.attention) {
    lines.push('', `Attention, ${name}: held-out error in %, all shapes and from 2,048 tokens`)
    for (const one of scores[0]?.chips ?? []) {
      lines.push(line(one.chip.padEnd(9), errors(one.all), ' ', errors(one.training)))
    }
    for (const { form, chips } of scores) {
      lines.push(
        line(
          percent(mean(chips.map((one) => one.all.mean))),
          percent(mean(chips.map((one) => one.training.mean))),
          form,
        ),
      )
    }
    lines.push(...constantLines(constants))
  }
  lines.push('', 'Experts, balanced: held-out error in %, all shapes and from 256 rows an expert')
  for (const one of fit.experts.scores[0]?.sets ?? []) {
    lines.push(line(one.chip.padEnd(9), one.precision.padEnd(26), errors(one.all), ' ', errors(one.training)))
  }
  for (const { form, sets } of fit.experts.scores) {
    lines.push(
      line(percent(mean(sets.map((one) => one.all.mean))), percent(mean(sets.map((one) => one.training.mean))), form),
    )
  }
  lines.push(...constantLines(fit.experts.constants), ...constantLines(fit.experts.imbalance))
  lines.push('', 'Collectives within a node from 64 KiB, sizes held out: error in %')
  for (const { chip, byCollective } of fit.collectives.scores[0]?.chips ?? []) {
    for (const [name, summary] of Object.entries(byCollective)) {
      lines.push(line(chip.padEnd(9), name.padEnd(15), errors(summary)))
    }
  }
  lines.push(line('Mean and worst median, constants'))
  for (const { meanMedian, worstMedian, constants, form } of fit.collectives.scores) {
    lines.push(line(percent(meanMedian), percent(worstMedian), String(constants).padStart(4), form))
  }
  lines.push(...constantLines(fit.collectives.constants))
  lines.push('', 'Exchange of tokens (DeepEP): error in % in sample')
  for (const { chip, direction, errors: summary } of fit.exchange.errors) {
    lines.push(line(chip.padEnd(9), direction.padEnd(9), errors(summary)))
  }
  lines.push(...constantLines(fit.exchange.constants))
  return lines.join('\n')
}
