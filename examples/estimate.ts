// Step time, memory and utilisation of a scenario: the shortest use of the library.
import { estimate, parseScenario } from '@walltime/core'

const scenario = parseScenario(`
model: llama-3-8b
cluster: {system: dgx-h100, chips: 64}
training: {tokens: 1T tokens, sequenceLength: 8192, globalBatch: 256}
parallelism: {tp: 2, recompute: {modules: [norm, activation]}}
`)
const { step, memory, run } = estimate(scenario)

console.log(`step ${step.seconds.toFixed(2)} s, MFU ${(100 * step.mfu).toFixed(1)} %`)
console.log(
  `memory ${(memory.peakBytes / 2 ** 30).toFixed(1)} GiB of ${(memory.capacityBytes / 2 ** 30).toFixed(1)} GiB`,
)
console.log(`${run.steps} steps, ${(run.seconds / 86400).toFixed(1)} days without failures`)
