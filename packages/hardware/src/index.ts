/** Quantities with units; chips, links, fabrics, systems and prices, each number with its source. */

export * from './catalog.ts'
export { DIMENSIONS, type Dimension, type DimensionInfo } from './dimension.ts'
export { type FormatOptions, formatQuantity } from './format-quantity.ts'
export * from './profile.ts'
export {
  type PerUnit,
  parseQuantity,
  parseQuantityPer,
  QuantityError,
  type QuantityErrorCode,
  type QuantityPer,
} from './quantity.ts'
export { type QuantityOptions, quantity, type SpreadInput, uncertain } from './quantity-schema.ts'
export { didYouMean } from './suggest.ts'
export * from './uncertain.ts'
