/** Longest paths through a 1F1B step, in closed form. */

/**
 * Seconds of 1F1B's forwards and backwards from the longest paths that work on one stage j and leave it for the stages
 * after it once at the start, once at the end, or every p − j micro-batches:
 *
 * max over j of Σ_{i<j} t_i + m·t_j + max(0, R − d·F_j, R − d·B_j, 2R − d·t_j, R + k·(R − d·t_j))
 *
 * with t = F + B, d = p − 1 − j, k = ⌊(m − 1)/(p − j)⌋ and R the round trip through the stages after j; the way to and
 * from each stage holds 2 sends. Never more than the simulated step. Equal to it where no sends take time and the last
 * stage is the slowest (then it is Σt + (m − 1)·max t), or stages of one ratio F : B differ by up to a tenth of their
 * mean. Otherwise below it: by up to 13 % (the most that a search found) for stages that differ by up to a half, by up to 3 % for a tenth and sends of
 * a twentieth of a forward.
 *
 * @param send seconds of one message between neighbours, hidden under nothing but other micro-batches' work
 * @param stages where the columns are longer than the pipeline
 */
export function oneForwardOneBackwardSeconds(
  forward: ArrayLike<number>,
  backward: ArrayLike<number>,
  microBatches: number,
  send = 0,
  stages = forward.length,
): number {
  let after = 0
  for (let i = 0; i < stages; i++) after += (forward[i] ?? 0) + (backward[i] ?? 0) + (i === 0 ? 0 : 2 * send)
  let before = 0
  let longest = 0
  for (let j = 0; j < stages; j++) {
    const f = forward[j] ?? 0
    const b = backward[j] ?? 0
    const own = f + b
    after -= own
    const down = stages - 1 - j
    const rounds = Math.floor((microBatches - 1) / (stages - j))
    const away =
      rounds === 0
        ? after - (microBatches - 1) * Math.min(f, b)
        : after + Math.max(-down * Math.min(f, b), after - down * own, rounds * (after - down * own))
    longest = Math.max(longest, before + microBatches * own + Math.max(0, away))
    before += own + 2 * send
    after -= 2 * send
  }
  return longest
}

/** `interleavedSeconds` from the sum of all stages and the slowest. */
export function interleavedFrom(
  sum: number,
  slowest: number,
  stages: number,
  chunks: number,
  microBatches: number,
  send: number,
): number {
  return microBatches * slowest + (sum - slowest) / chunks + 2 * (stages * chunks - 1) * send
}

/**
 * Seconds of interleaved 1F1B's forwards and backwards: m·max t + (Σt − max t)/v, and every send of a micro-batch's way
 * there and back once: 2·(p·v − 1); the others hide. Equal to the simulated step where all chunks are, or where no
 * sends take time and only the last stage is slower or only the first faster than the others; for other stages that
 * differ by up to a tenth of their mean it is up to 13 % too long, never too short. Where the chunks of a stage differ by
 * a layer it is from 22 % too short to 16 % too long (chunks of one and two layers), see `interleavingError`.
 *
 * @param stageSeconds forward and backward of one micro-batch on each stage, all chunks together
 */
export function interleavedSeconds(
  stageSeconds: ArrayLike<number>,
  chunks: number,
  microBatches: number,
  send = 0,
): number {
  const stages = stageSeconds.length
  let sum = 0
  let slowest = 0
  for (let i = 0; i < stages; i++) {
    const own = stageSeconds[i] ?? 0
    sum += own
    if (own > slowest) slowest = own
  }
  return interleavedFrom(sum, slowest, stages, chunks, microBatches, send)
}

/**
 * Seconds of GPipe's forwards, then its backwards: Σ + (m − 1)·max of each, and every send of a micro-batch's way there
 * and back once (Huang et al. 2019, arXiv:1811.06965).
 */
export function gpipeSeconds(
  forward: ArrayLike<number>,
  backward: ArrayLike<number>,
  microBatches: number,
  send = 0,
  stages = forward.length,
): number {
  let sum = 0
  let slowestForward = 0
  let slowestBackward = 0
  for (let i = 0; i < stages; i++) {
    const f = forward[i] ?? 0
    const b = backward[i] ?? 0
    sum += f + b
    if (f > slowestForward) slowestForward = f
    if (b > slowestBackward) slowestBackward = b
  }
  return sum + (microBatches - 1) * (slowestForward + slowestBackward) + 2 * (stages - 1) * send
}
