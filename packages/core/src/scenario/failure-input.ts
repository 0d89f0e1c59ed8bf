/** Failure classes and sets of them as a user writes them. */

import { parseQuantityPer, type QuantityPer, quantity, uncertain } from '@walltime/hardware'
import * as z from 'zod'
import { duration, forward, jsonSchemaOf, seconds, secondsOrSteps } from './duration-input.ts'
import { integer, object, oneOf, unknownName } from './object-schema.ts'
import { BLAST_RADII, FAILURE_EFFECTS, FAILURE_UNITS, RESTART_MODES } from './reliability.ts'

const text = (describe: string) => z.string().max(2000).meta({ description: describe })
const share = (describe: string) => quantity('fraction', { min: 0, max: 1, describe })
const flag = (describe: string) => z.boolean().meta({ description: describe })
const MOST_NODES = 10_000_000
const nodes = (least: number, describe: string) => integer(least, MOST_NODES, describe)

/** A rate with what it is stated for, where the user says it ("0.0065/node-day"). */
function statedRate(describe: string, bounds: { readonly min?: number; readonly exclusiveMin?: number }) {
  const plain = quantity('rate', { ...bounds, describe })
  return z
    .unknown()
    .meta(jsonSchemaOf(plain))
    .transform((input, context): QuantityPer => {
      const result = plain.safeParse(input)
      if (result.success) return parseQuantityPer(input as string | number, 'rate')
      forward(context, result.error)
      return z.NEVER
    })
}

export const repairFields = {
  automaticShare: share('share of failed nodes that an automatic repair brings back').optional(),
  automatic: duration('time of an automatic repair').optional(),
  manual: duration('time of a manual repair').optional(),
  silentAutomaticShare: share('share of automatic repairs that leave a bad node bad (1 unless given)').optional(),
  silentManualShare: share('the same of repairs by hand').optional(),
}

const lifetimeInput = z
  .union(
    [
      z.enum(['exponential', 'periodic']),
      object({ weibull: object({ shape: z.number().min(0.1).max(100) }) }),
      object({ lognormal: object({ sigma: z.number().positive().max(10) }) }),
      object({
        piecewise: z
          .array(
            object({
              until: quantity('time', { exclusiveMin: 0, describe: 'age at which the next piece begins' }).optional(),
              factor: z.number().min(0).max(1e6).meta({ description: 'factor on the rate' }),
            }),
          )
          .min(1)
          .max(100),
      }),
    ],
    {
      error:
        'must be exponential, periodic, {weibull: {shape}} (0.1 to 100), {lognormal: {sigma}} (up to 10) or {piecewise: [{until: 30 d, factor: 3}, {factor: 1}]}',
    },
  )
  .meta({ description: "law of a unit's life (exponential unless given); its mean is the mtbf" })

const radiusInput = z.unknown().meta({
  description: `what a failure takes with it: ${BLAST_RADII.join(', ')}, or a number of nodes`,
  anyOf: [{ enum: [...BLAST_RADII] }, { type: 'integer', minimum: 1 }],
})

const radius = radiusInput.transform((input, context) => {
  const name = BLAST_RADII.find((known) => known === input)
  if (name !== undefined) return name
  if (typeof input === 'number' && Number.isInteger(input) && input >= 1 && input <= MOST_NODES) return input
  const message =
    typeof input === 'string'
      ? unknownName('radius', input, BLAST_RADII)
      : `must be ${BLAST_RADII.join(', ')}, or a whole number of nodes`
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

const traceInput = object({
  file: text('CSV of past incidents: columns time (ISO dates, or hours), class, nodes; beside the scenario').optional(),
  text: z.string().max(200_000).optional().meta({ description: 'the same, written out here' }),
  class: text("class whose lines count (the class's own id unless given)").optional(),
  length: quantity('time', {
    exclusiveMin: 0,
    max: 1e10,
    describe: 'time that the record covers, from hour 0 or the first line',
  }).optional(),
  start: oneOf(['random', 'beginning'], 'where in the record a run begins (random unless given)').optional(),
})

const failureClassFields = {
  id: text('name of the class'),
  per: oneOf(FAILURE_UNITS, 'what one failure belongs to'),
  mtbf: quantity('time', { exclusiveMin: 0, describe: 'mean time between failures of one unit' }).optional(),
  rate: statedRate('failures of one unit in a time, such as "0.06/year"', { min: 0 }).optional(),
  trace: traceInput.optional(),
  lifetime: lifetimeInput.optional(),
  modulation: object({
    period: quantity('time', { exclusiveMin: 0, max: 1e10, describe: 'a day, a year' }),
    factors: z.array(z.number().min(0).max(1e6)).min(1).max(1000).meta({
      description: 'factors on the rate in equal parts of the period; the run begins with the first',
    }),
  })
    .refine(({ factors }) => factors.some((factor) => factor > 0), { error: 'must have a factor above 0' })
    .optional(),
  burst: object({
    share: quantity('fraction', { min: 0, max: 0.95, describe: 'share of failures that bring another' }),
    within: quantity('time', { exclusiveMin: 0, max: 3.2e7, describe: 'mean time until it comes' }),
  }).optional(),
  whileDown: flag('it strikes while the job is down too (false unless given)').optional(),
  effect: oneOf(FAILURE_EFFECTS, 'what it does to the job (kill unless given)').optional(),
  grace: seconds('warning before it: the job writes a checkpoint first where it suffices').optional(),
  detection: duration('time until the job notices, or until a slow or corrupting cause is found').optional(),
  diagnosis: duration('time from there to know what to replace, and to decide').optional(),
  wrongDiagnosis: object({
    share: quantity('fraction', { min: 0, max: 0.99, describe: 'share of diagnoses that replace a sound node' }),
    recurrence: seconds('mean time of running until the failure comes back (1 h unless given)').optional(),
  }).optional(),
  overEviction: nodes(0, 'sound nodes that are replaced with the lost one').optional(),
  losesNode: flag(
    'the node goes to repair (true for chip, node and rack classes, and where a radius is given)',
  ).optional(),
  radius: radius.optional(),
  stop: duration('standstill before the restart').optional(),
  restart: z
    .union([z.enum(RESTART_MODES), seconds("in place of the run's restart")], {
      error: 'must be hot-update, requeue, or a time',
    })
    .optional()
    .meta({ description: "in place of the run's restart: hot-update, requeue, or a time" }),
  pace: uncertain('fraction', { min: 0.001, max: 0.999, describe: 'pace while a slow failure lasts' }).optional(),
  rollback: z.union([secondsOrSteps('work'), duration('work that a rollback gives up')]).optional(),
  repair: object(repairFields).optional(),
  source: text('where the numbers come from').optional(),
}

export const failureClassInput = object(failureClassFields)

/** A class of a set that is extended: only its id is needed. */
export const failureClassChange = object({ ...failureClassFields, per: failureClassFields.per.optional() })

export const failureSetInput = object({
  extends: text('id of the set to start from').optional(),
  name: text('name').optional(),
  source: text('where the numbers come from').optional(),
  nodeRate: statedRate(
    'failures of a node of eight chips in a time, all classes together, such as "3.8 per 1000 node-days"',
    { exclusiveMin: 0 },
  ).optional(),
  fleet: uncertain('count', {
    exclusiveMin: 0,
    max: 1e6,
    describe: 'factor on all rates that a fleet of this kind may have',
  }).optional(),
  classes: z.array(z.unknown()).max(1000).optional(),
})

export type FailureClassInput = z.output<typeof failureClassInput>
export type FailureClassChange = z.output<typeof failureClassChange>
