/** The whole fit: reads the tables and fits each kind of kernel. */

import { type AttentionErrors, type AttentionOptions, fitAttention, scoreAttention } from './attention.ts'
import { type AttentionSamples, readAttention, readLatentAttention } from './attention-samples.ts'
import { backwardRatios } from './backward.ts'
import { readCollectives } from './collective-samples.ts'
import {
  COLLECTIVE_FORM,
  COLLECTIVE_RIVALS,
  type CollectiveScore,
  fitCollectives,
  scoreCollectives,
} from './collectives.ts'
import { type ExchangeFit, fitExchanges, readExchanges } from './exchange.ts'
import { readExperts } from './expert-samples.ts'
import { EXPERT_FORM, EXPERT_RIVALS, type ExpertErrors, fitExperts, fitImbalance, scoreExperts } from './experts.ts'
import { denseConstants, fitGemms, type GemmScore, KEPT, RIVALS, scoreForm } from './gemm.ts'
import { readGemms } from './gemm-samples.ts'
import { fitPublished, type PublishedFit } from './published-fit.ts'
import { CHOOSE, REPORT } from './split.ts'
import type { Constant } from './spread.ts'
import { type Sustained, sustainedShares } from './sustained.ts'
import { listTables } from './tables.ts'

export type Constants = ReadonlyMap<string, Constant>

export interface AttentionFit {
  readonly name: string
  readonly constants: Constants
  /** Errors of the kept form first, then of those without one of its terms. */
  readonly scores: readonly { readonly form: string; readonly chips: readonly AttentionErrors[] }[]
}

export interface KernelFit {
  readonly gemm: {
    readonly constants: Constants
    /** The kept form on shapes that neither its constants nor its choice saw. */
    readonly heldOut: GemmScore
    /** The kept form first, then its rivals, on the shapes that the choice is made on. */
    readonly scores: readonly GemmScore[]
    readonly sustained: readonly Sustained[]
  }
  readonly published: PublishedFit
  readonly backward: ReadonlyMap<string, number>
  readonly attention: readonly AttentionFit[]
  readonly experts: {
    readonly constants: Constants
    readonly imbalance: Constants
    readonly scores: readonly { readonly form: string; readonly sets: readonly ExpertErrors[] }[]
  }
  readonly collectives: { readonly constants: Constants; readonly scores: readonly CollectiveScore[] }
  readonly exchange: ExchangeFit
}

/** Samples kept of each table and precision: a run takes one to two minutes. */
const GEMMS = 2000
const ATTENTIONS = 2000
const EXPERTS = 6000

function attentionFit(name: string, sets: readonly AttentionSamples[], extraKeys: number): AttentionFit {
  const kept: AttentionOptions = { extraKeys, tail: true, preparation: true, widths: true }
  const forms: readonly (readonly [string, AttentionOptions])[] = [
    ['kept: work of each query, last tiles, preparation, shares by width', kept],
    ['no work of each query', { ...kept, extraKeys: 0 }],
    ['no last tiles', { ...kept, tail: false }],
    ['no preparation', { ...kept, preparation: false }],
    ['one share for all widths', { ...kept, widths: false }],
  ]
  return {
    name,
    constants: fitAttention(sets, kept, name),
    scores: forms.map(([form, options]) => ({ form, chips: scoreAttention(sets, options, name) })),
  }
}

export async function fitKernels(folder: string, progress: (step: string) => void): Promise<KernelFit> {
  listTables(folder)
  progress('matrix products')
  const gemms = await readGemms(folder, GEMMS)
  const scores = [KEPT, ...RIVALS].map((form) => scoreForm(form, gemms, CHOOSE))
  const heldOut = scoreForm(KEPT, gemms, REPORT)
  const constants = fitGemms(gemms)
  progress('attention')
  const published = fitPublished()
  const extraKeys = Math.round(published.constants.get('extra') as number)
  const attention = [
    attentionFit('bf16', await readAttention(folder, 'bf16', ATTENTIONS), extraKeys),
    attentionFit('fp8', await readAttention(folder, 'fp8', ATTENTIONS), extraKeys),
    attentionFit('latent', await readLatentAttention(folder, ATTENTIONS), extraKeys),
  ]
  progress('experts')
  const dense = denseConstants(gemms, constants)
  const experts = await readExperts(folder, EXPERTS)
  progress('collectives')
  const collectives = await readCollectives(folder)
  return {
    gemm: {
      constants,
      heldOut,
      scores,
      sustained: sustainedShares(await readGemms(folder, Number.POSITIVE_INFINITY), constants),
    },
    published,
    backward: backwardRatios(published.constants),
    attention,
    experts: {
      constants: fitExperts(experts, dense),
      imbalance: fitImbalance(experts),
      scores: [EXPERT_FORM, ...EXPERT_RIVALS].map((form) => ({
        form: form.name,
        sets: scoreExperts(form, experts, dense),
      })),
    },
    collectives: {
      constants: fitCollectives(collectives),
      scores: [COLLECTIVE_FORM, ...COLLECTIVE_RIVALS].map((form) => scoreCollectives(form, collectives)),
    },
    exchange: fitExchanges(await readExchanges(folder)),
  }
}
