/** Quantities with units; chips, links, fabrics, systems and prices, each number with its source. */

export * from './catalog.ts'
export * from './profile.ts'
export * from './uncertain.ts'
