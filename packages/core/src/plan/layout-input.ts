import type { Parallelism, Recompute } from '../scenario/scenario.ts'

function recomputeInput({ modules, layers, offload }: Recompute): unknown {
  if (modules.length === 0 && !offload) return 'none'
  return { modules, ...(layers === null ? {} : { layers }), ...(offload ? { offload } : {}) }
}

/** A layout as a scenario file writes it, under `parallelism`; dp follows from the chips. */
export function layoutInput(layout: Parallelism): Readonly<Record<string, unknown>> {
  const { tp, pp, cp, ep, etp, vpp, microBatch, zero, sequenceParallel, schedule, recompute, optimizerOffload } = layout
  return {
    ...{ tp, pp, cp },
    ...(ep > 1 || etp > 1 ? { ep, etp } : {}),
    ...{ vpp, microBatch, zero, sequenceParallel, schedule },
    recompute: recomputeInput(recompute),
    ...(optimizerOffload ? { optimizerOffload } : {}),
  }
}

/** The same in a few words. */
export function describeLayout(layout: Parallelism): string {
  const { tp, pp, cp, ep, etp, dp, vpp, microBatch, zero, schedule, recompute, optimizerOffload } = layout
  const { modules, layers, offload } = recompute
  const degrees = Object.entries({ tp, pp, cp, ep, etp, dp, vpp }).filter(
    ([name, size]) => size > 1 || name === 'tp' || name === 'pp' || name === 'dp',
  )
  return [
    degrees.map(([name, size]) => `${name} ${size}`).join(' '),
    `micro-batch ${microBatch}`,
    ...(pp > 1 ? [schedule] : []),
    `ZeRO ${zero}`,
    ...(tp > 1 ? [layout.sequenceParallel ? 'sequence parallel' : 'no sequence parallelism'] : []),
    modules.length === 0
      ? 'no recompute'
      : `recompute ${modules.join('+')}${layers === null ? '' : ` of ${layers} layers a stage`}`,
    ...(offload ? ['activations on the host'] : []),
    ...(optimizerOffload ? ['optimizer on the host'] : []),
  ].join(', ')
}
