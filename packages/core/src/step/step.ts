/** Step time: programs of every stage, timed, scheduled over the pipeline, with the traffic between replicas. */

import type { StepPart, TrafficResult } from '../estimate-result.ts'
import type { Plan } from '../layout/plan.ts'
import { type RankParameters, rankParameters } from '../layout/shard-parameters.ts'
import type { Stage } from '../layout/stages.ts'
import { pipelineSeconds } from '../schedule/pipeline-seconds.ts'
import { collectiveTime } from './collectives.ts'
import { type DataTransfer, dataTransfers, exposedBehind, optimizerSeconds, transferSeconds } from './data-parallel.ts'
import type { Machine } from './machine.ts'
import type { Program } from './operators.ts'
import { addTime, busySeconds, type CommunicationTime, NO_TIME, type ProgramTime, timeProgram } from './program-time.ts'
import { recomputeProgram } from './recompute.ts'
import { STEP_HOST_SECONDS, slowestOf } from './variation.ts'

/** Times of one micro-batch on one stage. */
interface StageTime {
  readonly forward: ProgramTime
  readonly backward: ProgramTime
  readonly recompute: ProgramTime
  /** Host time beyond the chip's where kernels are launched one by one. */
  readonly host: number
  readonly parameters: RankParameters
}

export interface StepTime {
  readonly seconds: number
  readonly breakdown: Readonly<Record<StepPart, number>>
  readonly traffic: readonly TrafficResult[]
  /** FLOPs that all chips spend on recompute in one step. */
  readonly recomputeFlops: number
}

interface TimedProgram {
  readonly forward: ProgramTime
  readonly backward: ProgramTime
  readonly recompute: ProgramTime
  readonly communications: readonly CommunicationTime[]
}

const NOTHING: TimedProgram = { forward: NO_TIME, backward: NO_TIME, recompute: NO_TIME, communications: [] }

interface TimedPrograms {
  /** By layer kind. */
  readonly layers: readonly TimedProgram[]
  readonly embedding: TimedProgram
  readonly head: TimedProgram
}

function timeOne(plan: Plan, machine: Machine, program: Program, recomputed: boolean): TimedProgram {
  const communications: CommunicationTime[] = []
  const time = (operators: Program['forward']) => timeProgram(machine, plan.groups, operators, communications)
  return {
    forward: time(program.forward),
    backward: time(program.backward),
    recompute: recomputed ? time(recomputeProgram(program, plan.layout.recompute)) : NO_TIME,
    communications,
  }
}

function timePrograms(plan: Plan, machine: Machine): TimedPrograms {
  const { layers, embedding, head } = plan.programs
  return {
    layers: layers.map((program) => (program === null ? NOTHING : timeOne(plan, machine, program, true))),
    embedding: timeOne(plan, machine, embedding, false),
    head: timeOne(plan, machine, head, false),
  }
}

/** What a stage runs for one micro-batch: each program and how often. */
function stagePrograms(stage: Stage, programs: TimedPrograms): readonly (readonly [TimedProgram, number])[] {
  return [
    ...programs.layers.map((program, kind) => [program, stage.kinds[kind] ?? 0] as const),
    [programs.embedding, stage.embedding ? 1 : 0] as const,
    [programs.head, stage.head ? 1 : 0] as const,
  ].filter(([, count]) => count > 0)
}

function hostExcess(machine: Machine, parts: readonly ProgramTime[]): number {
  const { graphs, launchSeconds } = machine.software
  if (graphs) return 0
  const busy = parts.reduce((sum, part) => sum + busySeconds(part), 0)
  const launches = parts.reduce((sum, part) => sum + part.launches, 0)
  return Math.max(0, launches * launchSeconds - busy)
}

function timeStage(plan: Plan, machine: Machine, stage: Stage, programs: TimedPrograms): StageTime {
  let { forward, backward, recompute } = NOTHING
  for (const [program, count] of stagePrograms(stage, programs)) {
    forward = addTime(forward, program.forward, count)
    backward = addTime(backward, program.backward, count)
    recompute = addTime(recompute, program.recompute, count)
  }
  return {
    forward,
    backward,
    recompute,
    host: hostExcess(machine, [forward, backward, recompute]),
    parameters: rankParameters(plan.model, stage, plan.layout),
  }
}

/** Stages that hold the same are timed once. */
function timeStages(plan: Plan, machine: Machine, programs: TimedPrograms): readonly StageTime[] {
  const times: StageTime[] = []
  for (const stage of plan.stages) times.push(times[stage.twin] ?? timeStage(plan, machine, stage, programs))
  return times
}

/** Forward and backward of a stage; host time beyond the chip's is shared out by what each takes. */
function stageSeconds(stage: StageTime): { readonly forward: number; readonly backward: number } {
  const forward = busySeconds(stage.forward)
  const backward = busySeconds(stage.backward) + busySeconds(stage.recompute)
  const stretch = forward + backward === 0 ? 1 : 1 + stage.host / (forward + backward)
  return { forward: forward * stretch, backward: backward * stretch }
}

/** Gradient and parameter traffic of a stage, and what of it stays exposed. */
function dataTraffic(plan: Plan, machine: Machine, stage: StageTime): DataTraffic {
  const { layout, microBatches } = plan
  const { gradients, parameters } = dataTransfers(
    machine,
    plan.groups,
    stage.parameters,
    layout,
    plan.training.optimizer,
  )
  const overlap = machine.software.dataOverlap
  // Where launches set the pace, traffic hides under the wait for them too.
  const { forward, backward } = stageSeconds(stage)
  const layers = Math.max(1, Math.max(...plan.stages.map((s) => s.layers)))
  if (layout.zero === 3) {
    // Every layer gathers its parameters forward and backward and scatters its gradients, in every micro-batch.
    const gather = transferSeconds(parameters)
    const scatter = transferSeconds(gradients)
    const ahead = exposedBehind(gather, overlap * forward, layers)
    const behind = exposedBehind(gather + scatter, overlap * backward, layers)
    const line = (transfer: DataTransfer, count: number, exposed: number) => ({ transfer, count, exposed })
    return {
      transfers: [
        ...parameters.map((t) => line(t, 2 * microBatches, microBatches * (ahead + behind / 2))),
        ...gradients.map((t) => line(t, microBatches, (microBatches * behind) / 2)),
      ],
      exposed: microBatches * (ahead + behind),
    }
  }
  // Interleaved chunks finish one after the other: all but the last chunk's traffic hides under later chunks of p micro-batches.
  const chunks = (1 + layout.pp * (layout.vpp - 1)) / layout.vpp
  // Sharded gradients (ZeRO 2) are scattered in every micro-batch: there is no room to accumulate them whole.
  const [scatters, window] = layout.zero === 2 ? [microBatches, backward] : [1, backward * chunks]
  const behind = scatters * exposedBehind(transferSeconds(gradients), overlap * window, layers)
  const ahead = exposedBehind(transferSeconds(parameters), overlap * forward * chunks, layers)
  return {
    transfers: [
      ...gradients.map((transfer) => ({ transfer, count: scatters, exposed: behind / gradients.length })),
      ...parameters.map((transfer) => ({ transfer, count: 1, exposed: ahead / parameters.length })),
    ],
    exposed: behind + ahead,
  }
}

interface DataTraffic {
  readonly transfers: readonly Transfer[]
  readonly exposed: number
}

/** What ends a step: the traffic between replicas and the optimizer of the stages that take longest for them. */
function ends(plan: Plan, machine: Machine, stages: readonly StageTime[]): { data: DataTraffic; optimizer: number } {
  let data: DataTraffic = { transfers: [], exposed: 0 }
  let optimizer = 0
  for (const stage of new Set(stages)) {
    const own = dataTraffic(plan, machine, stage)
    if (own.exposed >= data.exposed) data = own
    const { groups, layout, training } = plan
    optimizer = Math.max(optimizer, optimizerSeconds(machine, groups, stage.parameters, layout, training.optimizer))
  }
  return { data, optimizer }
}

interface Transfer {
  readonly transfer: DataTransfer
  readonly count: number
  readonly exposed: number
}

/** One line for each kind of communication of the layers on a stage. */
function layerTraffic(plan: Plan, stage: Stage | undefined, programs: TimedPrograms): TrafficResult[] {
  const lines = new Map<string, TrafficResult>()
  if (stage === undefined) return []
  for (const [program, count] of stagePrograms(stage, programs)) {
    const times = count * plan.microBatches
    for (const { op, time, exposed } of program.communications) {
      const key = `${op.part} ${op.collective} ${op.group}`
      const before = lines.get(key)
      lines.set(key, {
        part: op.part,
        name: op.collective,
        group: op.group,
        bytes: (before?.bytes ?? 0) + times * op.bytes,
        count: (before?.count ?? 0) + times,
        algorithm: time.algorithm,
        link: time.link,
        seconds: (before?.seconds ?? 0) + times * time.seconds,
        exposedSeconds: (before?.exposedSeconds ?? 0) + times * exposed,
      })
    }
  }
  return [...lines.values()]
}

/** Times one step of a plan on a machine. */
export function timeStep(plan: Plan, machine: Machine): StepTime {
  const { layout, microBatches } = plan
  const programs = timePrograms(plan, machine)
  const stages = timeStages(plan, machine, programs)
  const hop =
    layout.pp > 1
      ? collectiveTime(machine, plan.groups.pp, 'sendRecv', plan.boundaryBytes)
      : { seconds: 0, algorithm: 'none' as const, link: 'none' as const }
  // A send holds the sender for the share that does not overlap; the rest delays whoever waits for it.
  const held = layout.vpp * hop.seconds * (1 - machine.software.pipelineOverlap)
  const both = stages.map(stageSeconds)
  const forward = both.map((seconds) => seconds.forward + held)
  const backward = both.map((seconds) => seconds.backward + held)
  const perStage = forward.map((seconds, i) => seconds + (backward[i] ?? 0))
  const pipelineWith = pipelineSeconds(plan, machine, forward, backward)
  const still = pipelineWith(0)
  const moving = hop.seconds === 0 ? still : pipelineWith(hop.seconds * machine.software.pipelineOverlap)
  const slowestStage = perStage.indexOf(Math.max(...perStage))
  const slowest = stages[slowestStage]
  if (slowest === undefined) throw new Error('a plan without stages')

  const { data, optimizer } = ends(plan, machine, stages)
  const pipeline = 2 * microBatches * held + moving - still
  const part = (name: 'compute' | 'tensor' | 'context' | 'expert') =>
    microBatches * (slowest.forward[name] + slowest.backward[name])
  const again = (name: 'tensor' | 'context' | 'expert') => microBatches * slowest.recompute[name]
  const steady = {
    compute: part('compute'),
    recompute: microBatches * slowest.recompute.compute,
    tensor: part('tensor') + again('tensor'),
    context: part('context') + again('context'),
    expert: part('expert') + again('expert'),
    pipeline,
    bubble: still - microBatches * (perStage[slowestStage] ?? 0),
    data: data.exposed,
    optimizer,
  }
  const quiet = Object.values(steady).reduce((a, b) => a + b, 0)
  const host = microBatches * slowest.host
  const overhead = host + STEP_HOST_SECONDS + quiet * (slowestOf(plan.chips) - 1)
  const breakdown = { ...steady, overhead }
  const recomputeFlops =
    stages.reduce((sum, stage) => sum + stage.recompute.flops, 0) * microBatches * layout.tp * layout.cp * layout.dp

  const traffic: TrafficResult[] = layerTraffic(plan, plan.stages[slowestStage], programs)
  if (layout.pp > 1) {
    const count = 2 * layout.vpp * microBatches
    traffic.push({
      part: 'pipeline',
      name: 'sendRecv',
      group: 'pp',
      bytes: count * plan.boundaryBytes,
      count,
      algorithm: hop.algorithm,
      link: hop.link,
      seconds: count * hop.seconds,
      exposedSeconds: pipeline,
    })
  }
  for (const { transfer, count, exposed } of data.transfers) {
    traffic.push({
      part: 'data',
      name: transfer.name,
      group: transfer.group,
      bytes: count * transfer.bytes,
      count,
      algorithm: transfer.time.algorithm,
      link: transfer.time.link,
      seconds: count * transfer.time.seconds,
      exposedSeconds: exposed,
    })
  }
  return { seconds: quiet + overhead, breakdown, traffic, recomputeFlops }
}
