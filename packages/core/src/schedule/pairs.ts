/** Seconds of a forward of a chunk together with the whole backward of the stage's other chunk, where each hides the other's traffic. */
export function pairSeconds(forward: Float64Array, input: Float64Array, weight: Float64Array): Float64Array {
  // The other of a stage's two chunks has the number beside its own.
  return forward.map((seconds, place) => seconds + (input[place ^ 1] ?? 0) + (weight[place ^ 1] ?? 0))
}
