/** Kernel constants that a chip's profile carries: a user's own measurement goes before the family's constants. */

import { type Chip, type KernelConstants, provenanceOf } from '@walltime/hardware'
import type { KernelEfficiency } from './kernel-efficiency.ts'

/** `own` over `base`, record by record. */
function over<K extends string, V extends object>(
  base: Readonly<Partial<Record<K, V>>>,
  own: Readonly<Partial<Record<K, Partial<V>>>>,
  fallback: V | undefined,
): Readonly<Partial<Record<K, V>>> {
  const result: Partial<Record<K, V>> = { ...base }
  for (const [key, given] of Object.entries(own) as [K, Partial<V>][]) {
    const under = base[key] ?? fallback
    if (under !== undefined) result[key] = { ...under, ...given }
  }
  return result
}

/** Products in fp16 run as those in bf16: one measurement serves both. */
function bothHalves<V>(own: Readonly<Partial<Record<string, V>>>): Readonly<Partial<Record<string, V>>> {
  return own['bf16'] === undefined ? own : { fp16: own['bf16'], ...own }
}

/** Says who measured what: `measured by the user (title, date): products in bf16; the rest: …`. */
function sourceOf(chip: Chip, kernels: KernelConstants, family: string): string {
  const { gemm = {}, attention = {}, pointwise, sustained = {} } = kernels
  const list = (what: string, keys: readonly string[]) => (keys.length === 0 ? [] : [`${what} ${keys.join(', ')}`])
  const given = [
    ...list('products in', Object.keys(gemm)),
    ...list('attention', Object.keys(attention)),
    ...(pointwise === undefined ? [] : ['pointwise']),
    ...list('sustained speed in', Object.keys(sustained)),
  ]
  const path = Object.entries(kernels)
    .flatMap(([part, value]) =>
      typeof value === 'object' ? Object.keys(value).map((key) => `kernels.${part}.${key}`) : [`kernels.${part}`],
    )
    .flatMap((prefix) => Object.keys(chip.provenance).filter((key) => key.startsWith(prefix)))[0]
  const source = provenanceOf(chip, path ?? 'kernels')?.source
  const named = source === undefined || source.date === '' ? '' : ` (${source.title}, ${source.date})`
  return `measured by the user${named}: ${given.join('; ')}. The rest: ${family}`
}

/**
 * A family's constants under those of the chip's own profile. The family's speed of the chip is folded into its shares,
 * since the user's shares are of the chip's own peak. Measured: products in bf16 and an attention kernel, both passes.
 */
export function withOwnKernels(chip: Chip, family: KernelEfficiency): KernelEfficiency {
  const { kernels } = chip
  if (kernels === undefined || Object.keys(kernels).length === 0) return family
  const scaled = Object.fromEntries(
    Object.entries(family.gemm).map(([format, fit]) => [format, { ...fit, share: fit.share * family.speed }]),
  )
  const fused = Object.values(kernels.attention ?? {})
  return {
    ...family,
    speed: 1,
    gemm: over(scaled, bothHalves(kernels.gemm ?? {}), scaled['bf16']),
    attention: { ...family.attention, ...over(family.attention, kernels.attention ?? {}, undefined) },
    pointwise: kernels.pointwise ?? family.pointwise,
    sustained: { ...family.sustained, ...bothHalves(kernels.sustained ?? {}) },
    source: sourceOf(chip, kernels, family.source),
    measured:
      family.measured ||
      (kernels.gemm?.bf16?.share !== undefined &&
        fused.some(({ forward, backward }) => forward !== undefined && backward !== undefined)),
  }
}
