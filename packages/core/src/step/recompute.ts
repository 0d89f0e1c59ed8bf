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
  type SavedTensor,
} from './operators.ts'

/** Modules that recomputing one module runs again. */
const COVERS: Readonly<Record<RecomputeModule, number>> = {
  norm: NORM,
  activation: ACTIVATION,
  attention: ATTENTION,
  mla: MLA,
  mlp: MLP | ACTIVATION,
  moe: MOE | ACTIVATION,
  // The whole layer, from its input.
  layer: ~LAYER_INPUT,
}

/** The modules that run again before a layer's backward pass, whose tensors are not kept: a set of their bits. */
export function coveredModules(recompute: Recompute): number {
  const { mode, modules } = recompute
  let covered = mode === 'full' ? COVERS.layer : 0
  for (let i = 0; i < modules.length; i++) covered |= COVERS[modules[i] ?? 'layer']
  return covered
}

/** Communications that run again before a layer's backward pass. */
export function recomputedCommunications(program: Program, recompute: Recompute): readonly Communication[] {
  const covered = coveredModules(recompute)
  return program.communications.filter(({ pass, module }) => pass === 'forward' && (covered & module) !== 0)
}

/** Bytes of a layer kept from forward to backward. */
export function savedBytes(program: Program, recompute: Recompute): number {
  const covered = coveredModules(recompute)
  return sum(program.saved.filter((tensor) => (covered & tensor.module) === 0))
}

function sum(tensors: readonly SavedTensor[]): number {
  return tensors.reduce((bytes, tensor) => bytes + tensor.bytes, 0)
}
