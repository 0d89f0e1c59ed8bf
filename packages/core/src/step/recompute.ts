import type { Recompute, RecomputeModule } from '../scenario/scenario.ts'
import type { Module, Operator, Program, SavedTensor } from './operators.ts'

/** Modules that recomputing one module runs again. */
const COVERS: Readonly<Record<Exclude<RecomputeModule, 'layer'>, readonly Module[]>> = {
  norm: ['norm'],
  activation: ['activation'],
  attention: ['attention'],
  mla: ['mla'],
  mlp: ['mlp', 'activation'],
  moe: ['moe', 'activation'],
}

/** True where the whole layer runs again from its input. */
export function recomputesLayer(recompute: Recompute): boolean {
  return recompute.mode === 'full' || recompute.modules.includes('layer')
}

function coveredModules(recompute: Recompute): ReadonlySet<Module | 'input'> {
  const covered = new Set<Module | 'input'>()
  for (const module of recompute.modules) {
    if (module !== 'layer') for (const own of COVERS[module]) covered.add(own)
  }
  return covered
}

/** Operators that run again before a layer's backward pass. */
export function recomputeProgram(program: Program, recompute: Recompute): readonly Operator[] {
  if (recomputesLayer(recompute)) return program.forward
  const covered = coveredModules(recompute)
  return covered.size === 0 ? [] : program.forward.filter((op) => covered.has(op.module))
}

/** Bytes of a layer kept from forward to backward. */
export function savedBytes(program: Program, recompute: Recompute): number {
  if (recomputesLayer(recompute)) return sum(program.saved.slice(0, 1))
  const covered = coveredModules(recompute)
  return sum(program.saved.filter((tensor) => !covered.has(tensor.module)))
}

/** Bytes of a layer while its backward pass runs: everything recompute brings back. */
export function workingBytes(program: Program, recompute: Recompute): number {
  return sum(program.saved) - savedBytes(program, recompute)
}

function sum(tensors: readonly SavedTensor[]): number {
  return tensors.reduce((bytes, tensor) => bytes + tensor.bytes, 0)
}
