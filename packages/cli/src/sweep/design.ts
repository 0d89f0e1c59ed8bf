import { MAX_SWEEP_POINTS } from '../limits.ts'
import { grouped } from '../report/format.ts'
import { usageError } from '../user-error.ts'
import { hash } from './hash.ts'
import { MOST_DIMENSIONS, sobol } from './sobol.ts'
import type { Axis } from './vary.ts'

/** The points of a sweep, each made when it is asked for. */
export interface Design {
  readonly axes: readonly Axis[]
  readonly points: number
  /** The values of a point, in the order of the axes. */
  readonly at: (index: number) => readonly unknown[]
  /** What it is, for the fingerprint of a file. */
  readonly name: string
}

export const SAMPLES = ['random', 'latin-hypercube', 'sobol'] as const
export type Sample = (typeof SAMPLES)[number]

function checkCount(points: number): void {
  if (points === 0) throw usageError('the grid is empty: it has no points')
  if (points > MAX_SWEEP_POINTS) {
    const count = points < 1e15 ? grouped(points) : points.toPrecision(3)
    throw usageError(`the grid has ${count} points; at most ${grouped(MAX_SWEEP_POINTS)} are computed`)
  }
}

function checkStretches(axes: readonly Axis[]): void {
  const stretch = axes.find(({ count }) => count === 0)
  if (stretch === undefined) return
  throw usageError(`${stretch.text} has no steps; write lo..hi+step, lo..hixfactor or lo..hilogN, or draw a --sample`)
}

/** Every combination, the last axis fastest. */
export function crossed(axes: readonly Axis[]): Design {
  checkStretches(axes)
  const points = axes.reduce((product, axis) => product * axis.count, 1)
  checkCount(points)
  const at = (index: number) => {
    const values = new Array<unknown>(axes.length)
    let rest = index
    for (let a = axes.length - 1; a >= 0; a--) {
      const axis = axes[a] as Axis
      values[a] = axis.at(rest % axis.count)
      rest = Math.floor(rest / axis.count)
    }
    return values
  }
  return { axes, points, at, name: 'crossed' }
}

/** The first values of all axes, then the second ones. */
export function zipped(axes: readonly Axis[]): Design {
  checkStretches(axes)
  const [first] = axes
  const other = axes.find(({ count }) => count !== first?.count)
  if (first !== undefined && other !== undefined) {
    throw usageError(
      `--zip goes through all values together: ${first.name} has ${grouped(first.count)}, ${other.name} ${grouped(other.count)}`,
    )
  }
  checkCount(first?.count ?? 0)
  return { axes, points: first?.count ?? 0, at: (index) => axes.map((axis) => axis.at(index)), name: 'zipped' }
}

/** Points drawn from the axes: the same ones for a seed, whatever part of them is asked for. */
export function sampled(axes: readonly Axis[], sample: Sample, points: number, seed: string): Design {
  checkCount(points)
  const share = shareOf(axes.length, sample, points, seed)
  const at = (index: number) => axes.map((axis, a) => axis.draw(share(index, a)))
  return { axes, points, at, name: `${sample} ${points} ${seed}` }
}

function shareOf(axes: number, sample: Sample, points: number, seed: string): (index: number, axis: number) => number {
  const uniform = (index: number, axis: number) => hash(`${seed}/${axis}/${index}`) / 2 ** 32
  switch (sample) {
    case 'random':
      return uniform
    case 'latin-hypercube': {
      const orders = Array.from({ length: axes }, (_, axis) => shuffled(points, `${seed}/${axis}`))
      return (index, axis) => ((orders[axis]?.[index] ?? 0) + uniform(index, axis)) / points
    }
    case 'sobol':
      if (axes > MOST_DIMENSIONS) {
        throw usageError(`--sample sobol takes at most ${MOST_DIMENSIONS} varied paths, not ${axes}`)
      }
      return sobol(Array.from({ length: axes }, (_, axis) => hash(`${seed}/${axis}`)))
  }
}

/** The numbers below `count` in a random order (Fisher and Yates). */
function shuffled(count: number, seed: string): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor((hash(`${seed}/shuffle/${i}`) / 2 ** 32) * (i + 1))
    const held = order[i] as number
    order[i] = order[j] as number
    order[j] = held
  }
  return order
}
