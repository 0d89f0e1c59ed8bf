/** Threads of a rank in a trace: its resources, a link once for each use that may share it. */

export const COMPUTE_THREAD = 1
/** Backwards that run together with a forward. */
export const BESIDE_THREAD = 8

export const LAYER_THREADS: Readonly<Record<string, number>> = { 'scale-up': 2, network: 5 }
export const PIPELINE_THREADS: Readonly<Record<string, number>> = { 'scale-up': 3, network: 6 }
export const DATA_THREADS: Readonly<Record<string, number>> = { 'scale-up': 4, network: 7 }

export const THREAD_NAMES: Readonly<Record<number, string>> = {
  [COMPUTE_THREAD]: 'compute',
  [BESIDE_THREAD]: 'compute: backwards beside a forward',
  2: 'scale-up: layers',
  3: 'scale-up: pipeline',
  4: 'scale-up: gradients and parameters',
  5: 'network: layers',
  6: 'network: pipeline',
  7: 'network: gradients and parameters',
}
