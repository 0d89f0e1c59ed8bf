/** The scenario file as a user writes it. The JSON Schema for editors is generated from this. */

import { quantity, uncertain } from '@walltime/hardware'
import * as z from 'zod'
import { checkpointInterval, seconds } from './duration-input.ts'
import { modelInput } from './model-input.ts'
import { integer, object, oneOf } from './object-schema.ts'
import { evaluationInput, reliabilityInput } from './reliability-input.ts'
import { ATTENTION_KERNELS, EXPERT_DISPATCHES, RECOMPUTE_MODULES, SCHEDULES, TRAINING_PRECISIONS } from './scenario.ts'

const text = (describe: string) => z.string().max(2000).meta({ description: describe })

/** A preset's id, or an object (with `extends: id` to start from a preset). Resolved against the profiles after parsing. */
function reference(describe: string, shape?: z.ZodType) {
  const object = shape === undefined ? { type: 'object' } : { type: 'object', ...withExtends(shape) }
  return z.unknown().meta({ description: describe, anyOf: [{ type: 'string' }, object] })
}

function withExtends(shape: z.ZodType): object {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io: 'input' })
  const properties = { extends: { type: 'string' }, ...(schema.properties ?? {}) }
  return { ...schema, properties, required: [] }
}

const size = (describe: string) => integer(1, 1_000_000, describe)

const trainingFields = {
  tokens: quantity('tokens', { exclusiveMin: 0, max: 1e18, describe: 'tokens of the whole run, or of a phase' }),
  sequenceLength: integer(1, 100_000_000, 'tokens of a sequence'),
  globalBatch: z
    .union([z.number(), z.string()], {
      error: 'must be a number of sequences, or a quantity of tokens such as "16M tokens"',
    })
    .meta({ description: 'sequences a step, or a quantity of tokens that divides by the sequence' }),
  precision: oneOf(TRAINING_PRECISIONS, 'recipe of number formats (bf16 unless given)').optional(),
  optimizer: text('name of the optimizer (adam unless given)').optional(),
}

/** What the training of a phase comes to once it is put together. */
export const trainingInput = object(trainingFields)

/** A part of it: the rest stands in the phases, or above them. */
const trainingPart = object({
  ...trainingFields,
  tokens: trainingFields.tokens.optional(),
  sequenceLength: trainingFields.sequenceLength.optional(),
  globalBatch: trainingFields.globalBatch.optional(),
})

const recomputeInput = z
  .union(
    [
      z.enum(['none', 'selective', 'full']),
      object({
        modules: z.array(oneOf(RECOMPUTE_MODULES, 'part of a layer')).optional(),
        layers: integer(1, 10_000, 'first layers of each stage that it holds for (all unless given)').optional(),
        offload: z.boolean().optional().meta({ description: 'what is kept instead is kept on the host' }),
      }),
    ],
    {
      error: `must be none, selective, full, or {modules: [...], layers: n, offload: true} of ${RECOMPUTE_MODULES.join(', ')}`,
    },
  )
  .meta({ description: 'what is computed again in backward instead of kept' })

const splitInput = z
  .union(
    [
      object({
        first: integer(0, 10_000, 'layers of the first stage').optional(),
        last: integer(0, 10_000, 'layers of the last stage').optional(),
      }),
      z.array(integer(0, 10_000, 'layers of a stage')),
    ],
    { error: 'must be {first: n, last: n} or a list of the layers of every stage' },
  )
  .meta({ description: 'layers of the stages where they are not even' })

const parallelismInput = object({
  tp: size('tensor parallel').optional(),
  pp: size('pipeline parallel').optional(),
  cp: size('context parallel').optional(),
  ep: size('expert parallel').optional(),
  etp: size('tensor parallel inside experts (tp of dense layers unless given: 1)').optional(),
  dp: size('data parallel; follows from the chips').optional(),
  vpp: size('virtual stages (chunks) of a pipeline stage').optional(),
  microBatch: size('sequences of a micro-batch').optional(),
  zero: integer(0, 3, 'ZeRO stage (1 unless given)').optional(),
  shardGroup: size('ranks of dp·cp over which ZeRO shards, copies between (HSDP); all of them unless given').optional(),
  sequenceParallel: z
    .boolean()
    .optional()
    .meta({ description: 'split norms and residuals over tp (true where tp > 1 unless given)' }),
  schedule: oneOf(SCHEDULES, 'pipeline schedule (1f1b, or interleaved where vpp > 1, unless given)').optional(),
  layerSplit: splitInput.optional(),
  recompute: recomputeInput.optional(),
  optimizerOffload: z.boolean().optional().meta({ description: "the optimizer's states lie on the host" }),
})

const softwareInput = object({
  name: text('name').optional(),
  attention: oneOf(ATTENTION_KERNELS, 'attention kernel').optional(),
  fusedPointwise: z.boolean().optional(),
  fusedNorms: z.boolean().optional(),
  fusedLoss: z.boolean().optional(),
  dataRate: z.number().positive().max(1).optional(),
  parameterOverlap: z.number().min(0).max(1).optional(),
  gatherLaunches: z.number().min(0).max(1000).optional(),
  eagerCopies: z.boolean().optional(),
  gateBytes: z
    .union([z.literal(1), z.literal(2)])
    .optional()
    .meta({ description: "bytes of an element of an MLP's gate and up projections as kept for backward" }),
  tensorOverlap: quantity('fraction', { min: 0, max: 1 }).optional(),
  dataOverlap: quantity('fraction', { min: 0, max: 1 }).optional(),
  expertOverlap: quantity('fraction', { min: 0, max: 1 }).optional(),
  pipelineOverlap: quantity('fraction', { min: 0, max: 1 }).optional(),
  expertDispatch: oneOf(EXPERT_DISPATCHES, 'how tokens reach their experts').optional(),
  dispatchBytes: z
    .union([z.literal(1), z.literal(2)])
    .optional()
    .meta({ description: 'bytes of an element sent to an expert' }),
  launch: quantity('time', { min: 0, max: 1, describe: 'host time of a kernel launch' }).optional(),
  step: quantity('time', { min: 0, max: 60, describe: 'host time of a step whatever its size' }).optional(),
  graphs: z.union([z.boolean(), z.literal('dense')]).optional(),
  logitBytes: z.number().min(2).max(64).optional().meta({ description: 'bytes of a logit held at once in the loss' }),
  gathersLogits: z.boolean().optional(),
  weightCopies: z.boolean().optional(),
  gradientCopies: z.boolean().optional(),
  gradientBucket: z
    .number()
    .min(0)
    .max(1e12)
    .optional()
    .meta({ description: 'parameters whose gradients are copied to one buffer to be reduced' }),
  stageOutputs: z.boolean().optional(),
  gatheredInputs: z.boolean().optional(),
  plannedMemory: z.boolean().optional(),
  fragmentation: quantity('fraction', { min: 0, max: 1 }).optional(),
  reserve: quantity('bytes', { min: 0, describe: 'memory besides tensors' }).optional(),
  source: text('where the numbers come from').optional(),
})

const poolInput = object({
  id: text('name of the pool').optional(),
  site: text('site it stands at').optional(),
  system: reference('system: an id (walltime show systems) or an object'),
  chips: size('chips that train').optional(),
  nodes: size('nodes that train').optional(),
  fabric: reference("scale-out network: an id or an object; the system's own unless given").optional(),
  pue: quantity('count', { min: 1, max: 5, describe: 'facility watts over IT watts' }).optional(),
})

const phaseInput = object({
  name: text('name of the phase').optional(),
  tokens: trainingFields.tokens.optional(),
  share: quantity('fraction', { exclusiveMin: 0, max: 1, describe: "share of the run's tokens" }).optional(),
  training: trainingPart.optional(),
  parallelism: parallelismInput.optional(),
  chips: size('chips that train in this phase').optional(),
  nodes: size('nodes that train in this phase').optional(),
  evaluation: evaluationInput.optional(),
  interval: checkpointInterval('time of training between two checkpoints').optional(),
  switch: seconds('time to set the phase up after the one before').optional(),
})

export const scenarioInput = object({
  name: text('title of the scenario').optional(),
  caveats: z
    .array(text('what a reader must know'))
    .max(50)
    .optional()
    .meta({ description: 'rumours and assumptions; printed with every result' }),
  model: reference('model: an id (walltime show models) or its dimensions', modelInput),
  cluster: object({
    system: reference('system: an id (walltime show systems) or an object').optional(),
    chips: size('chips that train; spares come on top').optional(),
    nodes: size('nodes that train, instead of chips').optional(),
    fabric: reference("scale-out network: an id or an object; the system's own unless given").optional(),
    site: text('where the cluster stands').optional(),
    pue: quantity('count', { min: 1, max: 5, describe: 'facility watts over IT watts' }).optional(),
    pools: z.array(poolInput).min(1).max(100).optional(),
    links: z
      .array(
        object({
          from: text('site'),
          to: text('site'),
          bandwidth: quantity('bandwidth', { exclusiveMin: 0 }),
          latency: quantity('time', { min: 0 }),
        }),
      )
      .max(1000)
      .optional(),
  }),
  training: trainingPart.optional().meta({ description: 'of the run; phases may change it' }),
  parallelism: z
    .union([z.literal('auto'), parallelismInput])
    .optional()
    .meta({ description: 'layout; dp follows from the chips' }),
  phases: z
    .array(phaseInput)
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'parts of the run that follow each other' }),
  evaluation: evaluationInput.optional(),
  roles: z
    .array(object({ name: oneOf(['trainer', 'rollout', 'reward'], 'what it does'), pool: text('name of its pool') }))
    .min(1)
    .max(100)
    .optional(),
  software: reference('software stack: an id (walltime show software) or an object', softwareInput).optional(),
  measured: z
    .array(
      object({
        parallelism: parallelismInput,
        chips: size('chips of the pilot'),
        globalBatch: size('sequences a step of the pilot (those of the training unless given)').optional(),
        stepSeconds: quantity('time', { exclusiveMin: 0, max: 1e7 }),
      }),
    )
    .max(64)
    .optional()
    .meta({ description: "a pilot's own steps: they correct the estimate and narrow its interval" }),
  override: object({
    stepSeconds: uncertain('time', {
      min: 1e-6,
      max: 1e7,
      describe: "replaces walltime's own step time",
    }).optional(),
    mfu: uncertain('fraction', {
      min: 1e-4,
      max: 1,
      describe: 'replaces it by a utilisation (causal attention, no recompute)',
    }).optional(),
  }).optional(),
  reliability: reliabilityInput.optional(),
  cost: object({
    price: z
      .unknown()
      .optional()
      .meta({
        description: 'a price id (walltime show prices), "2.50 USD/chip-hour" or its quantiles',
        anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'object' }],
      }),
    freeWhileQueued: z
      .boolean()
      .optional()
      .meta({ description: 'nothing is paid while the run waits in a queue (false unless given)' }),
  }).optional(),
  profiles: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'profiles of your own: chips, links, fabrics, systems, prices, models, failures, software' }),
})

export type ScenarioInput = z.output<typeof scenarioInput>
export type TrainingInput = z.output<typeof trainingInput>
export type ParallelismInput = z.output<typeof parallelismInput>
export type PhaseInput = z.output<typeof phaseInput>
export { parallelismInput, softwareInput }

/** JSON Schema (draft 2020-12) of the scenario file, for editors. */
export function scenarioJsonSchema(): object {
  return { title: 'walltime scenario', ...z.toJSONSchema(scenarioInput, { io: 'input' }) }
}
