import { type Region, regionOf } from '../calibration/regions.ts'
import { precisionBits } from '../nearest/place.ts'
import { builtinProfiles } from '../scenario/profiles.ts'
import type { Row } from './row.ts'
import { rowPrecision } from './row-precision.ts'
import { rowSystem } from './row-system.ts'

/** The region of a measured row. */
export function regionOfRow(row: Row): Region {
  const system = rowSystem(row, builtinProfiles)
  return regionOf({
    family: system.ok ? system.system.chip.family : '',
    bits: precisionBits(rowPrecision(row.precision) ?? 'bf16'),
    experts: row.model.moe != null,
  })
}
