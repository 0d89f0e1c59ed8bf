/** Quantities with units; chips, links, fabrics, systems and prices, each number with its source. */

export * from './catalog.ts'
export { DIMENSIONS, type Dimension, type DimensionInfo } from './dimension.ts'
export { extendCatalog } from './extend-catalog.ts'
export { type FormatOptions, formatQuantity } from './format-quantity.ts'
export { type Issue, isRecord, type Resolved } from './issues.ts'
export type { AttentionConstants, GemmConstants, KernelConstants } from './kernel-constants.ts'
export * from './profile.ts'
export { chipSchema, fabricSchema, linkSchema, priceSchema, systemSchema } from './profile-schema.ts'
export { provenanceOf } from './provenance.ts'
export {
  type PerUnit,
  parseQuantity,
  parseQuantityPer,
  QuantityError,
  type QuantityErrorCode,
  type QuantityPer,
} from './quantity.ts'
export { type QuantityOptions, quantity, type SpreadInput, uncertain } from './quantity-schema.ts'
export { resolveChip, resolveFabric, resolveLink, resolvePrice, resolveSystem } from './resolve.ts'
export { didYouMean } from './suggest.ts'
export * from './uncertain.ts'
