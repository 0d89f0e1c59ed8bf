import type { Issue } from '@walltime/hardware'
import * as z from 'zod'
import type { Architecture } from '../model/architecture.ts'
import { ARCHITECTURE_DEFAULTS, MIXTURE_DEFAULTS } from '../model/presets.ts'
import type { Path } from './document.ts'
import { given } from './given.ts'
import { integer, object, oneOf, toIssues } from './object-schema.ts'

const flag = (describe: string) => z.boolean().meta({ description: describe })
const width = (describe: string) => integer(1, 10_000_000, describe)

/** A model as a user writes it. */
export const modelInput = object({
  name: z.string().max(200).optional(),
  source: z.string().max(2000).optional().meta({ description: 'where the dimensions come from' }),
  layers: integer(1, 10_000, 'layers of the decoder'),
  hidden: width('width of the residual stream'),
  ffnHidden: integer(
    0,
    10_000_000,
    'width of the dense MLP; 0 or absent where every layer is a mixture of experts',
  ).optional(),
  heads: integer(1, 100_000, 'attention heads'),
  kvHeads: integer(1, 100_000, 'key-value heads (heads unless given)').optional(),
  headDim: width('width of a head (hidden/heads unless given)').optional(),
  vocab: integer(1, 100_000_000, 'rows of the embedding'),
  gatedMlp: flag('three MLP matrices (gate, up, down) instead of two').optional(),
  tiedEmbeddings: flag('input and output embedding share one matrix').optional(),
  learnedPositions: integer(0, 100_000_000, 'rows of a learned position embedding').optional(),
  norm: oneOf(['rms', 'layer'], 'RMS norm (one vector) or layer norm (two)').optional(),
  bias: oneOf(['none', 'qkv', 'attention', 'all'], 'which projections carry a bias').optional(),
  queryKeyNorm: flag('a norm on every query and key head').optional(),
  attentionSinks: flag('one learned logit a head').optional(),
  slidingWindow: object({
    tokens: width('keys that a query of a local layer sees'),
    localPerPeriod: integer(1, 1000, 'local layers in each period'),
    period: integer(1, 1000, 'layers in a period'),
  })
    .nullable()
    .optional(),
  mla: object({
    queryRank: integer(0, 1_000_000, 'rank of the query down-projection; 0: none'),
    kvRank: width('rank of the key-value down-projection'),
    queryKeyDim: width('width of a query or key head without rotary part'),
    ropeDim: integer(0, 100_000, 'width of the rotary part'),
    valueDim: width('width of a value head'),
  })
    .nullable()
    .optional(),
  moe: object({
    experts: integer(1, 100_000, 'routed experts of a layer'),
    topK: integer(1, 100_000, 'experts that a token visits'),
    expertFfn: width('width of one expert'),
    sharedExperts: integer(0, 1000, 'experts that every token visits').optional(),
    sharedFfn: integer(0, 10_000_000, 'width of all shared experts together').optional(),
    firstDense: integer(0, 10_000, 'dense layers before the first mixture').optional(),
    every: integer(1, 1000, 'every how many layers a mixture stands').optional(),
    nodeLimit: integer(0, 10_000, 'most nodes whose experts one token may visit; 0: any').optional(),
    routerBias: flag('one bias a routed expert').optional(),
    imbalance: z
      .number()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'load of the slowest expert-parallel rank over the mean' }),
    capacity: z.number().min(0).max(100).optional().meta({
      description: 'capacity factor that experts are padded to and beyond which tokens are dropped; 0: dropless',
    }),
    skew: z.number().min(0).max(1).nullable().optional().meta({
      description: 'in place of imbalance: it is ep^skew; 0 is balanced, measured routing by power laws 0.21 to 0.28',
    }),
  })
    .nullable()
    .optional(),
  mtpLayers: integer(0, 100, 'multi-token-prediction layers').optional(),
})

type ModelInput = z.output<typeof modelInput>

function complete(input: ModelInput, id: string): Architecture {
  const { moe, name, source, ...rest } = given(input)
  return {
    ...ARCHITECTURE_DEFAULTS,
    id,
    name: name ?? id,
    source: source ?? 'given by the user',
    kvHeads: input.heads,
    headDim: Math.floor(input.hidden / input.heads),
    ffnHidden: 0,
    ...rest,
    moe: moe ? { ...MIXTURE_DEFAULTS, sharedFfn: (moe.sharedExperts ?? 0) * moe.expertFfn, ...given(moe) } : null,
  }
}

/** Dimensions that contradict each other. */
function contradictions(model: Architecture, input: ModelInput, path: Path): readonly Issue[] {
  const issues: Issue[] = []
  const report = (field: string, message: string) =>
    issues.push({ code: 'model.shape', path: [...path, field], message })
  if (input.headDim === undefined && input.mla == null && model.hidden % model.heads !== 0) {
    report('heads', `hidden = ${model.hidden} does not divide by ${model.heads} heads; give headDim`)
  }
  if (model.heads % model.kvHeads !== 0)
    report('kvHeads', `${model.heads} heads do not divide by ${model.kvHeads} key-value heads`)
  if (model.moe !== null && model.moe.topK > model.moe.experts) {
    report('moe', `topK = ${model.moe.topK} is more than the ${model.moe.experts} experts there are`)
  }
  const dense = model.moe === null || model.moe.firstDense > 0 || model.moe.every > 1
  if (dense && model.ffnHidden === 0) report('ffnHidden', 'missing; the model has layers with a dense MLP')
  return issues
}

/** Checks a model given as an object (with `extends` already merged in). */
export function readModel(input: unknown, id: string, path: Path): Architecture | readonly Issue[] {
  const result = modelInput.safeParse(input)
  if (!result.success) return toIssues(result.error, path)
  const model = complete(result.data, id)
  const issues = contradictions(model, result.data, path)
  return issues.length > 0 ? issues : model
}
