// Distribution of days and dollars, with failures and restarts, on every processor of this machine.
import { parseScenario } from '@walltime/core'
import { simulate } from '@walltime/sim/node'

const scenario = parseScenario(`
model: llama-3-70b
cluster: {system: dgx-h100, chips: 2048}
training: {tokens: 15T tokens, sequenceLength: 8192, globalBatch: 1024}
parallelism: {tp: 4, pp: 4, vpp: 5, recompute: {modules: [norm, activation]}}
reliability: {spares: {nodes: 4}}
`)
const { wallClockSeconds, costUsd, goodput } = await simulate(scenario, { trials: 2000, seed: 'example' })

const days = (seconds: number) => (seconds / 86400).toFixed(1)
const millions = (usd: number) => (usd / 1e6).toFixed(1)
console.log(
  `days: P5 ${days(wallClockSeconds.p5)}, P50 ${days(wallClockSeconds.p50)}, P95 ${days(wallClockSeconds.p95)}`,
)
console.log(`dollars: P5 ${millions(costUsd.p5)}M, P50 ${millions(costUsd.p50)}M, P95 ${millions(costUsd.p95)}M`)
console.log(`goodput at the median ${goodput.p50.toFixed(3)}`)
