import { describe, expect, it } from 'vitest'
import { estimate } from '../estimate.ts'
import { buildPlan } from '../layout/plan.ts'
import { parseScenario } from '../scenario/read.ts'
import { chunkContents } from '../schedule/chunk-work.ts'
import { chunksOf, copiesOf } from '../schedule/shape.ts'
import type { CompleteEvent, MetadataEvent } from './trace-event.ts'
import { type StepTrace, traceStep } from './trace-step.ts'

const scenario = (layout: string, batch = 256, software = 'megatron-core') =>
  parseScenario(`
model: llama-3-70b
cluster: {system: dgx-h100, chips: 256}
training: {tokens: 1T tokens, sequenceLength: 8192, globalBatch: ${batch}}
software: ${software}
parallelism: ${layout}
`)

const PLAIN = scenario('{tp: 8, pp: 4}')
const INTERLEAVED = scenario('{tp: 4, pp: 8, vpp: 5, recompute: full}')
const SHARDED = scenario('{tp: 8, pp: 1, zero: 3}', 256, 'pytorch-fsdp')
const SCATTERED = scenario('{tp: 8, pp: 4, zero: 2}')
const SERIAL = scenario('{tp: 8, pp: 8, vpp: 2}', 256, 'megatron-lm-2021')
const MIXTURE = parseScenario(`
model: deepseek-v3
cluster: {system: dgx-h100, chips: 512}
training: {tokens: 1T tokens, sequenceLength: 4096, globalBatch: 512}
parallelism: {pp: 16, ep: 32, recompute: full}
`)
const FOLDED = scenario('{tp: 8, pp: 4, schedule: zb-v}')
const BOTH_WAYS = parseScenario(`
model: deepseek-v3
cluster: {system: dgx-h100, chips: 512}
training: {tokens: 1T tokens, sequenceLength: 4096, globalBatch: 2048}
parallelism: {pp: 16, ep: 32, recompute: full, schedule: dualpipe}
software: {extends: hai-llm, graphs: false}
`)
const ONE_WAY = scenario('{tp: 4, pp: 8, schedule: dualpipe-v}', 512)
const ALL = { FOLDED, BOTH_WAYS, ONE_WAY, PLAIN, INTERLEAVED, SHARDED, SCATTERED, SERIAL, MIXTURE }

const spansOf = ({ traceEvents }: StepTrace) => traceEvents.filter((event): event is CompleteEvent => event.ph === 'X')
const namesOf = ({ traceEvents }: StepTrace) => traceEvents.filter((event): event is MetadataEvent => event.ph === 'M')

function byThread(spans: readonly CompleteEvent[]): ReadonlyMap<string, readonly CompleteEvent[]> {
  const threads = new Map<string, CompleteEvent[]>()
  for (const event of spans) {
    const key = `${event.pid} ${event.tid}`
    const own = threads.get(key)
    if (own === undefined) threads.set(key, [event])
    else own.push(event)
  }
  return threads
}

describe.each(Object.entries(ALL))('the trace of a step: %s', (_, given) => {
  const trace = traceStep(given)
  const spans = spansOf(trace)

  it('is a trace-event document: complete events with times in microseconds, and the names of their threads', () => {
    expect(JSON.stringify(JSON.parse(JSON.stringify(trace)))).toBe(JSON.stringify(trace))
    expect(trace.displayTimeUnit).toBe('ms')
    const wrong = spans.filter(({ name, cat, pid, tid, ts, dur, args }) => {
      const named = name !== '' && cat !== '' && Number.isInteger(pid) && Number.isInteger(tid) && tid > 0
      const timed = Number.isFinite(ts) && ts >= 0 && Number.isFinite(dur) && dur >= 0
      return !named || !timed || Object.values(args).some((value) => !['string', 'number'].includes(typeof value))
    })
    expect(wrong).toEqual([])
    const named = new Set(
      namesOf(trace)
        .filter((e) => e.name === 'thread_name')
        .map((e) => `${e.pid} ${e.tid}`),
    )
    expect([...byThread(spans).keys()].every((thread) => named.has(thread))).toBe(true)
    const processes = namesOf(trace).filter(({ name }) => name === 'process_name')
    expect(processes).toHaveLength(buildPlan(given).layout.pp)
  })

  it('is sorted, and no thread does two things at once', () => {
    expect(spans.filter(({ ts }, i) => ts < (spans[i - 1]?.ts ?? 0))).toEqual([])
    for (const own of byThread(spans).values()) {
      const ends = own.map(({ ts, dur }) => ts + dur - 1e-3)
      expect(own.filter(({ ts }, i) => ts < (ends[i - 1] ?? 0))).toEqual([])
    }
  })

  it('ends with the schedule, which is the estimate’s step within a tenth', () => {
    const { scheduleSeconds, estimateSeconds } = trace.otherData
    const end = Math.max(...spans.map(({ ts, dur }) => ts + dur))
    expect(end / 1e6).toBeCloseTo(scheduleSeconds, 6)
    expect(estimateSeconds).toBe(estimate(given).step.ownSeconds)
    expect(Math.abs(scheduleSeconds / estimateSeconds - 1)).toBeLessThan(0.1)
  })

  it('names items by kind, micro-batch and chunk, and collectives with bytes, group and algorithm', () => {
    const { layout, microBatches } = buildPlan(given)
    const items = spans.filter(({ cat }) => cat === 'item')
    const passes = chunksOf(layout.schedule, layout.vpp) / copiesOf(layout.schedule)
    const apart = items.filter(({ name }) => name.startsWith('backward-weight')).length
    const kinds = layout.recompute.mode === 'none' ? 2 : 3
    expect(items).toHaveLength(kinds * layout.pp * passes * microBatches + apart)
    expect(new Set(items.map(({ pid, name }) => `${pid} ${name}`)).size).toBe(items.length)
    const traffic = spans.filter(({ cat }) => cat !== 'item' && cat !== 'optimizer')
    const told = traffic.filter(({ args }) => {
      const { collective, group, bytes, algorithm } = args
      return (
        typeof bytes === 'number' && bytes > 0 && [collective, group, algorithm].every((x) => typeof x === 'string')
      )
    })
    expect(told).toHaveLength(traffic.length)
  })
})

describe('a trace', () => {
  it('shows gradients and parameters of every chunk', () => {
    const data = spansOf(traceStep(INTERLEAVED)).filter(({ cat, pid }) => cat === 'data' && pid === 3)
    const names = ['parameter all-gather dense-dp', 'gradient reduce-scatter dense-dp']
    const chunks = Array.from({ length: 5 }, (_, chunk) => `c${chunk}`)
    expect(data.map(({ name }) => name).sort()).toEqual(
      names.flatMap((name) => chunks.map((chunk) => `${name} ${chunk}`)).sort(),
    )
  })

  it('of a large step is drawn with fewer micro-batches, and says so', () => {
    const all = traceStep(PLAIN)
    const some = traceStep(PLAIN, { maxEvents: 400 })
    const { microBatches, drawnMicroBatches, leftOut } = some.otherData
    expect(all.otherData.leftOut).toEqual([])
    expect(microBatches).toBe(32)
    expect(drawnMicroBatches).toBeLessThan(32)
    expect(leftOut).toEqual([expect.stringContaining(`of 32 micro-batches: the step is drawn as one of`)])
    expect(spansOf(some).length).toBeLessThan(440)
    const least = traceStep(INTERLEAVED, { maxEvents: 1 })
    expect(least.otherData.drawnMicroBatches).toBe(8)
    expect(least.otherData.leftOut).toHaveLength(2)
    expect(spansOf(least).some(({ cat }) => cat === 'tensor')).toBe(false)
  })

  it('is of walltime’s own step where the user gave another', () => {
    const given = { ...PLAIN, override: { mfu: { p5: 0.3, p50: 0.3, p95: 0.3, law: 'fixed' as const } } }
    expect(traceStep(given as typeof PLAIN).otherData).toEqual(traceStep(PLAIN).otherData)
  })
})

describe('chunks', () => {
  it.each(Object.entries(ALL))('of %s hold together what their stages hold', (_, given) => {
    const plan = buildPlan(given)
    const contents = chunkContents(plan)
    const chunks = chunksOf(plan.layout.schedule, plan.layout.vpp)
    plan.stages.forEach((stage, index) => {
      const own = contents.slice(index * chunks, (index + 1) * chunks)
      const kinds = stage.kinds.map((_, kind) => own.reduce((sum, chunk) => sum + (chunk.kinds[kind] ?? 0), 0))
      expect(kinds).toEqual(stage.kinds)
      expect(own.filter(({ head }) => head)).toHaveLength(stage.head ? 1 : 0)
      expect(own.filter(({ embedding }) => embedding)).toHaveLength(stage.embedding ? 1 : 0)
    })
  })
})
