/** The `reliability` section of a scenario file as a user writes it. */

import { quantity, uncertain } from '@walltime/hardware'
import * as z from 'zod'
import { checkpointInterval, duration, forward, jsonSchemaOf, seconds, secondsOrSteps } from './duration-input.ts'
import { failureClassChange, failureClassInput, failureSetInput, repairFields } from './failure-input.ts'
import { integer, object, oneOf } from './object-schema.ts'
import { RESTART_MODES, SPARE_KINDS, TIER_KINDS } from './reliability.ts'

const text = (describe: string) => z.string().max(2000).meta({ description: describe })
const share = (describe: string) => quantity('fraction', { min: 0, max: 1, describe })
const flag = (describe: string) => z.boolean().meta({ description: describe })
const MOST_NODES = 10_000_000
const nodes = (least: number, describe: string) => integer(least, MOST_NODES, describe)

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
    exclusiveMin: 0,
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
export type CheckpointInput = NonNullable<ReliabilityInput['checkpoint']>
export type TierInput = z.output<typeof tierInput>
export type RestartByScaleInput = z.output<typeof restartByScale>
