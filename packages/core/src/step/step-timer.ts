/** Step time of one layout after the other: a scenario's constants are compiled once, and no layout allocates. */

import { STEP_PARTS } from '../estimate-result.ts'
import { newGroups, placeAcrossLayers } from '../layout/placement.ts'
import { denseOnRank, expertsOnRank, shardableParameters } from '../layout/shard-parameters.ts'
import { StageTable } from '../layout/stage-table.ts'
import { chunkKind, extraKind, type StageColumns } from '../layout/stages.ts'
import { keptBytes, type MemoryCase } from '../memory/memory.ts'
import type { Architecture } from '../model/architecture.ts'
import { LAYER_KINDS } from '../model/layers.ts'
import type { Parallelism, Pool, SoftwareStack, Training } from '../scenario/scenario.ts'
import { isPlayed, pipelineSeconds, type StageSeconds } from '../schedule/pipeline-seconds.ts'
import { PipelineTable } from '../schedule/pipeline-table.ts'
import { chunksOf, closesModel, copiesOf, holdsEmbedding, holdsHead, isFolded, opensModel } from '../schedule/shape.ts'
import { collectiveSeconds, fillTerms, newTerms } from './collectives.ts'
import { exposedBehind, exposedPrefetch, gradientSeconds, optimizerSeconds, parameterSeconds } from './data-parallel.ts'
import { joinTimes } from './kernels.ts'
import type { Machine } from './machine.ts'
import {
  AGAIN_BYTES,
  AGAIN_HOST_SECONDS,
  AGAIN_WAIT_SECONDS,
  addSums,
  BACKWARD,
  BUSY_BACKWARD,
  BUSY_FORWARD,
  BUSY_RECOMPUTE,
  COMPUTE,
  CONTEXT,
  EXPERT,
  FORWARD,
  HIDDEN_BACKWARD,
  HIDDEN_FORWARD,
  HOST_AHEAD,
  HOST_SECONDS,
  KEPT_BYTES,
  MATRIX,
  RECOMPUTE,
  RECOMPUTE_FLOPS,
  SAVED_BYTES,
  STAGE_SUMS,
  SUMS,
  TENSOR,
  WAIT_SECONDS,
  WEIGHT_SECONDS,
  WIDEST_BYTES,
} from './program-sums.ts'
import { EMBEDDING, HEAD, ProgramTable } from './program-table.ts'
import { boundaryBytes, newShard, shapeShard } from './programs.ts'
import { coveredModules, offloadSeconds, recomputedShare } from './recompute.ts'
import { slowestOf } from './variation.ts'

const KINDS = LAYER_KINDS.length

/** A class because every layout fills the same columns again. */
export class StepTimer implements MemoryCase, StageSeconds {
  /** Its batch may change from layout to layout; no table depends on it. */
  training: Training
  readonly groups = newGroups()
  readonly parameters
  readonly present: readonly number[]
  /** Stages of the layout. */
  stages: StageColumns
  kinds: Int32Array
  perStage: Int32Array
  readonly dense: Float64Array
  readonly experts: Float64Array
  readonly kept = new Float64Array(KINDS)
  readonly saved = new Float64Array(KINDS)
  readonly again = new Float64Array(KINDS)
  readonly widest = new Float64Array(KINDS)
  readonly matrix = new Float64Array(KINDS)
  boundary = 0
  headKept = 0
  lossBytes = 0
  headMatrix = 0
  readonly software: SoftwareStack
  readonly forward: Float64Array
  readonly backward: Float64Array
  readonly weight: Float64Array
  readonly hiddenForward: Float64Array
  readonly hiddenBackward: Float64Array
  sum = 0
  slowestSeconds = 0
  layout: Parallelism
  microBatches = 1

  /** Seconds of the step, and its parts in the order of `STEP_PARTS`. */
  seconds = 0
  readonly breakdown = new Float64Array(STEP_PARTS.length)
  /** FLOPs that all chips spend on recompute in one step. */
  recomputeFlops = 0
  /** The stage that takes longest. */
  slowest = 0
  /** The stage whose replicas' traffic is exposed longest, and what of its gradients and of its parameters is. */
  dataStage = 0
  exposedGradients = 0
  exposedParameters = 0

  private readonly model: Architecture
  private readonly pool: Pool
  private readonly machine: Machine
  private readonly shapes: StageTable
  private readonly shard
  private readonly programs: ProgramTable
  /** Where the programs of the layout's shard begin in them. */
  private row = 0
  /** Layers of each kind in the model. */
  private readonly counts: readonly number[]
  private readonly denseTerms = newTerms()
  private readonly expertTerms = newTerms()
  private readonly stage = new Float64Array(STAGE_SUMS)
  private readonly slowestChip: number
  private chunks = 1
  private held = 0
  /** Seconds of a message that delay whoever waits for it. */
  private send = 0
  private readonly pipelines = new PipelineTable()
  /** Layers of all stages that recompute holds for. */
  private recomputedLayers = 0
  /** Host time of the slowest stage beyond its chip's. */
  private host = 0
  private optimizer = 0

  /** @param layout any that keeps the rules */
  constructor(model: Architecture, training: Training, layout: Parallelism, pool: Pool, machine: Machine) {
    const column = () => new Float64Array(model.layers)
    // Two chunks a stage.
    const places = () => new Float64Array(2 * model.layers)
    this.model = model
    this.training = training
    this.layout = layout
    this.pool = pool
    this.machine = machine
    this.software = machine.software
    this.parameters = shardableParameters(model)
    this.shapes = new StageTable(model)
    this.stages = this.shapes.find(layout)
    this.kinds = this.stages.kinds
    this.perStage = this.stages.layers
    this.dense = column()
    this.experts = column()
    this.shard = newShard(model, training, machine.software, machine.calibration)
    this.counts = LAYER_KINDS.map((_, kind) => this.stages.before.at(kind - KINDS) ?? 0)
    this.present = [...LAYER_KINDS.keys()].filter((kind) => (this.counts[kind] ?? 0) > 0)
    this.programs = new ProgramTable(model, pool, machine, this.counts)
    this.forward = places()
    this.backward = places()
    this.weight = places()
    this.hiddenForward = places()
    this.hiddenBackward = places()
    this.groups['dense-dp'].terms = this.denseTerms
    this.groups['expert-dp'].terms = this.expertTerms
    this.slowestChip = slowestOf(pool.chips, machine.calibration.chipSpread)
  }

  /** Times a layout that keeps the rules. */
  time(layout: Parallelism): void {
    this.prepare(layout)
    this.finish()
  }

  /** Does all that memory depends on: everything but the pipeline, which takes longest where it is played. */
  prepare(layout: Parallelism): void {
    this.layout = layout
    this.microBatches = this.training.globalBatch / (layout.dp * layout.microBatch) / copiesOf(layout.schedule)
    this.chunks = chunksOf(layout.schedule, layout.vpp)
    this.placeGroups(layout)
    shapeShard(this.shard, layout)
    this.boundary = boundaryBytes(this.model, this.shard)
    this.stages = this.shapes.find(layout)
    this.kinds = this.stages.kinds
    this.perStage = this.stages.layers
    this.findPrograms()
    const hop = layout.pp > 1 ? collectiveSeconds(this.machine, this.groups.pp, 'sendRecv', this.boundary, null) : 0
    // A send holds the sender for the share that does not overlap; the rest delays whoever waits for it.
    const { software, calibration } = this.machine
    this.held = layout.pp > 1 ? this.chunks * (hop * (1 - software.pipelineOverlap) + calibration.slotSeconds) : 0
    this.send = hop * software.pipelineOverlap
    this.timeStages()
  }

  /**
   * Least seconds of the layout prepared last: its pipeline's where that has a closed form, otherwise no less than its slowest
   * stage for all micro-batches, nor than a stage for all of them behind the forwards on the way to it.
   */
  leastPipeline(): number {
    const { layout, microBatches, slowestSeconds, send } = this
    return isPlayed(layout.schedule)
      ? Math.max(microBatches * slowestSeconds, this.latestStart())
      : pipelineSeconds(layout.schedule, layout.pp, layout.vpp, microBatches, this, send)
  }

  /** Seconds of a step with the pipeline given and all else of the layout prepared last; without the traffic between replicas and the optimizer. */
  sharedSeconds(pipeline: number): number {
    const { microBatches, slowestChip } = this
    return pipeline * slowestChip - (slowestChip - 1) * microBatches * this.host + this.machine.software.stepSeconds
  }

  /** What the traffic between replicas and the optimizer add. */
  get replicaSeconds(): number {
    return this.slowestChip * (this.exposedParameters + this.exposedGradients + this.optimizer)
  }

  /** Of schedules that pass every stage twice: the way of the first forward to a stage, and all that the stage runs. */
  private latestStart(): number {
    const { layout, forward, backward, microBatches } = this
    const { schedule, pp } = layout
    if (!isFolded(schedule)) return 0
    const both = copiesOf(schedule) > 1
    let whole = 0
    for (let stage = 0; stage < pp; stage++) whole += forward[2 * stage + 1] ?? 0
    let down = 0
    let up = whole
    let latest = 0
    for (let stage = 0; stage < pp; stage++) {
      const at = 2 * stage
      up -= forward[at + 1] ?? 0
      const own = (forward[at] ?? 0) + (forward[at + 1] ?? 0) + (backward[at] ?? 0) + (backward[at + 1] ?? 0)
      latest = Math.max(latest, (both ? Math.min(down, up) : down) + microBatches * own)
      down += forward[at] ?? 0
    }
    return latest
  }

  private placeGroups(layout: Parallelism): void {
    const { groups, machine, model } = this
    placeAcrossLayers(groups, layout, this.pool)
    // Every stage asks for these.
    fillTerms(this.denseTerms, machine, groups['dense-dp'])
    if (model.moe !== null) fillTerms(this.expertTerms, machine, groups['expert-dp'])
  }

  /** Finds what the programs of the layout's shard cost. */
  private findPrograms(): void {
    const { programs, present, kept, saved, again, widest, matrix } = this
    const row = programs.find(this.shard, coveredModules(this.layout.recompute))
    const { sums } = programs
    this.row = row
    for (const kind of present) {
      const at = row + SUMS * kind
      kept[kind] = sums[at + KEPT_BYTES] ?? 0
      saved[kind] = sums[at + SAVED_BYTES] ?? 0
      again[kind] = sums[at + AGAIN_BYTES] ?? 0
      widest[kind] = sums[at + WIDEST_BYTES] ?? 0
      matrix[kind] = sums[at + MATRIX] ?? 0
    }
    this.headKept = sums[row + HEAD + KEPT_BYTES] ?? 0
    this.lossBytes = sums[row + HEAD + AGAIN_BYTES] ?? 0
    this.headMatrix = sums[row + HEAD + MATRIX] ?? 0
  }

  /** Adds up all columns of the programs that a stage runs for one micro-batch. */
  private sumStage(index: number): void {
    const { stage, present, kinds, row } = this
    const { sums } = this.programs
    const share = recomputedShare(this.layout.recompute, this.perStage[index] ?? 0)
    for (let column = 0; column < STAGE_SUMS; column++) stage[column] = 0
    for (const kind of present) {
      const count = kinds[KINDS * index + kind] ?? 0
      if (count > 0) addSums(stage, sums, row + SUMS * kind, count, share)
    }
    const { schedule, pp } = this.layout
    if (holdsEmbedding(schedule, index, pp)) addSums(stage, sums, row + EMBEDDING, 1, 1)
    if (holdsHead(schedule, index, pp)) addSums(stage, sums, row + HEAD, 1, 1)
  }

  /** Times the first stage of each run of equal ones. */
  private timeStages(): void {
    const { stages } = this
    let mostLayers = 1
    for (let run = 0; run < stages.runCount; run++)
      mostLayers = Math.max(mostLayers, stages.layers[stages.runs[run] ?? 0] ?? 0)
    this.sum = 0
    this.recomputedLayers = 0
    this.slowestSeconds = 0
    this.slowest = 0
    this.optimizer = 0
    this.dataStage = 0
    this.exposedGradients = 0
    this.exposedParameters = 0
    for (let run = 0; run < stages.runCount; run++) this.timeRun(run, mostLayers)
  }

  private timeRun(run: number, mostLayers: number): void {
    const { layout, stages, present, kinds, row, forward, backward, held } = this
    const { sums } = this.programs
    const index = stages.runs[run] ?? 0
    const end = run + 1 < stages.runCount ? (stages.runs[run + 1] ?? 0) : layout.pp
    let ahead = 0
    let back = 0
    let hostSeconds = 0
    let waits = 0
    let weights = 0
    let kept = 0
    const share = recomputedShare(layout.recompute, this.perStage[index] ?? 0)
    this.recomputedLayers += (end - index) * share * (this.perStage[index] ?? 0)
    for (const kind of present) {
      const count = kinds[KINDS * index + kind] ?? 0
      if (count === 0) continue
      const at = row + SUMS * kind
      ahead += count * (sums[at + BUSY_FORWARD] ?? 0)
      back += count * ((sums[at + BUSY_BACKWARD] ?? 0) - (1 - share) * (sums[at + BUSY_RECOMPUTE] ?? 0))
      hostSeconds += count * ((sums[at + HOST_SECONDS] ?? 0) + share * (sums[at + AGAIN_HOST_SECONDS] ?? 0))
      waits += count * ((sums[at + WAIT_SECONDS] ?? 0) + share * (sums[at + AGAIN_WAIT_SECONDS] ?? 0))
      kept += count * keptBytes(this, kind, share)
      weights += count * (sums[at + WEIGHT_SECONDS] ?? 0)
    }
    if (holdsEmbedding(layout.schedule, index, layout.pp)) {
      ahead += sums[row + EMBEDDING + BUSY_FORWARD] ?? 0
      back += sums[row + EMBEDDING + BUSY_BACKWARD] ?? 0
      hostSeconds += sums[row + EMBEDDING + HOST_SECONDS] ?? 0
    }
    if (holdsHead(layout.schedule, index, layout.pp)) {
      ahead += sums[row + HEAD + BUSY_FORWARD] ?? 0
      back += sums[row + HEAD + BUSY_BACKWARD] ?? 0
      hostSeconds += sums[row + HEAD + HOST_SECONDS] ?? 0
      weights += sums[row + HEAD + WEIGHT_SECONDS] ?? 0
    }
    // Half of what goes to the host's memory leaves in the forward pass, half comes back in the backward pass.
    const copies = offloadSeconds(layout.recompute, kept, this.machine.chip) / 2
    // Host time beyond the chip's, where kernels are launched one by one.
    const busyAhead = Math.max(copies, joinTimes(HOST_AHEAD * hostSeconds, ahead) + HOST_AHEAD * waits)
    const busyBack = Math.max(copies, joinTimes((1 - HOST_AHEAD) * hostSeconds, back) + (1 - HOST_AHEAD) * waits)
    const f = busyAhead + held
    const b = busyBack + held
    this.sum += (end - index) * (f + b)
    if (f + b > this.slowestSeconds) {
      this.slowestSeconds = f + b
      this.slowest = index
      this.host = busyAhead - ahead + busyBack - back
    }
    if (isFolded(layout.schedule)) {
      for (let stage = index; stage < end; stage++) this.timeChunks(stage, f / ahead, b / back, share)
    } else if (layout.vpp === 1) {
      const w = back === 0 ? 0 : (b * weights) / back
      for (let stage = index; stage < end; stage++) {
        forward[stage] = f
        backward[stage] = b
      }
      if (layout.schedule === 'zb-h1') this.weight.fill(w, index, end)
    }
    // Where launches set the pace, traffic hides under the wait for them too.
    this.shareData(index, busyAhead, busyBack, mostLayers)
  }

  /**
   * Times the chunks of a stage that is passed twice.
   *
   * @param ahead seconds of a forward for each busy one: what the host and messages add
   * @param back the same of a backward
   * @param share of its layers that recompute holds for
   */
  private timeChunks(stage: number, ahead: number, back: number, share: number): void {
    const { layout, stages, present, row } = this
    const { schedule, pp } = layout
    const { sums } = this.programs
    for (let chunk = 0; chunk < 2; chunk++) {
      const place = 2 * stage + chunk
      let f = 0
      let b = 0
      let w = 0
      let hiddenForward = 0
      let hiddenBackward = 0
      const add = (at: number, count: number) => {
        f += count * (sums[at + BUSY_FORWARD] ?? 0)
        b += count * ((sums[at + BUSY_BACKWARD] ?? 0) - (1 - share) * (sums[at + BUSY_RECOMPUTE] ?? 0))
        w += count * (sums[at + WEIGHT_SECONDS] ?? 0)
        hiddenForward += count * (sums[at + HIDDEN_FORWARD] ?? 0)
        hiddenBackward += count * (sums[at + HIDDEN_BACKWARD] ?? 0)
      }
      for (const kind of present) {
        const count = chunkKind(stages, place, kind)
        if (count > 0) add(row + SUMS * kind, count)
      }
      if (opensModel(schedule, place, pp)) add(row + EMBEDDING, 1)
      if (closesModel(schedule, place, pp)) {
        add(row + HEAD, 1)
        for (const kind of present) {
          const count = extraKind(stages, kind)
          if (count > 0) add(row + SUMS * kind, count)
        }
      }
      this.forward[place] = ahead * f
      this.backward[place] = back * b
      this.weight[place] = back * w
      this.hiddenForward[place] = hiddenForward
      this.hiddenBackward[place] = hiddenBackward
    }
  }

  /** Traffic between replicas and optimizer of a stage, where they take longer than those before. */
  private shareData(index: number, forward: number, backward: number, layers: number): void {
    const { machine, groups, layout, training, microBatches, kinds, parameters } = this
    const { tp, pp, ep, etp, vpp, zero, schedule } = layout
    const { optimizer } = training
    const { dataOverlap: overlap, parameterOverlap, gatherLaunches, launchSeconds } = machine.software
    const { contention } = machine.calibration
    const dense = denseOnRank(
      parameters,
      kinds,
      KINDS * index,
      holdsEmbedding(schedule, index, pp),
      holdsHead(schedule, index, pp),
      tp,
    )
    const experts = expertsOnRank(parameters, kinds, KINDS * index, ep, etp)
    this.dense[index] = dense
    this.experts[index] = experts
    const scatter = gradientSeconds(machine, groups, dense, experts, zero, optimizer.gradientBytes)
    const gather = parameterSeconds(machine, groups, dense, experts, zero)
    let ahead = 0
    let behind = 0
    if (zero === 3) {
      // Every layer gathers its parameters forward and backward and scatters its gradients, in every micro-batch.
      const both = exposedPrefetch(gather + scatter, overlap * backward, layers, contention)
      ahead = microBatches * (exposedPrefetch(gather, parameterOverlap * forward, layers, contention) + both / 2)
      behind = (microBatches * both) / 2
    } else {
      // Interleaved chunks finish one after the other: all but the last chunk's traffic hides under later chunks of p micro-batches.
      const chunks = (1 + pp * (vpp - 1)) / vpp
      // Sharded gradients (ZeRO 2) are scattered in every micro-batch: there is no room to accumulate them whole.
      behind =
        zero === 2
          ? microBatches * exposedBehind(scatter, overlap * backward, layers, contention)
          : exposedBehind(scatter, overlap * backward * chunks, layers, contention)
      ahead = exposedBehind(gather, parameterOverlap * forward * chunks, layers, contention)
      if (gather > 0) ahead += gatherLaunches * launchSeconds * (this.stages.layers[index] ?? 0)
    }
    if (ahead + behind >= this.exposedParameters + this.exposedGradients) {
      this.dataStage = index
      this.exposedParameters = ahead
      this.exposedGradients = behind
    }
    this.optimizer = Math.max(this.optimizer, optimizerSeconds(machine, groups, dense, experts, layout, optimizer))
  }

  /** Adds up the seconds of the layout prepared last. */
  finish(): void {
    const { stage, layout, microBatches, breakdown, held, present, counts, row, send } = this
    const { sums } = this.programs
    const still = this.pipelines.seconds(layout, microBatches, this, 0)
    const moving = send === 0 ? still : this.pipelines.seconds(layout, microBatches, this, send)
    this.sumStage(this.slowest)
    const of = (column: number) => microBatches * (stage[column] ?? 0)
    breakdown[0] = of(FORWARD + COMPUTE) + of(BACKWARD + COMPUTE)
    breakdown[1] = of(RECOMPUTE + COMPUTE)
    breakdown[2] = of(FORWARD + TENSOR) + of(BACKWARD + TENSOR) + of(RECOMPUTE + TENSOR)
    breakdown[3] = of(FORWARD + CONTEXT) + of(BACKWARD + CONTEXT) + of(RECOMPUTE + CONTEXT)
    breakdown[4] = of(FORWARD + EXPERT) + of(BACKWARD + EXPERT) + of(RECOMPUTE + EXPERT)
    breakdown[5] = 2 * microBatches * held + moving - still
    breakdown[6] = still - microBatches * this.slowestSeconds
    breakdown[7] = this.exposedParameters + this.exposedGradients
    breakdown[8] = this.optimizer
    let quiet = 0
    for (let i = 0; i < 9; i++) quiet += breakdown[i] ?? 0
    const overhead = microBatches * this.host + this.machine.software.stepSeconds + quiet * (this.slowestChip - 1)
    breakdown[9] = overhead
    this.seconds = quiet + overhead
    let flops = 0
    for (const kind of present) {
      flops += (counts[kind] ?? 0) * (sums[row + SUMS * kind + RECOMPUTE_FLOPS] ?? 0)
    }
    this.recomputeFlops =
      (this.recomputedLayers / this.model.layers) *
      flops *
      (this.training.globalBatch / layout.microBatch) *
      layout.tp *
      layout.cp
  }
}
