/** What every chunk of a plan's stages runs for one micro-batch, timed. */

import type { Plan } from '../layout/plan.ts'
import type { Stage } from '../layout/stages.ts'
import { countKinds, LAYER_KINDS } from '../model/layers.ts'
import type { Recompute } from '../scenario/scenario.ts'
import type { Machine } from '../step/machine.ts'
import type { Communication, Pass, Program, ProgramSink } from '../step/operators.ts'
import {
  AGAIN_HOST_SECONDS,
  AGAIN_WAIT_SECONDS,
  addSums,
  BACKWARD,
  busySeconds,
  FORWARD,
  HIDDEN_BACKWARD,
  HIDDEN_FORWARD,
  HOST_SECONDS,
  KEPT_BYTES,
  LayoutCollectives,
  ProgramSums,
  RECOMPUTE,
  SAVED_BYTES,
  STAGE_SUMS,
  WAIT_SECONDS,
  WEIGHT_SECONDS,
} from '../step/program-sums.ts'
import { type CommunicationTime, communicationTimes } from '../step/program-time.ts'
import { embeddingProgram, headProgram, layerProgram } from '../step/programs.ts'
import { coveredModules, offloadSeconds, recomputedCommunications, recomputedShare } from '../step/recompute.ts'
import { chunkLayers, chunksOf, copiesOf, placeAt } from './shape.ts'

/** Collectives of one kind within a chunk's forward, backward or recompute, together. */
export interface MergedCommunication extends Pick<Communication, 'part' | 'collective' | 'group' | 'bytes'> {
  readonly count: number
  readonly seconds: number
  readonly algorithm: string
  readonly link: string
}

export interface Work {
  /** Kernels and exposed communication. */
  readonly seconds: number
  /** Experts' traffic that hides beside another batch. */
  readonly hiddenSeconds: number
  readonly communications: readonly MergedCommunication[]
}

export interface ChunkWork {
  /** The chunk as a stage of its own. */
  readonly holds: Stage
  readonly forward: Work
  readonly backward: Work
  /** Seconds of `backward` that are the weights' gradients alone. */
  readonly weightSeconds: number
  readonly recompute: Work
  /** Kernels and collectives of all three. */
  readonly hostSeconds: number
  /** Seconds in which the chip waits for the host between them. */
  readonly waitSeconds: number
  /** Seconds in which what is kept goes to the host and back. */
  readonly offloadSeconds: number
}

/** Contents of every chunk of the stages, by stage·chunks + chunk. */
export function chunkContents({ model, stages, layout }: Plan): readonly Stage[] {
  const { schedule } = layout
  const chunks = chunksOf(schedule, layout.vpp)
  const perStage = stages.map(({ layers }) => layers)
  const places = stages.length * chunks
  const copy = places / copiesOf(schedule)
  const contents: Stage[] = []
  let from = 0
  for (let step = 0; step < places; step++) {
    const first = step % copy === 0
    const last = (step + 1) % copy === 0
    if (first) from = 0
    const place = placeAt(schedule, stages.length, chunks, step)
    const layers = chunkLayers(schedule, perStage, stages.length, chunks, Math.floor(place / chunks), place % chunks)
    const mtpLayers = last ? model.mtpLayers : 0
    const own = countKinds(model, from, from + layers)
    const extra = countKinds(model, model.layers, model.layers + mtpLayers)
    const kinds = own.map((count, kind) => count + (extra[kind] ?? 0))
    contents[place] = { layers, kinds, embedding: first, head: last, mtpLayers }
    from += layers
  }
  return contents
}

function merge(all: readonly { readonly times: readonly CommunicationTime[]; readonly count: number }[]) {
  const lines = new Map<string, MergedCommunication>()
  for (const { times, count } of all) {
    for (const { op, time } of times) {
      if (time.seconds === 0) continue
      const key = `${op.part} ${op.collective} ${op.group}`
      const before = lines.get(key)
      lines.set(key, {
        part: op.part,
        collective: op.collective,
        group: op.group,
        bytes: (before?.bytes ?? 0) + count * op.bytes,
        count: (before?.count ?? 0) + count,
        seconds: (before?.seconds ?? 0) + count * time.seconds,
        algorithm: time.algorithm,
        link: time.link,
      })
    }
  }
  return [...lines.values()]
}

/** A program with its times. */
interface TimedProgram {
  readonly sums: Float64Array
  readonly forward: readonly CommunicationTime[]
  readonly backward: readonly CommunicationTime[]
  readonly recompute: readonly CommunicationTime[]
}

function timeProgram(
  { groups }: Plan,
  machine: Machine,
  program: Program,
  tell: (sink: ProgramSink) => void,
  recompute: Recompute | null,
): TimedProgram {
  const sink = new ProgramSums(machine, new LayoutCollectives(machine, groups))
  sink.start(recompute === null ? 0 : coveredModules(recompute))
  tell(sink)
  sink.end()
  const again = recompute === null ? [] : recomputedCommunications(program, recompute)
  const own = (of: Pass) => program.communications.filter(({ pass }) => pass === of)
  return {
    sums: sink.sums,
    forward: communicationTimes(machine, groups, own('forward')),
    backward: communicationTimes(machine, groups, own('backward')),
    recompute: communicationTimes(machine, groups, again),
  }
}

/** Times every chunk of a plan: layers of each kind and the ends of the model, as often as the chunk holds them. */
export function chunkWork(plan: Plan, machine: Machine): readonly ChunkWork[] {
  const { model, shard, programs } = plan
  const { recompute, schedule, vpp } = plan.layout
  const chunks = chunksOf(schedule, vpp)
  const layers = LAYER_KINDS.map((kind, i) => {
    const program = programs.layers[i]
    const tell = (sink: ProgramSink) => layerProgram(sink, model, kind, shard)
    return program == null ? null : timeProgram(plan, machine, program, tell, recompute)
  })
  const tellEmbedding = (sink: ProgramSink) => embeddingProgram(sink, model, shard)
  const embedding = timeProgram(plan, machine, programs.embedding, tellEmbedding, null)
  const tellHead = (sink: ProgramSink) => headProgram(sink, model, shard, 1 + model.mtpLayers)
  const head = timeProgram(plan, machine, programs.head, tellHead, null)
  return chunkContents(plan).map((holds, place): ChunkWork => {
    const share = recomputedShare(recompute, plan.stages[Math.floor(place / chunks)]?.layers ?? 0)
    const parts = [
      ...layers.map((program, kind) => ({ program, count: holds.kinds[kind] ?? 0 })),
      { program: embedding, count: holds.embedding ? 1 : 0 },
      { program: head, count: holds.head ? 1 : 0 },
    ].flatMap(({ program, count }) => (program === null || count === 0 ? [] : [{ program, count }]))
    const sums = new Float64Array(STAGE_SUMS)
    for (const { program, count } of parts) addSums(sums, program.sums, 0, count, share)
    const hidden = (column: number) =>
      parts.reduce((sum, { program, count }) => sum + count * (program.sums[column] ?? 0), 0)
    const work = (pass: number, of: 'forward' | 'backward' | 'recompute', hiddenSeconds: number, part = 1): Work => ({
      seconds: busySeconds(sums, pass),
      hiddenSeconds,
      communications: merge(parts.map(({ program, count }) => ({ times: program[of], count: part * count }))),
    })
    const kept = layers.reduce((sum, program, kind) => {
      const { [KEPT_BYTES]: own = 0, [SAVED_BYTES]: all = 0 } = program?.sums ?? []
      return sum + (holds.kinds[kind] ?? 0) * (all + share * (own - all))
    }, 0)
    return {
      holds,
      forward: work(FORWARD, 'forward', hidden(HIDDEN_FORWARD)),
      backward: work(BACKWARD, 'backward', hidden(HIDDEN_BACKWARD)),
      weightSeconds: sums[WEIGHT_SECONDS] ?? 0,
      recompute: work(RECOMPUTE, 'recompute', 0, share),
      hostSeconds: (sums[HOST_SECONDS] ?? 0) + (sums[AGAIN_HOST_SECONDS] ?? 0),
      waitSeconds: (sums[WAIT_SECONDS] ?? 0) + (sums[AGAIN_WAIT_SECONDS] ?? 0),
      offloadSeconds: offloadSeconds(recompute, kept, machine.chip),
    }
  })
}
