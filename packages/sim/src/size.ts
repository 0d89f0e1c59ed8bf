/** The extreme value of a number that meets a condition, by bisection over values that all meet the same luck. */

import type { Judgement } from './size-judge.ts'

export type SizeDirection = 'smallest' | 'largest'

/** Values that may be the answer, rising. */
export interface SizeScale {
  readonly count: number
  readonly valueAt: (index: number) => number
  /** Indices from the answer to what is shown as the next smaller and larger value. */
  readonly stride: number
}

/** A value with which nothing can be computed: it does not divide or does not fit. */
export interface SizeRefusal {
  readonly refused: string
}

export interface SizePoint extends Judgement {
  readonly value: number
}

export interface SizeResult<P extends SizePoint> {
  readonly direction: SizeDirection
  /** Absent where no value that was tried meets the condition. */
  readonly answer?: P
  /** The answer is the first or the last value that could be computed: it may lie beyond. */
  readonly atEdge: boolean
  /** Values that the chance of the trials cannot tell from the answer, itself among them. */
  readonly interval?: readonly [low: number, high: number]
  readonly smaller?: P
  readonly larger?: P
  /** Where there is no answer: the value that misses the condition by the least factor. */
  readonly nearest?: P
  /** Every value that was computed, rising. */
  readonly points: readonly P[]
  readonly refused: readonly { readonly value: number; readonly message: string }[]
}

/** An answer is told from a neighbour by less than this probability of chance: 5 %. */
const SURE = 0.95
/** Values between the ends that are tried where neither end meets the condition. */
const LOOK = 8
const LOOKS = 3

interface Known<P> {
  readonly index: number
  readonly point: P
}

/**
 * Finds the extreme value of a scale that meets a condition which, but for a window, is monotone in it. Which extreme is
 * told by the ends, unless given: the one next to the end that fails it, or is nearer to failing. Where the condition holds
 * in a window between the ends, the smallest.
 *
 * @param compute the same answer for the same value; refusals must be cheap
 */
export async function findSize<P extends SizePoint>(
  scale: SizeScale,
  compute: (value: number) => Promise<P | SizeRefusal>,
  wanted?: SizeDirection,
): Promise<SizeResult<P>> {
  const tried = new Map<number, P | SizeRefusal>()
  const at = async (index: number): Promise<Known<P> | undefined> => {
    const found = tried.get(index) ?? (await compute(scale.valueAt(index)))
    tried.set(index, found)
    return 'refused' in found ? undefined : { index, point: found }
  }
  /** The value nearest to `index` that can be computed, between two others. */
  const near = async (index: number, above: number, below: number): Promise<Known<P> | undefined> => {
    for (let away = 0; index - away > above || index + away < below; away++) {
      for (const i of away === 0 ? [index] : [index - away, index + away]) {
        const known = i > above && i < below ? await at(i) : undefined
        if (known !== undefined) return known
      }
    }
    return undefined
  }
  /** Halves between two values of which `holds` tells one from the other, until none is left between them. */
  const halve = async (yes: Known<P>, no: Known<P>, holds: (point: P) => boolean) => {
    let [good, bad] = [yes, no]
    for (;;) {
      const [low, high] = [Math.min(good.index, bad.index), Math.max(good.index, bad.index)]
      const middle = await near(Math.round((low + high) / 2), low, high)
      if (middle === undefined) return { good, bad }
      if (holds(middle.point)) good = middle
      else bad = middle
    }
  }
  const known = () =>
    [...tried]
      .flatMap(([index, point]): Known<P>[] => ('refused' in point ? [] : [{ index, point }]))
      .sort((a, b) => a.index - b.index)
  const closing = () => ({
    points: known().map(({ point }) => point),
    refused: [...tried].flatMap(([index, found]) =>
      'refused' in found ? [{ value: scale.valueAt(index), message: found.refused }] : [],
    ),
  })

  const first = await near(0, -1, scale.count)
  const last = await near(scale.count - 1, -1, scale.count)
  if (first === undefined || last === undefined) return { direction: wanted ?? 'smallest', atEdge: false, ...closing() }
  const direction = wanted ?? directionOf(first.point, last.point)
  if (!first.point.meets && !last.point.meets) await look(known, near)
  const met = known().filter(({ point }) => point.meets)
  const best = direction === 'smallest' ? met[0] : met.at(-1)
  if (best === undefined) {
    const nearest = closest(known())
    return { direction, atEdge: false, ...(nearest === undefined ? {} : { nearest: nearest.point }), ...closing() }
  }

  const outward = direction === 'smallest' ? -1 : 1
  const edge = direction === 'smallest' ? first : last
  const beyond = known().filter(({ index }) => (index - best.index) * outward > 0)
  const missed = direction === 'smallest' ? beyond.at(-1) : beyond[0]
  const { good: answer, bad } =
    missed === undefined ? { good: best, bad: undefined } : await halve(best, missed, ({ meets }) => meets)

  const side = (step: number) => {
    const all = known().filter(({ index }) => (index - answer.index) * step > 0)
    return step > 0 ? all : all.toReversed()
  }
  const sure = ({ certainty }: P) => certainty >= SURE
  /** The last value on a side that chance cannot tell from the answer. */
  const end = async (step: number): Promise<number> => {
    if (step !== outward && sure(answer.point)) return answer.index
    const beside = side(step)
    const told = beside.find(({ point }) => sure(point))
    if (told === undefined) return beside.at(-1)?.index ?? answer.index
    return (await halve(told, answer, sure)).bad.index
  }
  const outer = bad === undefined ? answer.index : await end(outward)
  const inner = await end(-outward)
  const smaller = await near(answer.index - scale.stride, -1, answer.index)
  const larger = await near(answer.index + scale.stride, answer.index, scale.count)
  return {
    direction,
    answer: answer.point,
    atEdge: answer.index === edge.index,
    interval: [scale.valueAt(Math.min(outer, inner)), scale.valueAt(Math.max(outer, inner))],
    ...(smaller === undefined ? {} : { smaller: smaller.point }),
    ...(larger === undefined ? {} : { larger: larger.point }),
    ...closing(),
  }
}

function directionOf(first: SizePoint, last: SizePoint): SizeDirection {
  if (first.meets !== last.meets) return first.meets ? 'largest' : 'smallest'
  if (!first.meets) return 'smallest'
  return first.factor <= last.factor ? 'smallest' : 'largest'
}

/** Tries values between the ends, then closer to the one that misses least, until one meets the condition. */
async function look<P extends SizePoint>(
  known: () => readonly Known<P>[],
  near: (index: number, above: number, below: number) => Promise<Known<P> | undefined>,
): Promise<void> {
  for (let round = 0; round < LOOKS; round++) {
    const all = known()
    const centre = all.indexOf(closest(all) as Known<P>)
    const low = round === 0 ? all[0] : all[Math.max(centre - 1, 0)]
    const high = round === 0 ? all.at(-1) : all[Math.min(centre + 1, all.length - 1)]
    if (low === undefined || high === undefined) return
    for (let i = 1; i <= LOOK; i++) {
      const index = Math.round(low.index + ((high.index - low.index) * i) / (LOOK + 1))
      const found = await near(index, low.index, high.index)
      if (found?.point.meets === true) return
    }
  }
}

function closest<P extends SizePoint>(all: readonly Known<P>[]): Known<P> | undefined {
  return all.reduce<Known<P> | undefined>(
    (best, one) => (best === undefined || one.point.factor < best.point.factor ? one : best),
    undefined,
  )
}
