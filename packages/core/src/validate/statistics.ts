/** Statistics that do not depend on the order of the values: they are sorted first. NaN where there are none. */

function sorted(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b)
}

export function mean(values: readonly number[]): number {
  return sorted(values).reduce((sum, value) => sum + value, 0) / values.length
}

/** Quantile with linear interpolation between order statistics (type 7 of Hyndman and Fan 1996). */
export function quantile(values: readonly number[], p: number): number {
  const order = sorted(values)
  const at = p * (order.length - 1)
  const below = order[Math.floor(at)] ?? Number.NaN
  const above = order[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Values grouped by a key, keys in the order in which they first come. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const name = key(item)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [item])
    else group.push(item)
  }
  return groups
}
