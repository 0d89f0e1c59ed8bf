/** The stage whose event comes first: a tournament over the stages' next events, replayed where one changes. */

/** Entries of a tournament over `stages` times; the times' column must be as long. */
export function tournamentSize(stages: number): number {
  let size = 1
  while (size < stages) size *= 2
  return size
}

/** An empty tournament: node n beats 2n and 2n + 1, the leaves are the stages. */
export function newTournament(size: number): Int32Array {
  const winners = new Int32Array(2 * size)
  for (let i = 0; i < size; i++) winners[size + i] = i
  return winners
}

/** Plays all matches again. */
export function replayAll(winners: Int32Array, times: Float64Array): void {
  for (let node = times.length - 1; node > 0; node--) play(winners, times, node)
}

/** Plays the matches of one stage again after its time has changed. */
export function replay(winners: Int32Array, times: Float64Array, stage: number): void {
  for (let node = (times.length + stage) >> 1; node > 0; node >>= 1) play(winners, times, node)
}

function play(winners: Int32Array, times: Float64Array, node: number): void {
  const left = winners[2 * node] ?? 0
  const right = winners[2 * node + 1] ?? 0
  winners[node] = (times[right] ?? 0) < (times[left] ?? 0) ? right : left
}
