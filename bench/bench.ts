// Speed of the hot paths: layouts, estimates, sweep points, trials and failures. `--json` prints one JSON document.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { estimate, mainPhase, parseScenario, readScenarioData, readText, setPath } from '@walltime/core'
import { planRun, simulateRun } from '@walltime/sim'
import { simulateRun as simulateOnThreads, threadExecutor } from '@walltime/sim/node'
import { Bench } from 'tinybench'
import { coldMilliseconds, measureLayouts } from './layout-speed.ts'
import { measurePlan } from './plan-speed.ts'
import { measureSimulation } from './simulation-speed.ts'

interface Line {
  readonly name: string
  readonly perSecond: number
  /** Relative margin of error of the rate in percent. */
  readonly marginPercent: number
  readonly samples: number
}

// From the root, where `npm run bench` starts.
const read = (name: string) => readFileSync(`scenarios/${name}.yaml`, 'utf8')
const text = read('llama-3.1-405b-16k-h100')
const scenario = parseScenario(text)
// First of all: the first evaluation is timed before any other code of the package has run.
const layouts = [scenario, parseScenario(read('deepseek-v3-2k-h800'))].map((searched) =>
  measureLayouts(searched, coldMilliseconds(searched, mainPhase(searched).parallelism)),
)
const plans = [
  scenario,
  ...['deepseek-v3-2k-h800', 'dense-1t-4k-a100'].map((name) => parseScenario(read(name), { anyLayout: true })),
].map(measurePlan)
const result = estimate(scenario)
const spec = planRun(scenario, result)
const parsed = readText(text)
if (!parsed.ok) throw new Error('the main scenario does not parse')
const { data } = parsed.parsed

const TRIALS = 2000
const threads = availableParallelism()
const executor = threadExecutor({ threads })
const once = await simulateRun(spec, { trials: TRIALS, seed: 'bench' })
const failures = once.interruptions.mean

const simulations = await measureSimulation()

const bench = new Bench({ time: 1000, warmupTime: 200 })
bench.add('estimates, one thread', () => {
  estimate(scenario)
})
let point = 0
bench.add('sweep points (set, check and estimate), one thread', () => {
  const next = readScenarioData(setPath(data, ['training', 'tokens'], 1e12 + point++))
  if (!('phases' in next)) throw new Error('a sweep point was refused')
  estimate(next)
})
bench.add(`${TRIALS} trials, one thread`, async () => {
  await simulateRun(spec, { trials: TRIALS, seed: 'bench' })
})
bench.add(`${TRIALS} trials, ${threads} threads`, async () => {
  await simulateOnThreads(spec, { trials: TRIALS, seed: 'bench', executor })
})
await bench.run()
await executor.close()

const lines: Line[] = bench.tasks.flatMap((task): Line[] => {
  const { result: measured } = task
  if (measured.state !== 'completed') throw new Error(`${task.name} did not complete`)
  const { mean, rme, samplesCount } = measured.throughput
  const line = (name: string, factor: number): Line => ({
    name,
    perSecond: mean * factor,
    marginPercent: rme,
    samples: samplesCount,
  })
  const where = /^\d+ trials, (.*)$/.exec(task.name)?.[1]
  if (where === undefined) return [line(task.name, 1)]
  return [line(`trials, ${where}`, TRIALS), line(`failures, ${where}`, TRIALS * failures)]
})

if (process.argv.includes('--json'))
  console.log(JSON.stringify({ node: process.version, threads, lines, layouts, simulations }))
else {
  for (const { name, perSecond, marginPercent, samples } of lines) {
    const rate = Math.round(perSecond).toLocaleString('en').padStart(14)
    console.log(`${name.padEnd(52)}${rate} /s  ±${marginPercent.toFixed(1)} % (${samples} samples)`)
  }
  for (const { name, nanosecondsPerFailure, millisecondsPerTrial, failuresPerTrial, ...beside } of simulations) {
    console.log(
      `${name}: ${nanosecondsPerFailure.toFixed(0)} ns a failure, ${millisecondsPerTrial.toFixed(3)} ms a trial of ` +
        `${failuresPerTrial.toFixed(0)}; 100 Math.pow ${beside.hundredPowersMicroseconds.toFixed(2)} µs`,
    )
  }
  for (const speed of layouts) {
    const [median, p90, powers] = [speed.medianMicroseconds, speed.p90Microseconds, speed.hundredPowersMicroseconds]
    const [fresh, cold, first] = [speed.newShardMicroseconds, speed.coldMilliseconds, speed.firstMilliseconds]
    console.log(
      `one new layout of ${speed.scenario}: ${median.toFixed(2)} µs (median of ${speed.layouts}; p90 ${p90.toFixed(2)}), the first of its shard ${fresh.toFixed(2)}; ` +
        `cold ${cold.toFixed(2)} ms, first ${first.toFixed(1)} ms; 100 Math.pow ${powers.toFixed(2)} µs`,
    )
  }
  for (const { scenario: planned, layouts: size, evaluated, pruned, refused, seconds } of plans) {
    const counts = `${evaluated} evaluated, ${pruned.toLocaleString('en')} proven slower, ${refused.toLocaleString('en')} refused`
    console.log(`plan of ${planned}: ${seconds.toFixed(2)} s for ${size.toLocaleString('en')} layouts (${counts})`)
  }
}
