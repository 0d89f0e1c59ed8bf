/** Regions of training jobs by how far measured steps lie from the model: kind of chip, experts, number format. */

/** Chips whose kernels were measured, by family, dense models in 16 bits and below; with experts; compiled stacks; others. */
export const REGIONS = [
  'ampere',
  'hopper',
  'hopper-low',
  'blackwell',
  'blackwell-low',
  'experts',
  'compiled',
  'compiled-experts',
  'other',
  'other-experts',
] as const

export type Region = (typeof REGIONS)[number]

export interface RegionKeys {
  /** Of the chip. */
  readonly family: string
  /** Bits of the operands of the large products. */
  readonly bits: number
  readonly experts: boolean
}

const MEASURED = ['ampere', 'hopper', 'blackwell'] as const
const COMPILED = /^(tpu|neuron)/

/** The region of a job. */
export function regionOf({ family, bits, experts }: RegionKeys): Region {
  const measured = MEASURED.find((name) => name === family)
  if (measured !== undefined) {
    if (experts) return 'experts'
    return bits < 16 && measured !== 'ampere' ? `${measured}-low` : measured
  }
  if (COMPILED.test(family)) return experts ? 'compiled-experts' : 'compiled'
  return experts ? 'other-experts' : 'other'
}
