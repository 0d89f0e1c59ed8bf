import { formatQuantity, type Uncertain, uncertain } from '@walltime/hardware'
import { SECONDS_PER_HOUR } from '../../run/run.ts'
import type { ScenarioInput } from '../input-schema.ts'
import { show, toIssues, unknownName } from '../object-schema.ts'
import { lookUp, type Profiles } from '../profiles.ts'
import type { Cost, Pool } from '../scenario.ts'
import { assume, type Notes, report } from './notes.ts'

function perHour(u: Uncertain): Uncertain {
  return { ...u, p5: u.p5 * SECONDS_PER_HOUR, p50: u.p50 * SECONDS_PER_HOUR, p95: u.p95 * SECONDS_PER_HOUR }
}

/** No chip rents for more by the hour; a larger number was meant per hour and not per second. */
const MAX_USD_PER_HOUR = 1000

/** The rental price: an id, a quantity or its quantiles; the system's own unless given. */
function resolvePrice(
  notes: Notes,
  profiles: Profiles,
  input: ScenarioInput['cost'],
  pool: Pool,
): Cost['price'] | undefined {
  const path = ['cost', 'price']
  const given = input?.price
  const id = given ?? pool.system.price
  if (typeof id === 'string') {
    const preset = lookUp(profiles.prices, id)
    if (preset !== undefined) {
      if (preset.kind !== 'rental')
        return report(notes, 'cost.price', path, `${id} is a purchase price; name a rental price`)
      if (given === undefined) assume(notes, 'cost.price', `${preset.usd.p50} USD/chip-hour`, preset.name)
      return { id, usdPerChipHour: preset.usd, source: preset.name }
    }
    if (/^[a-z][\w.-]*$/i.test(id)) {
      return report(notes, 'scenario.unknown', path, unknownName('price', id, Object.keys(profiles.prices)))
    }
  }
  if (id === undefined) {
    return report(
      notes,
      'scenario.missing',
      ['cost'],
      `no price is known for ${pool.system.name}; give cost.price, such as "2.50 USD/chip-hour"`,
    )
  }
  const result = uncertain('price', { min: 0 }).safeParse(id)
  if (!result.success) {
    notes.issues.push(...toIssues(result.error, path))
    return undefined
  }
  const usdPerChipHour = perHour(result.data)
  if (usdPerChipHour.p95 > MAX_USD_PER_HOUR) {
    return report(
      notes,
      'cost.price',
      path,
      `${formatQuantity(result.data.p95, 'price')} is too much for a chip; a plain number is per second: write "${show(id).replaceAll('"', '')} USD/chip-hour"`,
    )
  }
  return { id: 'given', usdPerChipHour, source: 'given by the user' }
}

/** What a chip-hour costs, and when it is paid for. */
export function resolveCost(
  notes: Notes,
  profiles: Profiles,
  input: ScenarioInput['cost'],
  pool: Pool,
): Cost | undefined {
  const price = resolvePrice(notes, profiles, input, pool)
  return price && { price, freeWhileQueued: input?.freeWhileQueued ?? false }
}
