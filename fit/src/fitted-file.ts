/** The fit as the file that is kept in the repository. */

import type { ErrorSummary } from './errors.ts'
import type { Constants, KernelFit } from './fit.ts'

const SOURCE =
  'NVIDIA ai-dynamo/aiconfigurator, Apache-2.0, commit 095f58a51c4ca8e61b66ec108d86f223f8d559ce: ' +
  'measured kernels and collectives, systems/data'

/** Significant digits kept. */
const DIGITS = 4
const round = (value: number): number | null => (Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : null)

function constantsOf(constants: Constants): Record<string, { value: number | null; spread: number | null }> {
  const entries = [...constants].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    entries.map(([key, { value, spread }]) => [key, { value: round(value), spread: round(spread) }]),
  )
}

function errorsOf({ samples, median, mean, p90, bias }: ErrorSummary): Record<string, number | null> {
  return { samples, median: round(median), mean: round(mean), p90: round(p90), bias: round(bias) }
}

function numbersOf(values: ReadonlyMap<string, number>): Record<string, number | null> {
  return Object.fromEntries([...values].map(([key, value]) => [key, round(value)]))
}

/** Text of the file: the same for the same tables. */
export function fittedFile(fit: KernelFit): string {
  const [gemm] = fit.gemm.scores
  const [experts] = fit.experts.scores
  const [collectives] = fit.collectives.scores
  const content = {
    source: SOURCE,
    gemm: {
      form: gemm?.form,
      constants: constantsOf(fit.gemm.constants),
      heldOut: Object.fromEntries(
        fit.gemm.heldOut.sets.map((set) => [
          `${set.chip}:${set.precision}`,
          { all: errorsOf(set.all), training: errorsOf(set.training) },
        ]),
      ),
      sustained: Object.fromEntries(
        fit.gemm.sustained.map(({ chip, precision, share, samples }) => [
          `${chip}:${precision}`,
          { share: round(share), samples },
        ]),
      ),
      forms: Object.fromEntries(
        fit.gemm.scores.map(({ form, constants, all, training }) => [
          form,
          { constants, all: round(all), training: round(training) },
        ]),
      ),
    },
    publishedAttention: {
      constants: numbersOf(fit.published.constants),
      errors: errorsOf(fit.published.errors),
      backwardOverForward: numbersOf(fit.backward),
    },
    attention: Object.fromEntries(
      fit.attention.map(({ name, constants, scores }) => [
        name,
        {
          constants: constantsOf(constants),
          heldOut: Object.fromEntries(
            (scores[0]?.chips ?? []).map(({ chip, all, training }) => [
              chip,
              { all: errorsOf(all), training: errorsOf(training) },
            ]),
          ),
        },
      ]),
    ),
    experts: {
      constants: constantsOf(fit.experts.constants),
      imbalance: constantsOf(fit.experts.imbalance),
      heldOut: Object.fromEntries(
        (experts?.sets ?? []).map(({ chip, precision, all, training }) => [
          `${chip}:${precision}`,
          { all: errorsOf(all), training: errorsOf(training) },
        ]),
      ),
    },
    collectives: {
      form: collectives?.form,
      constants: constantsOf(fit.collectives.constants),
      heldOut: Object.fromEntries(
        (collectives?.chips ?? []).map(({ chip, byCollective }) => [
          chip,
          Object.fromEntries(Object.entries(byCollective).map(([name, summary]) => [name, errorsOf(summary)])),
        ]),
      ),
    },
    exchange: {
      constants: constantsOf(fit.exchange.constants),
      inSample: Object.fromEntries(
        fit.exchange.errors.map(({ chip, direction, errors }) => [`${chip}:${direction}`, errorsOf(errors)]),
      ),
    },
  }
  return `${JSON.stringify(content, null, 2)}\n`
}
