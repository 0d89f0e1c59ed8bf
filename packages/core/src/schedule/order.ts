import type { Schedule } from '../scenario/scenario.ts'
import { dualPipe, dualPipeV } from './dual-pipe.ts'
import type { ItemOrder, OrderShape } from './items.ts'
import { gpipe, interleaved, oneForwardOneBackward } from './one-forward-one-backward.ts'
import { chunksOf, copiesOf } from './shape.ts'
import { zeroBubbleH1, zeroBubbleV } from './zero-bubble.ts'

/** What is asked of a schedule. */
export interface PipelineShape {
  readonly stages: number
  /** Virtual stages of the interleaved schedule; the others have their own number. */
  readonly virtualStages: number
  /** Micro-batches of one pipeline and step, of both directions together. */
  readonly microBatches: number
  /** Forwards run again before their backwards. */
  readonly recompute: boolean
}

/** Why a schedule cannot run with these numbers; null where it can. */
export function scheduleProblem(schedule: Schedule, shape: PipelineShape): string | null {
  const { stages, virtualStages, microBatches } = shape
  if (schedule !== 'interleaved' && virtualStages > 1 && chunksOf(schedule, virtualStages) === 1) {
    return `${schedule} has one chunk a stage, not ${virtualStages}`
  }
  if (schedule === 'interleaved' && microBatches < stages) {
    return `${microBatches} micro-batches do not fill ${stages} interleaved stages: at least as many as stages are needed`
  }
  if (schedule === 'dualpipe' && (stages % 2 !== 0 || microBatches % 2 !== 0)) {
    return 'dualpipe runs half of the micro-batches each way over an even number of stages: both must be even'
  }
  if ((schedule === 'dualpipe' || schedule === 'dualpipe-v') && microBatches < 2 * stages) {
    return `${schedule} needs at least 2 micro-batches a stage, ${2 * stages} here`
  }
  return null
}

const BUILDERS: Readonly<Record<Schedule, (shape: OrderShape) => ItemOrder>> = {
  gpipe,
  '1f1b': oneForwardOneBackward,
  interleaved,
  'zb-h1': zeroBubbleH1,
  'zb-v': zeroBubbleV,
  dualpipe: dualPipe,
  'dualpipe-v': dualPipeV,
}

/** The items of every stage in order. Its shape must be one that `scheduleProblem` finds nothing wrong with. */
export function buildOrder(schedule: Schedule, shape: PipelineShape): ItemOrder {
  const { stages, virtualStages, microBatches, recompute } = shape
  return BUILDERS[schedule]({
    stages,
    chunks: chunksOf(schedule, virtualStages),
    microBatches: microBatches / copiesOf(schedule),
    recompute,
  })
}
