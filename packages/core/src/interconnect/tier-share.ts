/**
 * Share of its rate that traffic keeps where it climbs a tier of switches: nearly all of it up to full load where packets
 * are spread over the links, less where each flow keeps the link that its hash picks and the fullest link sets the pace.
 */

/** Loads between which the shares of hashed flows are tabled, as powers of two, and steps of the table an octave. */
const LEAST_OCTAVE = -6
const MOST_OCTAVE = 6
const STEPS = 4

/** Loads that are kept, by steps of a sixteenth of a port's. */
const LOADS = 64
const LOADS_A_PORT = 16

export interface Hashing {
  /** Flows of a port's traffic. */
  readonly flows: number
  /** Links of a switch to the tier above. */
  readonly ways: number
  /** Such links of all switches: neighbours in a group meet the same flows on the way down as on the way up. */
  readonly links: number
}

/**
 * Share of their rate at which hashed flows are done where `load` ports' worth of traffic falls on a link in the mean: a
 * link has a binomial number of its switch's flows; the fullest of independent links has M with the distribution
 * function F(c)^links, and takes M/flows times as long as a port alone: 1 / E[max(1, M/flows)].
 */
export function hashedShare(load: number, { flows, ways, links }: Hashing): number {
  const mean = load * flows
  if (ways < 2) return 1 / Math.max(1, load)
  const hashed = Math.max(1, Math.round(mean * ways))
  let term = Math.exp(hashed * Math.log1p(-1 / ways))
  // Where the exponential underflows hundreds of flows share a link: the normal law's maximum is exact enough.
  if (term === 0) return 1 / Math.max(1, load * (1 + Math.sqrt((2 * Math.log(links)) / mean)))
  // Where many links surely have more the power is nothing: most terms are spared.
  const power = (share: number) => ((1 - share) * links > 40 ? 0 : Math.exp(links * Math.log(share)))
  let atMost = term
  let before = power(atMost)
  let stretch = before
  for (let count = 1; count <= hashed && before < 1 - 1e-12; count++) {
    term *= (hashed - count + 1) / count / (ways - 1)
    atMost = Math.min(1, atMost + term)
    const here = power(atMost)
    stretch += (here - before) * Math.max(1, count / flows)
    before = here
  }
  return 1 / Math.max(stretch, load)
}

/** Shares of hashed flows by load, each worked out when it is first asked for: a layout meets few of them. */
export interface HashedShares {
  readonly hashing: Hashing
  /** 0 where it has not been asked for. */
  readonly shares: Float64Array
  /** The last loads asked for, each in its place, and their shares: layouts ask for the same few. */
  readonly loads: Float64Array
  readonly before: Float64Array
}

/** Shares of hashed flows; null where packets are spread. */
export function hashedShares(adaptive: boolean, hashing: Hashing): HashedShares | null {
  if (adaptive) return null
  const shares = new Float64Array((MOST_OCTAVE - LEAST_OCTAVE) * STEPS + 1)
  return { hashing, shares, loads: new Float64Array(LOADS), before: new Float64Array(LOADS) }
}

function shareAt({ hashing, shares }: HashedShares, step: number): number {
  const known = shares[step] ?? 0
  if (known > 0) return known
  const share = hashedShare(2 ** (LEAST_OCTAVE + step / STEPS), hashing)
  shares[step] = share
  return share
}

/**
 * Share of its rate that traffic keeps beyond the first switch where packets are spread: all-reduces of 16 GiB on 512
 * H100 and more run 3 % slower than on the 256 below one switch, by NVLSTree (NVIDIA GTC 2024, S62129) and by NCCL's
 * default (arXiv:2411.13055).
 */
export const SPREAD_SHARE = 0.97

function hashedAt(hashed: HashedShares, load: number): number {
  const { loads, before } = hashed
  const place = (load * LOADS_A_PORT) & (LOADS - 1)
  if (loads[place] !== load) {
    loads[place] = load
    before[place] = interpolated(hashed, load)
  }
  return before[place] ?? 0
}

function interpolated(hashed: HashedShares, load: number): number {
  const place = (Math.log2(load) - LEAST_OCTAVE) * STEPS
  if (place <= 0) return shareAt(hashed, 0)
  const last = hashed.shares.length - 1
  if (place >= last) return (shareAt(hashed, last) * 2 ** MOST_OCTAVE) / load
  const low = Math.floor(place)
  const least = shareAt(hashed, low)
  return low === place ? least : least + (place - low) * (shareAt(hashed, low + 1) - least)
}

/**
 * Share of its rate that traffic keeps on links that carry `load` ports' worth of it each. Traffic to `peers` at once is
 * hashed apart to each: what the fullest link has above the mean shrinks with the root of their number.
 */
export function tierShare(hashed: HashedShares | null, load: number, peers: number): number {
  if (load <= 0) return 1
  const least = Math.max(1, load)
  if (hashed === null) return SPREAD_SHARE / least
  return 1 / (least + Math.max(0, 1 / hashedAt(hashed, load) - least) / Math.sqrt(peers))
}
