import type { Optimizer } from './scenario.ts'

/**
 * Optimizers by name. Bytes a parameter: mixed-precision Adam keeps 32-bit master weights and two moments (12) and
 * accumulates gradients in 32 bits (Rajbhandari et al. 2020, arXiv:1910.02054, section 3; Megatron-LM's distributed optimizer).
 */
export const OPTIMIZERS: Readonly<Record<string, Optimizer>> = {
  adam: { name: 'adam', stateBytesPerParameter: 12, gradientBytes: 4 },
  // DeepSeek-V3 keeps both moments in 16 bits (arXiv:2412.19437, section 3.3.1).
  'adam-bf16-moments': { name: 'adam-bf16-moments', stateBytesPerParameter: 8, gradientBytes: 4 },
  'adam-bf16-gradients': { name: 'adam-bf16-gradients', stateBytesPerParameter: 12, gradientBytes: 2 },
  // Apex's distributed Adam keeps of the master weights only the 16 bits that the 16-bit weights lack (store_param_remainders).
  'adam-remainders': { name: 'adam-remainders', stateBytesPerParameter: 10, gradientBytes: 2 },
  sgd: { name: 'sgd', stateBytesPerParameter: 8, gradientBytes: 4 },
  muon: { name: 'muon', stateBytesPerParameter: 8, gradientBytes: 4 },
}
