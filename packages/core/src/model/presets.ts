import type { Architecture, MixtureOfExperts } from './architecture.ts'

type Shape = Pick<Architecture, 'layers' | 'hidden' | 'ffnHidden' | 'heads' | 'kvHeads' | 'headDim' | 'vocab'>

/** What a model has unless it says otherwise: the decoder of Llama. */
export const ARCHITECTURE_DEFAULTS = {
  gatedMlp: true,
  tiedEmbeddings: false,
  learnedPositions: 0,
  norm: 'rms',
  bias: 'none',
  queryKeyNorm: false,
  attentionSinks: false,
  slidingWindow: null,
  mla: null,
  moe: null,
  mtpLayers: 0,
} as const satisfies Partial<Architecture>

/** What a mixture of experts has unless it says otherwise. */
export const MIXTURE_DEFAULTS = {
  sharedExperts: 0,
  sharedFfn: 0,
  firstDense: 0,
  every: 1,
  nodeLimit: 0,
  routerBias: false,
  imbalance: 1.1,
  capacity: 0,
  skew: null,
} as const satisfies Partial<MixtureOfExperts>

function mixture(
  given: Pick<MixtureOfExperts, 'experts' | 'topK' | 'expertFfn'> & Partial<MixtureOfExperts>,
): MixtureOfExperts {
  return { ...MIXTURE_DEFAULTS, ...given }
}

function define(id: string, name: string, source: string, given: Shape & Partial<Architecture>): Architecture {
  return { ...ARCHITECTURE_DEFAULTS, id, name, source, ...given }
}

const LLAMA3 = 'The Llama 3 Herd of Models, arXiv:2407.21783, table 3'
const DEEPSEEK_MLA = { queryRank: 1536, kvRank: 512, queryKeyDim: 128, ropeDim: 64, valueDim: 128 } as const

const MODELS: readonly Architecture[] = [
  define('gpt-3-175b', 'GPT-3 175B', 'Brown et al. 2020, arXiv:2005.14165, table 2.1', {
    layers: 96,
    hidden: 12288,
    ffnHidden: 49152,
    heads: 96,
    kvHeads: 96,
    headDim: 128,
    vocab: 50257,
    gatedMlp: false,
    tiedEmbeddings: true,
    learnedPositions: 2048,
    norm: 'layer',
    bias: 'all',
  }),
  define('llama-2-7b', 'Llama 2 7B', 'Touvron et al. 2023, arXiv:2307.09288, and its model configuration', {
    layers: 32,
    hidden: 4096,
    ffnHidden: 11008,
    heads: 32,
    kvHeads: 32,
    headDim: 128,
    vocab: 32000,
  }),
  define('llama-2-13b', 'Llama 2 13B', 'Touvron et al. 2023, arXiv:2307.09288, and its model configuration', {
    layers: 40,
    hidden: 5120,
    ffnHidden: 13824,
    heads: 40,
    kvHeads: 40,
    headDim: 128,
    vocab: 32000,
  }),
  define('llama-2-70b', 'Llama 2 70B', 'Touvron et al. 2023, arXiv:2307.09288, and its model configuration', {
    layers: 80,
    hidden: 8192,
    ffnHidden: 28672,
    heads: 64,
    kvHeads: 8,
    headDim: 128,
    vocab: 32000,
  }),
  define('llama-3-8b', 'Llama 3 8B', LLAMA3, {
    layers: 32,
    hidden: 4096,
    ffnHidden: 14336,
    heads: 32,
    kvHeads: 8,
    headDim: 128,
    vocab: 128256,
  }),
  define('llama-3-70b', 'Llama 3 70B', LLAMA3, {
    layers: 80,
    hidden: 8192,
    ffnHidden: 28672,
    heads: 64,
    kvHeads: 8,
    headDim: 128,
    vocab: 128256,
  }),
  define('llama-3.1-405b', 'Llama 3.1 405B', LLAMA3, {
    layers: 126,
    hidden: 16384,
    ffnHidden: 53248,
    heads: 128,
    kvHeads: 8,
    headDim: 128,
    vocab: 128256,
  }),
  define('mixtral-8x7b', 'Mixtral 8x7B', 'Jiang et al. 2024, arXiv:2401.04088, table 1', {
    layers: 32,
    hidden: 4096,
    ffnHidden: 0,
    heads: 32,
    kvHeads: 8,
    headDim: 128,
    vocab: 32000,
    moe: mixture({ experts: 8, topK: 2, expertFfn: 14336 }),
  }),
  define('mixtral-8x22b', 'Mixtral 8x22B', 'Mistral AI, model configuration of Mixtral-8x22B-v0.1', {
    layers: 56,
    hidden: 6144,
    ffnHidden: 0,
    heads: 48,
    kvHeads: 8,
    headDim: 128,
    vocab: 32768,
    moe: mixture({ experts: 8, topK: 2, expertFfn: 16384 }),
  }),
  define('deepseek-v3', 'DeepSeek-V3', 'DeepSeek-V3 Technical Report, arXiv:2412.19437, section 4.2', {
    layers: 61,
    hidden: 7168,
    ffnHidden: 18432,
    heads: 128,
    kvHeads: 128,
    headDim: 192,
    vocab: 129280,
    mla: DEEPSEEK_MLA,
    moe: mixture({
      experts: 256,
      topK: 8,
      expertFfn: 2048,
      sharedExperts: 1,
      sharedFfn: 2048,
      firstDense: 3,
      nodeLimit: 4,
      routerBias: true,
    }),
  }),
  define('qwen2.5-72b', 'Qwen2.5 72B', 'Qwen2.5 Technical Report, arXiv:2412.15115, and its model configuration', {
    layers: 80,
    hidden: 8192,
    ffnHidden: 29568,
    heads: 64,
    kvHeads: 8,
    headDim: 128,
    vocab: 152064,
    bias: 'qkv',
  }),
  define(
    'qwen3-235b-a22b',
    'Qwen3 235B-A22B',
    'Qwen3 Technical Report, arXiv:2505.09388, and its model configuration',
    {
      layers: 94,
      hidden: 4096,
      ffnHidden: 0,
      heads: 64,
      kvHeads: 4,
      headDim: 128,
      vocab: 151936,
      queryKeyNorm: true,
      moe: mixture({ experts: 128, topK: 8, expertFfn: 1536 }),
    },
  ),
  define('gpt-oss-120b', 'gpt-oss-120b', 'gpt-oss model card, arXiv:2508.10925, table 1 and its model configuration', {
    layers: 36,
    hidden: 2880,
    ffnHidden: 0,
    heads: 64,
    kvHeads: 8,
    headDim: 64,
    vocab: 201088,
    bias: 'all',
    attentionSinks: true,
    slidingWindow: { tokens: 128, localPerPeriod: 1, period: 2 },
    moe: mixture({ experts: 128, topK: 4, expertFfn: 2880, routerBias: true }),
  }),
]

/** Models that ship, by id. */
export const MODEL_PRESETS: Readonly<Record<string, Architecture>> = Object.fromEntries(MODELS.map((m) => [m.id, m]))
