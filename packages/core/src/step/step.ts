/** Step time of a plan: its seconds by part, and every line of traffic behind them. */

import { STEP_PARTS, type StepPart, type TrafficResult } from '../estimate-result.ts'
import type { Plan } from '../layout/plan.ts'
import { rankParameters } from '../layout/shard-parameters.ts'
import type { Stage } from '../layout/stages.ts'
import { chunksOf } from '../schedule/shape.ts'
import { collectiveTime } from './collectives.ts'
import { type DataTransfer, dataTransfers } from './data-parallel.ts'
import type { Machine } from './machine.ts'
import type { Program } from './operators.ts'
import { communicationTimes } from './program-time.ts'
import { recomputedCommunications, recomputedShare } from './recompute.ts'
import { StepTimer } from './step-timer.ts'

export interface StepTime {
  readonly seconds: number
  readonly breakdown: Readonly<Record<StepPart, number>>
  readonly traffic: readonly TrafficResult[]
  /** FLOPs that all chips spend on recompute in one step. */
  readonly recomputeFlops: number
}

/**
 * One line for each kind of communication of the layers on a stage.
 *
 * @param expertSeconds what of the experts' traffic stays visible beside another batch
 */
function layerTraffic(plan: Plan, machine: Machine, stage: Stage, expertSeconds: number): readonly TrafficResult[] {
  const { layers, embedding, head } = plan.programs
  const { recompute } = plan.layout
  const again = (program: Program) => recomputedCommunications(program, recompute)
  const share = recomputedShare(recompute, stage.layers)
  const parts = [
    ...layers.flatMap((program, kind) =>
      program === null ? [] : [{ program, again: again(program), count: stage.kinds[kind] ?? 0 }],
    ),
    { program: embedding, again: [], count: stage.embedding ? 1 : 0 },
    { program: head, again: [], count: stage.head ? 1 : 0 },
  ]
  const lines = new Map<string, TrafficResult>()
  for (const { program, again, count } of parts) {
    if (count === 0) continue
    const all = [...program.communications, ...again]
    for (const [i, { op, time, exposed }] of communicationTimes(machine, plan.groups, all).entries()) {
      const times = plan.passes * count * (i < program.communications.length ? 1 : share)
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
  const all = [...lines.values()]
  const expert = all.reduce((sum, line) => sum + (line.part === 'expert' ? line.exposedSeconds : 0), 0)
  return all.map((line) =>
    line.part === 'expert' ? { ...line, exposedSeconds: (line.exposedSeconds * expertSeconds) / expert } : line,
  )
}

function pipelineTraffic(plan: Plan, machine: Machine, exposedSeconds: number): readonly TrafficResult[] {
  const { layout, passes, boundaryBytes } = plan
  if (layout.pp === 1) return []
  const hop = collectiveTime(machine, plan.groups.pp, 'sendRecv', boundaryBytes)
  const count = 2 * chunksOf(layout.schedule, layout.vpp) * passes
  return [
    {
      part: 'pipeline',
      name: 'sendRecv',
      group: 'pp',
      bytes: count * boundaryBytes,
      count,
      algorithm: hop.algorithm,
      link: hop.link,
      seconds: count * hop.seconds,
      exposedSeconds,
    },
  ]
}

/** The traffic between replicas of the stage whose own is exposed longest. */
function dataTraffic(plan: Plan, machine: Machine, timer: StepTimer, stage: Stage): readonly TrafficResult[] {
  const { layout, passes, groups, training } = plan
  const own = rankParameters(plan.model, stage, layout)
  const { gradients, parameters } = dataTransfers(machine, groups, own, layout, training.optimizer)
  const lines = (transfers: readonly DataTransfer[], count: number, exposed: number) =>
    transfers.map(
      ({ name, group, bytes, time }): TrafficResult => ({
        part: 'data',
        name,
        group,
        bytes: count * bytes,
        count,
        algorithm: time.algorithm,
        link: time.link,
        seconds: count * time.seconds,
        exposedSeconds: exposed / transfers.length,
      }),
    )
  const scattered = lines(gradients, layout.zero >= 2 ? passes : 1, timer.exposedGradients)
  const gathered = lines(parameters, layout.zero === 3 ? 2 * passes : 1, timer.exposedParameters)
  return layout.zero === 3 ? [...gathered, ...scattered] : [...scattered, ...gathered]
}

function stageOf(plan: Plan, index: number): Stage {
  const stage = plan.stages[index]
  if (stage === undefined) throw new RangeError(`no stage ${index}`)
  return stage
}

/** Times one step of a plan on a machine. */
export function timeStep(plan: Plan, machine: Machine): StepTime {
  const timer = new StepTimer(plan.model, plan.training, plan.layout, plan.pool, machine)
  timer.time(plan.layout)
  const parts = STEP_PARTS.map((part, i) => [part, timer.breakdown[i] ?? 0])
  const breakdown = Object.fromEntries(parts) as Record<StepPart, number>
  return {
    seconds: timer.seconds,
    breakdown,
    traffic: [
      ...layerTraffic(plan, machine, stageOf(plan, timer.slowest), breakdown.expert),
      ...pipelineTraffic(plan, machine, breakdown.pipeline),
      ...dataTraffic(plan, machine, timer, stageOf(plan, timer.dataStage)),
    ],
    recomputeFlops: timer.recomputeFlops,
  }
}
