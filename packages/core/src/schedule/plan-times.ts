/** Times of a plan as the scheduler reads them. */

import type { Plan } from '../layout/plan.ts'
import { rankParameters } from '../layout/shard-parameters.ts'
import { type CollectiveTime, collectiveTime } from '../step/collectives.ts'
import {
  type DataTransfers,
  dataTransfers,
  exposedBehind,
  exposedPrefetch,
  optimizerSeconds,
  transferSeconds,
} from '../step/data-parallel.ts'
import { joinTimes } from '../step/kernels.ts'
import type { Machine } from '../step/machine.ts'
import { HOST_AHEAD } from '../step/program-sums.ts'
import { type ChunkWork, chunkWork } from './chunk-work.ts'
import { pairSeconds } from './pairs.ts'
import { chunksOf, runsPairs } from './shape.ts'
import { NETWORK, SCALE_UP, type ScheduleTimes } from './timeline.ts'

export interface PlanTimes {
  readonly times: ScheduleTimes
  /** By stage·chunks + chunk, as are the transfers. */
  readonly work: readonly ChunkWork[]
  readonly transfers: readonly DataTransfers[]
  readonly send: CollectiveTime
}

/** What launches that the host makes one by one, and copies to the host, stretch a stage's items by, forward and backward. */
interface Stretch {
  readonly forward: number
  readonly backward: number
}

function hostStretch(chunks: readonly ChunkWork[]): Stretch {
  let ahead = 0
  let back = 0
  let host = 0
  let waits = 0
  let copies = 0
  for (const chunk of chunks) {
    ahead += chunk.forward.seconds
    back += chunk.backward.seconds + chunk.recompute.seconds
    host += chunk.hostSeconds
    waits += chunk.waitSeconds
    copies += chunk.offloadSeconds
  }
  const stretch = (busy: number, share: number) =>
    busy === 0 ? 1 : Math.max(copies / 2, joinTimes(share * host, busy) + share * waits) / busy
  return { forward: stretch(ahead, HOST_AHEAD), backward: stretch(back, 1 - HOST_AHEAD) }
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

/** Times of a plan's chunks. */
export function planTimes(plan: Plan, machine: Machine): PlanTimes {
  const { layout, groups, training } = plan
  const chunks = chunksOf(layout.schedule, layout.vpp)
  const { pipelineOverlap, dataOverlap, parameterOverlap } = machine.software
  const work = chunkWork(plan, machine)
  const parameters = work.map(({ holds }) => rankParameters(plan.model, holds, layout))
  const transfers = parameters.map((own) => dataTransfers(machine, groups, own, layout, training.optimizer))
  const send: CollectiveTime =
    layout.pp > 1
      ? collectiveTime(machine, groups.pp, 'sendRecv', plan.boundaryBytes)
      : { seconds: 0, algorithm: 'none', link: 'none' }
  const stretch = plan.stages.map((_, stage) => hostStretch(work.slice(stage * chunks, (stage + 1) * chunks)))
  const column = (seconds: (work: ChunkWork, place: number) => number) => Float64Array.from(work, seconds)
  const stretched = (seconds: number, place: number, pass: keyof Stretch) =>
    seconds * (stretch[Math.floor(place / chunks)]?.[pass] ?? 1)
  const pieces = Math.max(1, ...work.map(({ holds }) => holds.layers))
  const slot = layout.pp > 1 ? machine.calibration.slotSeconds : 0
  const gather = (place: number) => transferSeconds(transfers[place]?.parameters ?? [])
  const reduce = (place: number) => transferSeconds(transfers[place]?.gradients ?? [])
  // ZeRO 3 gathers within every micro-batch, ZeRO 2 and 3 reduce: what of it stays exposed is part of the items.
  const gathersWithin = layout.zero === 3
  const reducesWithin = layout.zero >= 2
  const exposed = (seconds: number, beside: number, overlap = dataOverlap) =>
    (gathersWithin ? exposedPrefetch : exposedBehind)(seconds, overlap * beside, pieces, machine.calibration.contention)
  const dataLinks = transfers.flatMap(({ gradients }) => gradients.map(({ time }) => time.link))
  const pairs = runsPairs(layout.schedule)
  const forward = column(({ forward }, place) => {
    const own = stretched(forward.seconds, place, 'forward')
    return own + slot + (gathersWithin ? exposed(gather(place), own, parameterOverlap) : 0)
  })
  const backwardInput = column(({ backward, recompute, weightSeconds }, place) => {
    const data = (gathersWithin ? gather(place) : 0) + (reducesWithin ? reduce(place) : 0)
    const beside = stretched(backward.seconds + recompute.seconds, place, 'backward')
    return stretched(backward.seconds - weightSeconds, place, 'backward') + slot + exposed(data, beside)
  })
  const backwardWeight = column(({ weightSeconds }, place) => stretched(weightSeconds, place, 'backward'))
  return {
    times: {
      forward: column(({ forward: { hiddenSeconds } }, place) => (forward[place] ?? 0) + (pairs ? hiddenSeconds : 0)),
      backwardInput: column(
        ({ backward: { hiddenSeconds } }, place) => (backwardInput[place] ?? 0) + (pairs ? hiddenSeconds : 0),
      ),
      backwardWeight,
      recompute: column(({ recompute }, place) => stretched(recompute.seconds, place, 'backward')),
      pair: pairs ? pairSeconds(forward, backwardInput, backwardWeight) : new Float64Array(0),
      send: send.seconds,
      sendLink: send.link === 'scale-up' ? SCALE_UP : NETWORK,
      sendHolds: 1 - pipelineOverlap,
      gather: column((_, place) => (gathersWithin ? 0 : gather(place))),
      reduce: column((_, place) => (reducesWithin ? 0 : reduce(place))),
      dataLink: dataLinks.includes('network') || dataLinks.length === 0 ? NETWORK : SCALE_UP,
      dataOverlap,
      pieces,
      optimizer: Float64Array.from(plan.stages, (_, stage) =>
        sum(
          parameters
            .slice(stage * chunks, (stage + 1) * chunks)
            .map(({ dense, experts }) => optimizerSeconds(machine, groups, dense, experts, layout, training.optimizer)),
        ),
      ),
      activations: new Float64Array(0),
    },
    work,
    transfers,
    send,
  }
}
