/** Candidate over baseline, with 90 % intervals. */

import type { Estimate, Scenario } from '@walltime/core'
import type { ColumnName, RunDistribution } from '@walltime/sim'

export interface Compared {
  readonly scenario: Scenario
  readonly estimate: Estimate
  /** With the columns of its trials. */
  readonly simulate: RunDistribution
}

export const RATIOS = ['stepSeconds', 'wallClockP50', 'costP50', 'tokensPerDollar'] as const
export type RatioName = (typeof RATIOS)[number]
type Interval = readonly [low: number, high: number]

export interface Ratio extends Readonly<Record<RatioName, number>> {
  readonly interval90: Readonly<Record<RatioName, Interval>>
}

/** How the intervals come about, as a reader is told. */
export const METHOD =
  'Intervals of 90 %. Steps: errors of the two estimates taken as independent, unless the step is the same. Days and dollars: trials paired by common random numbers (same failures, fleet and price), widened by the interval of the step.'

/** Distances of an interval's ends from its centre, in logarithms. */
interface Reach {
  readonly down: number
  readonly up: number
}

const SURE: Reach = { down: 0, up: 0 }

function reach(low: number, centre: number, high: number): Reach {
  return { down: Math.log(centre / low), up: Math.log(high / centre) }
}

function together(a: Reach, b: Reach): Reach {
  return { down: Math.hypot(a.down, b.down), up: Math.hypot(a.up, b.up) }
}

function around(value: number, { down, up }: Reach): Interval {
  return [value * Math.exp(-down), value * Math.exp(up)]
}

function stepReach(base: Estimate, candidate: Estimate): Reach {
  const [b, c] = [base.step, candidate.step]
  const same = b.seconds === c.seconds && b.interval90.every((end, i) => end === c.interval90[i])
  if (same) return SURE
  const below = reach(b.interval90[0], b.seconds, b.interval90[1])
  return together(reach(c.interval90[0], c.seconds, c.interval90[1]), { down: below.up, up: below.down })
}

function pairedReach(base: RunDistribution, candidate: RunDistribution, name: ColumnName): Reach {
  const [b, c] = [base.columns?.[name], candidate.columns?.[name]]
  if (b === undefined || c === undefined) throw new Error('trials to compare without their columns')
  const ratios = c.map((value, trial) => value / (b[trial] as number)).sort()
  const at = (p: number) => ratios[Math.round(p * (ratios.length - 1))] as number
  return reach(at(0.05), at(0.5), at(0.95))
}

const tokensOf = ({ phases }: Scenario) => phases.reduce((sum, { training }) => sum + training.tokens, 0)

export function ratioOf(base: Compared, candidate: Compared): Ratio {
  const stepSeconds = candidate.estimate.step.seconds / base.estimate.step.seconds
  const step = stepReach(base.estimate, candidate.estimate)
  const wallClockP50 = candidate.simulate.wallClockSeconds.p50 / base.simulate.wallClockSeconds.p50
  const costP50 = candidate.simulate.costUsd.p50 / base.simulate.costUsd.p50
  const tokensPerDollar = tokensOf(candidate.scenario) / tokensOf(base.scenario) / costP50
  const cost = together(pairedReach(base.simulate, candidate.simulate, 'costUsd'), step)
  return {
    stepSeconds,
    wallClockP50,
    costP50,
    tokensPerDollar,
    interval90: {
      stepSeconds: around(stepSeconds, step),
      wallClockP50: around(
        wallClockP50,
        together(pairedReach(base.simulate, candidate.simulate, 'wallClockSeconds'), step),
      ),
      costP50: around(costP50, cost),
      tokensPerDollar: around(tokensPerDollar, { down: cost.up, up: cost.down }),
    },
  }
}
