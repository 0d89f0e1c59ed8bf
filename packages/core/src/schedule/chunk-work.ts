/** What every chunk of a plan's stages runs for one micro-batch, timed. */

import type { Plan } from '../layout/plan.ts'
import { chunkLayers, type Stage } from '../layout/stages.ts'
import { countKinds } from '../model/layers.ts'
import type { Machine } from '../step/machine.ts'
import type { Communication, Operator, Program } from '../step/operators.ts'
import { busySeconds, type CommunicationTime, kernelSeconds, timeProgram } from '../step/program-time.ts'
import { recomputeProgram } from '../step/recompute.ts'

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
  readonly launches: number
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
}

/** Contents of every chunk of interleaved stages, by stage·chunks + chunk. */
export function chunkContents({ model, stages }: Plan, chunks: number): readonly Stage[] {
  const contents: Stage[] = []
  let from = 0
  for (let chunk = 0; chunk < chunks; chunk++) {
    for (const [index, stage] of stages.entries()) {
      const layers = chunkLayers(stage.layers, chunks, chunk, index === stages.length - 1)
      const head = stage.head && chunk === chunks - 1
      const mtpLayers = head ? stage.mtpLayers : 0
      const own = countKinds(model, from, from + layers)
      const extra = countKinds(model, model.layers, model.layers + mtpLayers)
      const place = index * chunks + chunk
      contents[place] = {
        layers,
        kinds: own.map((count, kind) => count + (extra[kind] ?? 0)),
        embedding: stage.embedding && chunk === 0,
        head,
        mtpLayers,
        twin: place,
      }
      from += layers
    }
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

const isWeightGradient = (op: Operator): boolean => op.kind === 'gemm' && op.pass === 'weight'

/** Times every chunk of a plan: layers of each kind and the ends of the model, as often as the chunk holds them. */
export function chunkWork(plan: Plan, machine: Machine, chunks: number): readonly ChunkWork[] {
  const { programs, groups, layout } = plan
  const timed = new Map<readonly Operator[], { seconds: number; launches: number; times: CommunicationTime[] }>()
  const timeOnce = (operators: readonly Operator[]) => {
    const known = timed.get(operators)
    if (known !== undefined) return known
    const times: CommunicationTime[] = []
    const total = timeProgram(machine, groups, operators, times)
    const own = { seconds: busySeconds(total), launches: total.launches, times }
    timed.set(operators, own)
    return own
  }
  const again = new Map(
    programs.layers.map((program) => [program, program === null ? [] : recomputeProgram(program, layout.recompute)]),
  )
  const sum = (parts: readonly (readonly [readonly Operator[], number])[]): Work => {
    const all = parts.map(([operators, count]) => ({ ...timeOnce(operators), count }))
    return {
      seconds: all.reduce((seconds, part) => seconds + part.count * part.seconds, 0),
      launches: all.reduce((launches, part) => launches + part.count * part.launches, 0),
      communications: merge(all),
    }
  }
  const weightSeconds = ({ backward }: Program) =>
    backward.filter(isWeightGradient).reduce((seconds, op) => {
      return op.kind === 'communication' ? seconds : seconds + kernelSeconds(machine, op)
    }, 0)
  return chunkContents(plan, chunks).map((holds): ChunkWork => {
    const parts = [
      ...programs.layers.map((program, kind) => [program, holds.kinds[kind] ?? 0] as const),
      [programs.embedding, holds.embedding ? 1 : 0] as const,
      [programs.head, holds.head ? 1 : 0] as const,
    ].flatMap(([program, count]) => (program === null || count === 0 ? [] : [[program, count] as const]))
    return {
      holds,
      forward: sum(parts.map(([program, count]) => [program.forward, count])),
      backward: sum(parts.map(([program, count]) => [program.backward, count])),
      weightSeconds: parts.reduce((seconds, [program, count]) => seconds + count * weightSeconds(program), 0),
      recompute: sum(parts.map(([program, count]) => [again.get(program) ?? [], count])),
    }
  })
}
