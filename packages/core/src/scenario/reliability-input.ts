/** The `reliability` section of a scenario file as a user writes it. */

import { quantity, uncertain } from '@walltime/hardware'
import * as z from 'zod'
import { checkpointInterval, duration, forward, jsonSchemaOf, seconds, secondsOrSteps } from './duration-input.ts'
import { integer, object, oneOf, unknownName } from './object-schema.ts'
import { BLAST_RADII, FAILURE_EFFECTS, FAILURE_UNITS, RESTART_MODES, SPARE_KINDS, TIER_KINDS } from './reliability.ts'

const text = (describe: string) => z.string().max(2000).meta({ description: describe })
const share = (describe: string) => quantity('fraction', { min: 0, max: 1, describe })
const flag = (describe: string) => z.boolean().meta({ description: describe })
const MOST_NODES = 10_000_000
const nodes = (least: number, describe: string) => integer(least, MOST_NODES, describe)

const repairFields = {
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
  rate: quantity('rate', { min: 0, describe: 'failures of one unit in a time, such as "0.06/year"' }).optional(),
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
    share: share('share of diagnoses that replace a sound node'),
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
  nodeRate: quantity('rate', {
    exclusiveMin: 0,
    describe: 'failures of a node of eight chips in a time, all classes together, such as "3.8 per 1000 node-days"',
  }).optional(),
  fleet: uncertain('count', {
    min: 0,
    max: 1e6,
    describe: 'factor on all rates that a fleet of this kind may have',
  }).optional(),
  classes: z.array(z.unknown()).max(1000).optional(),
})

const tierFields = {
  interval: checkpointInterval('time of training between two checkpoints').optional(),
  blocking: seconds('time that training stands still for one checkpoint').optional(),
  bandwidth: quantity('bandwidth', {
    exclusiveMin: 0,
    describe: 'rate of all writers together; of one node where the tier is memory or local',
  }).optional(),
  readBandwidth: quantity('bandwidth', {
    exclusiveMin: 0,
    describe: 'the same of readers (as writers unless given)',
  }).optional(),
  share: quantity('fraction', {
    exclusiveMin: 0,
    max: 1,
    describe: 'part of the bandwidth that other jobs leave (all of it unless given)',
  }).optional(),
  durableAfter: seconds('time after the blocking part until a checkpoint is safe').optional(),
  load: seconds('time to load it, on top of the restart').optional(),
  readsOnce: flag(
    'each byte is read once and passed on; false: each data-parallel replica reads the weights (true unless given)',
  ).optional(),
}

const tierInput = object({
  kind: oneOf(TIER_KINDS, 'where it lies'),
  ...tierFields,
  replicas: integer(1, 64, 'copies in the memory of as many nodes (2 unless given)').optional(),
})

const checkpointInput = object({
  ...tierFields,
  bytesPerParameter: z
    .number()
    .positive()
    .max(100)
    .optional()
    .meta({ description: 'bytes of a checkpoint for each parameter' }),
  tiers: z.array(tierInput).min(1).max(4).optional().meta({ description: 'from the quickest to the safest' }),
})

const autoOr = (describe: string) =>
  z
    .unknown()
    .meta({ description: `${describe}: auto, or a time or its quantiles`, type: ['string', 'number', 'object'] })
    .transform((input, context) => {
      if (input === 'auto') return 'auto' as const
      const result = uncertain('time', { min: 0, max: 3.2e7, describe }).safeParse(input)
      if (result.success) return result.data
      forward(context, result.error)
      return z.NEVER
    })

const RESTART_KEYS = ['process', 'communicator', 'load', 'warmupSteps', 'mode']

const restartByScale = object({
  mode: oneOf(RESTART_MODES, 'how processes come back (requeue unless given)').optional(),
  process: autoOr('scheduling and process start').optional(),
  communicator: autoOr('set-up of communicators').optional(),
  load: autoOr('reading the checkpoint').optional(),
  warmupSteps: z.number().min(0).max(100_000).optional().meta({ description: 'steps whose time is lost at the start' }),
})

const plainRestart = uncertain('time', {
  min: 0,
  max: 3.2e7,
  describe: 'from a noticed failure to the first new step',
})

const restartInput = z
  .unknown()
  .meta({
    description: 'from a noticed failure to the first new step: a time, its quantiles, or by scale',
    anyOf: [jsonSchemaOf(plainRestart), jsonSchemaOf(restartByScale)],
  })
  .transform((input, context) => {
    const byScale =
      typeof input === 'object' &&
      input !== null &&
      (Object.keys(input).length === 0 || Object.keys(input).some((key) => RESTART_KEYS.includes(key)))
    const result = byScale ? restartByScale.safeParse(input) : plainRestart.safeParse(input)
    if (result.success) return result.data
    forward(context, result.error)
    return z.NEVER
  })

const poolInput = object({
  kind: oneOf(SPARE_KINDS, 'hot: in the job at once; warm: to be set up; shared with other jobs'),
  nodes: nodes(0, 'nodes (a shared pool is never empty unless given)').optional(),
  swap: duration('time until a node stands in for the lost one').optional(),
  paid: flag('it is paid for (true unless shared)').optional(),
})

const sparesInput = object({
  nodes: nodes(0, 'nodes beside the training chips').optional(),
  paid: flag('spares are paid for (true unless given)').optional(),
  pools: z.array(poolInput).max(10).optional().meta({ description: 'pools in the order in which they are asked' }),
  requeue: duration('wait for a node where all are empty; without it the job waits for the next repair').optional(),
})

const plannedFields = {
  id: text('name').optional(),
  every: quantity('time', { exclusiveMin: 0, describe: 'time between two' }).optional(),
  rate: quantity('rate', { min: 0, describe: 'how often, in place of every' }).optional(),
  duration: duration('standstill').optional(),
  grace: seconds('warning: the job writes a checkpoint first where it suffices').optional(),
}

const maintenanceInput = object({ ...plannedFields, periodic: flag('exactly so often (true unless given)').optional() })
const preemptionInput = object(plannedFields)
const oneOrMore = <T extends z.ZodType>(one: T) =>
  z.union([one.transform((value) => [value]), z.array(one).max(50)], {
    error: 'must be a map such as {every: 1 week, duration: 4 h}, or a list of them',
  })

const clusterInput = object({
  nodes: nodes(1, 'nodes of the whole cluster'),
  priority: z.number().min(0).max(1e6).optional().meta({ description: 'larger goes first (0 unless given)' }),
  grace: seconds('warning before the run is preempted').optional(),
  jobs: z
    .array(
      object({
        id: text('name').optional(),
        nodes: nodes(1, 'nodes that it needs'),
        priority: z.number().min(0).max(1e6).optional().meta({ description: '0 unless given' }),
        rate: quantity('rate', { min: 0, describe: 'how often one is submitted' }).optional(),
        every: quantity('time', { exclusiveMin: 0, describe: 'mean time between two, in place of a rate' }).optional(),
        duration: duration('how long it runs'),
      }),
    )
    .min(1)
    .max(100),
})

export const evaluationInput = object({
  every: secondsOrSteps('training between two evaluations', 1e10),
  pause: seconds('how long training stands still'),
})

export const reliabilityInput = object({
  failures: z
    .unknown()
    .optional()
    .meta({
      description: 'a set of failure classes by id, a list of classes, or {extends: id, nodeRate, classes: [...]}',
      anyOf: [
        { type: 'string' },
        { type: 'array', items: jsonSchemaOf(failureClassInput) },
        jsonSchemaOf(failureSetInput.extend({ classes: z.array(failureClassChange).optional() })),
      ],
    }),
  fleet: uncertain('count', {
    min: 0,
    max: 1e6,
    describe: 'factor on every failure rate; 1 holds the set at its own rates',
  }).optional(),
  detection: duration('in place of the detection of every class of a set that ships').optional(),
  diagnosis: duration('time to know what to replace, for every class that states none').optional(),
  repair: object({
    ...repairFields,
    crews: integer(1, 1_000_000, 'repairs by hand that can go on at once (any number unless given)').optional(),
  }).optional(),
  lemons: object({
    share: quantity('fraction', { min: 0, max: 0.5, describe: 'share of nodes' }).optional(),
    multiple: z.number().min(1).max(1e6).optional().meta({ description: 'how many times as often they fail' }),
  }).optional(),
  batches: z
    .array(
      object({
        share: share('share of the nodes'),
        age: quantity('time', { min: 0, max: 1e10, describe: 'age at which they begin' }),
      }),
    )
    .max(100)
    .optional()
    .meta({ description: 'batches of machines by age; the others are new' }),
  checkpoint: checkpointInput.optional(),
  restart: restartInput.optional(),
  startup: seconds('before the first step').optional(),
  spares: sparesInput.optional(),
  domain: object({
    spareNodes: z
      .union([z.literal('auto'), nodes(0, 'nodes (trays)')], { error: 'must be auto or a whole number of nodes' })
      .optional()
      .meta({ description: 'nodes of a domain that it can lose (auto: those that the layout leaves idle)' }),
  })
    .optional()
    .meta({ description: 'the scale-up domain is replaced as a whole once it has lost more nodes than it can spare' }),
  elastic: object({
    minReplicas: integer(
      1,
      1_000_000,
      'below so many data-parallel replicas the job waits (1 unless given)',
    ).optional(),
    stall: seconds('standstill to shrink (3 min unless given)').optional(),
    regrow: seconds('standstill to grow back (that to shrink unless given)').optional(),
    keepsWork: flag('the replicas that are left hold the state').optional(),
    first: flag('shrinks at each loss instead of standing still for a spare (false unless given)').optional(),
  }).optional(),
  cluster: clusterInput.optional(),
  maintenance: oneOrMore(maintenanceInput).optional().meta({ description: 'planned stops' }),
  preemption: oneOrMore(preemptionInput).optional().meta({ description: 'stops at the will of others' }),
  rackNodes: nodes(1, 'nodes of a rack').optional(),
  people: integer(1, 100_000, 'people whose failures are counted, for classes per person (1 unless given)').optional(),
})

export type ReliabilityInput = z.output<typeof reliabilityInput>
export type FailureClassInput = z.output<typeof failureClassInput>
export type FailureClassChange = z.output<typeof failureClassChange>
export type CheckpointInput = NonNullable<ReliabilityInput['checkpoint']>
export type TierInput = z.output<typeof tierInput>
export type RestartByScaleInput = z.output<typeof restartByScale>
