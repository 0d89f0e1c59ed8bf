/** Max-min fair sharing of links by progressive filling, and the times at which streams that start together are done. */

/** Bytes that move at one pace over several links: a byte of the stream puts `weights[i]` bytes on link `links[i]`. */
export interface Stream {
  readonly bytes: number
  readonly links: readonly number[]
  readonly weights: readonly number[]
}

/** Streams by link, in rows of indices into them. */
interface Incidence {
  /** Where a link's entries start; the last is their number. */
  readonly start: Int32Array
  readonly stream: Int32Array
  readonly weight: Float64Array
  /** Links that any stream uses. */
  readonly used: readonly number[]
}

function incidence(links: number, streams: readonly Stream[]): Incidence {
  const start = new Int32Array(links + 1)
  for (const stream of streams) for (const link of stream.links) start[link + 1] = (start[link + 1] as number) + 1
  for (let link = 0; link < links; link++) start[link + 1] = (start[link + 1] as number) + (start[link] as number)
  const next = start.slice()
  const stream = new Int32Array(start[links] as number)
  const weight = new Float64Array(start[links] as number)
  streams.forEach((one, index) => {
    one.links.forEach((link, i) => {
      const place = next[link] as number
      next[link] = place + 1
      stream[place] = index
      weight[place] = one.weights[i] as number
    })
  })
  const used: number[] = []
  for (let link = 0; link < links; link++) if ((start[link + 1] as number) > (start[link] as number)) used.push(link)
  return { start, stream, weight, used }
}

/** A link is full when less than this part of its capacity is left. */
const FULL = 1e-12

/**
 * Rates of the streams that still run, bytes/s: all grow alike until a link is full, whose streams then keep their rate
 * while the others grow on (Bertsekas and Gallager, Data Networks, 6.5.2). A stream without links has no bound.
 */
function fill(capacity: Float64Array, streams: readonly Stream[], by: Incidence, running: Uint8Array): Float64Array {
  const rate = new Float64Array(streams.length).fill(Number.POSITIVE_INFINITY)
  const growing = running.slice()
  const left = capacity.slice()
  const load = new Float64Array(capacity.length)
  const users = new Int32Array(capacity.length)
  let open: number[] = []
  for (const link of by.used) {
    for (let entry = by.start[link] as number; entry < (by.start[link + 1] as number); entry++) {
      if (growing[by.stream[entry] as number] === 0) continue
      load[link] = (load[link] as number) + (by.weight[entry] as number)
      users[link] = (users[link] as number) + 1
    }
    if ((users[link] as number) > 0) open.push(link)
  }
  let level = 0
  while (open.length > 0) {
    let step = Number.POSITIVE_INFINITY
    for (const link of open) step = Math.min(step, (left[link] as number) / (load[link] as number))
    level += step
    const full: number[] = []
    for (const link of open) {
      left[link] = (left[link] as number) - step * (load[link] as number)
      if ((left[link] as number) <= FULL * (capacity[link] as number)) full.push(link)
    }
    for (const link of full) {
      for (let entry = by.start[link] as number; entry < (by.start[link + 1] as number); entry++) {
        const index = by.stream[entry] as number
        if (growing[index] === 0) continue
        growing[index] = 0
        rate[index] = level
        const { links, weights } = streams[index] as Stream
        for (let i = 0; i < links.length; i++) {
          const other = links[i] as number
          load[other] = (load[other] as number) - (weights[i] as number)
          users[other] = (users[other] as number) - 1
        }
      }
    }
    // By their number, for what is left of a load after its streams have gone is rounding.
    open = open.filter((link) => (users[link] as number) > 0)
  }
  return rate
}

/** Max-min fair rates of streams on links of the given capacities, bytes/s. */
export function fairRates(capacity: Float64Array, streams: readonly Stream[]): Float64Array {
  const running = new Uint8Array(streams.length).fill(1)
  return fill(capacity, streams, incidence(capacity.length, streams), running)
}

/** Streams of which less than this part is left when another ends are taken to end with it. */
const TOGETHER = 1e-3

/** Seconds after which each of the streams that start together is done, each at its fair rate of the moment. */
export function finishTimes(capacity: Float64Array, streams: readonly Stream[]): Float64Array {
  const by = incidence(capacity.length, streams)
  const done = new Float64Array(streams.length)
  const left = Float64Array.from(streams, ({ bytes }) => bytes)
  const running = Uint8Array.from(streams, ({ bytes }) => (bytes > 0 ? 1 : 0))
  let time = 0
  while (running.includes(1)) {
    const rate = fill(capacity, streams, by, running)
    let step = Number.POSITIVE_INFINITY
    for (let i = 0; i < streams.length; i++)
      if (running[i] === 1) step = Math.min(step, (left[i] as number) / (rate[i] as number))
    time += step
    for (let i = 0; i < streams.length; i++) {
      if (running[i] === 0) continue
      const rest = (left[i] as number) - step * (rate[i] as number)
      left[i] = rest
      if (rest > TOGETHER * (streams[i] as Stream).bytes) continue
      running[i] = 0
      done[i] = time
    }
  }
  return done
}
