/**
 * Share of its rate that traffic keeps where it climbs a tier of switches: all of it up to full load where packets are
 * spread over the links, less where each flow keeps the link that its hash picks and the fullest link sets the pace.
 */

/** Loads between which the shares of hashed flows are tabled, as powers of two, and steps of the table an octave. */
const LEAST_OCTAVE = -6
const MOST_OCTAVE = 6
const STEPS = 4

/**
 * Expected share of the slowest of flows hashed over `links` links that carry `load` ports' worth of traffic each, a
 * port's traffic in `flows` flows. A link has a Poisson number of flows; the maximum M over independent links has the
 * distribution function F(c)^links; flows on it get flows/M of their rate.
 */
export function hashedShare(load: number, flows: number, links: number): number {
  const mean = load * flows
  let term = Math.exp(-mean)
  // Far above the mean of a crowded link the exponential underflows: the maximum is the mean there, to a few percent.
  if (term === 0) return Math.min(1, 1 / (load * (1 + Math.sqrt((2 * Math.log(links)) / mean))))
  let below = term
  let before = Math.exp(links * Math.log(below))
  let share = before
  for (let count = 1; before < 1 - 1e-9 && count < mean + 40 * Math.sqrt(mean) + 100; count++) {
    term *= mean / count
    below += term
    const here = Math.exp(links * Math.log(Math.min(1, below)))
    share += (here - before) * Math.min(1, flows / count)
    before = here
  }
  return share + (1 - before) * Math.min(1, 1 / load)
}

/** Shares of hashed flows by load; null where packets are spread. */
export function shareTable(adaptive: boolean, flows: number, links: number): Float64Array | null {
  if (adaptive) return null
  return Float64Array.from({ length: (MOST_OCTAVE - LEAST_OCTAVE) * STEPS + 1 }, (_, i) =>
    hashedShare(2 ** (LEAST_OCTAVE + i / STEPS), flows, links),
  )
}

/** Share of its rate that traffic keeps beyond the first switch where packets are spread: all-reduces of 16 GiB on 512 and more H100 are 3 % slower than those of 32 nodes and fewer, by NVLSTree (NVIDIA GTC 2024, S62129) and by default (arXiv:2411.13055). */
const SPREAD_SHARE = 0.97

/** Share of its rate that traffic keeps on links that carry `load` ports' worth of it each. */
export function tierShare(table: Float64Array | null, load: number): number {
  if (load <= 0) return 1
  if (table === null) return SPREAD_SHARE / Math.max(1, load)
  const place = (Math.log2(load) - LEAST_OCTAVE) * STEPS
  if (place <= 0) return table[0] as number
  const last = table.length - 1
  if (place >= last) return ((table[last] as number) * 2 ** MOST_OCTAVE) / load
  const low = Math.floor(place)
  const least = table[low] as number
  return least + (place - low) * ((table[low + 1] as number) - least)
}
