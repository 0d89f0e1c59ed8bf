/** Which chunk of which stage comes after which: the path of a micro-batch through the pipeline. */

/** By stage·chunks + chunk: the place that comes next (before, for gradients), or −1 at the ends. */
export interface Chain {
  readonly next: Int32Array
  readonly previous: Int32Array
}

function chainOf(places: number, order: (step: number) => number, steps: number, restart: number): Chain {
  const next = new Int32Array(places).fill(-1)
  const previous = new Int32Array(places).fill(-1)
  for (let step = 1; step < steps; step++) {
    if (step % restart === 0) continue
    next[order(step - 1)] = order(step)
    previous[order(step)] = order(step - 1)
  }
  return { next, previous }
}

/** Chunk c of every stage in turn, then chunk c + 1 from the first stage again; one chunk is the plain pipeline. */
export function loop(stages: number, chunks: number): Chain {
  const steps = stages * chunks
  return chainOf(steps, (step) => (step % stages) * chunks + Math.floor(step / stages), steps, steps)
}

/** Down through chunk 0 of every stage and back through chunk 1: the first stage has both ends of the model. */
export function vee(stages: number): Chain {
  const place = (step: number) => (step < stages ? 2 * step : 2 * (2 * stages - 1 - step) + 1)
  return chainOf(2 * stages, place, 2 * stages, 2 * stages)
}

/** Two whole pipelines, chunk 0 from the first stage to the last and chunk 1 from the last to the first. */
export function bothWays(stages: number): Chain {
  const place = (step: number) => (step < stages ? 2 * step : 2 * (2 * stages - 1 - step) + 1)
  return chainOf(2 * stages, place, 2 * stages, stages)
}
