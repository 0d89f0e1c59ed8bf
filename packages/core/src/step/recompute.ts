import type { Chip } from '@walltime/hardware'
import type { Recompute, RecomputeModule } from '../scenario/scenario.ts'
import {
  ACTIVATION,
  ATTENTION,
  type Communication,
  LAYER_INPUT,
  MLA,
  MLP,
  MOE,
  NORM,
  type Program,
} from './operators.ts'

/** Modules that recomputing one module runs again. */
function coveredBy(module: RecomputeModule): number {
  switch (module) {
    case 'norm':
      return NORM
    case 'activation':
      return ACTIVATION
    case 'attention':
      return ATTENTION
    case 'mla':
      return MLA
    case 'mlp':
      return MLP | ACTIVATION
    case 'moe':
      return MOE | ACTIVATION
    case 'layer':
      return WHOLE_LAYER
  }
}

/** The whole layer runs again, from its input. */
const WHOLE_LAYER = ~LAYER_INPUT

/** The modules that run again before a layer's backward pass, whose tensors are not kept: a set of their bits. */
export function coveredModules({ mode, modules }: Recompute): number {
  if (mode === 'full') return WHOLE_LAYER
  let covered = 0
  for (let i = 0; i < modules.length; i++) covered |= coveredBy(modules[i] as RecomputeModule)
  return covered
}

/** Share of a stage's layers that recompute holds for. */
export function recomputedShare({ layers }: Recompute, stageLayers: number): number {
  return layers === null || layers >= stageLayers ? 1 : layers / stageLayers
}

/** Seconds in which what a micro-batch keeps goes to the host and comes back, over the chip's link; 0 where it stays. */
export function offloadSeconds(
  { offload }: Pick<Recompute, 'offload'>,
  keptBytes: number,
  { hostBandwidth }: Chip,
): number {
  return offload ? (2 * keptBytes) / (hostBandwidth ?? 0) : 0
}

/** Communications that run again before a layer's backward pass. */
export function recomputedCommunications(program: Program, recompute: Recompute): readonly Communication[] {
  const covered = coveredModules(recompute)
  return program.communications.filter(({ pass, module }) => pass === 'forward' && (covered & module) !== 0)
}

/** Of what runs again, the modules whose results a planned step passes straight into the products that read them. */
export function passingModules(plannedMemory: boolean): number {
  return plannedMemory ? NORM | ACTIVATION : 0
}
