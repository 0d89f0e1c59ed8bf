import type { Chip } from '@walltime/hardware'
import { CALIBRATION, type Calibration } from '../calibration/calibration.ts'
import type { SoftwareStack } from './scenario.ts'

const GIB = 2 ** 30

/** Share of the traffic between replicas that may hide under compute: buckets, but not the last. */
export const DATA_OVERLAP = 0.9

/** Share of experts' traffic that the batch beside it hides: all but the last pieces, or half of it where the host launches both batches' kernels. */
export const EXPERT_OVERLAP = { captured: 0.8, launched: 0.4 } as const

/**
 * Memory of a compiler that plans a whole step: weights are cast as they are gathered, one layer at a time, the loss works
 * on 16-bit logits in place, and buffers are laid out ahead, without gaps.
 */
const COMPILED: Partial<SoftwareStack> = {
  logitBytes: 2,
  weightCopies: false,
  plannedMemory: true,
  fragmentation: 0,
  reserveBytes: 1 * GIB,
}

/** Software stacks that ship, by id, with the hidden shares and host times of a calibration. */
export function softwarePresets(calibration: Calibration): Readonly<Record<string, SoftwareStack>> {
  const megatron: SoftwareStack = {
    id: 'megatron-core',
    name: 'Megatron Core, 2024 and later',
    attention: 'flash',
    fusedPointwise: true,
    fusedNorms: true,
    fusedLoss: true,
    dataRate: 1,
    eagerCopies: false,
    gateBytes: 2,
    tensorOverlap: 0,
    dataOverlap: DATA_OVERLAP,
    parameterOverlap: DATA_OVERLAP,
    gatherLaunches: 0,
    expertOverlap: 0,
    expertDispatch: 'pairwise',
    dispatchBytes: 2,
    pipelineOverlap: 0.8,
    launchSeconds: calibration.launch,
    stepSeconds: calibration.stepSeconds,
    graphs: false,
    logitBytes: 6,
    gathersLogits: false,
    weightCopies: true,
    gradientCopies: false,
    gradientBucket: 0,
    stageOutputs: false,
    gatheredInputs: false,
    plannedMemory: false,
    fragmentation: 0.05,
    reserveBytes: 2 * GIB,
    source:
      'Megatron-LM arguments --overlap-grad-reduce, --overlap-param-gather, --overlap-p2p-communication; host times fitted on published steps, hidden shares assumed',
  }
  const stack = (id: string, name: string, changes: Partial<SoftwareStack>, source: string): SoftwareStack => ({
    ...megatron,
    ...changes,
    id,
    name,
    source,
  })
  return Object.fromEntries(
    [
      megatron,
      stack(
        'megatron-lm-2021',
        'Megatron-LM of 2021 and 2022',
        { attention: 'materialised', fusedLoss: false, dataOverlap: 0, parameterOverlap: 0, pipelineOverlap: 0 },
        'Narayanan et al. 2021, arXiv:2104.04473; fused scale-mask-softmax and bias-gelu, attention scores materialised, no overlap',
      ),
      stack(
        'hai-llm',
        'HAI-LLM with DualPipe and DeepEP (DeepSeek, 2024)',
        {
          expertOverlap: 0.9,
          expertDispatch: 'per-domain',
          dispatchBytes: 1,
          gateBytes: 1,
          pipelineOverlap: 1,
          reserveBytes: 6 * GIB,
        },
        'DeepSeek-V3, arXiv:2412.19437, section 3.2: all-to-all and pipeline traffic hidden under compute, the share is assumed; inputs of SwiGLU stored in 8 bits (3.3.3)',
      ),
      stack(
        'pytorch-fsdp',
        'PyTorch FSDP2',
        {
          weightCopies: false,
        },
        'PyTorch FSDP2 prefetches the next layer while one runs; hidden share and host time fitted on published steps',
      ),
      stack(
        'maxtext',
        'MaxText on JAX and XLA',
        { tensorOverlap: hidden(calibration.exposedTensorCompiled), graphs: true, ...COMPILED },
        'XLA: the whole step is one program, collectives asynchronous; hidden shares fitted on published steps',
      ),
      stack(
        'neuronx-distributed',
        'NeuronX Distributed on AWS Trainium',
        {
          tensorOverlap: 0.3,
          dataOverlap: 0.8,
          parameterOverlap: 0.8,
          graphs: true,
          ...COMPILED,
          logitBytes: 6,
          reserveBytes: 2 * GIB,
        },
        'AWS Neuron SDK: whole graphs compiled ahead, collectives on their own engines; shares assumed but for the tensor traffic',
      ),
    ].map((s) => [s.id, s]),
  )
}

/** Share that hides where `exposed` of a transfer stays visible. */
export function hidden(exposed: number): number {
  return Math.max(0, 1 - exposed)
}

/** Software stacks that ship, by id. */
export const SOFTWARE_PRESETS: Readonly<Record<string, SoftwareStack>> = softwarePresets(CALIBRATION)

/** The newest stack known for a chip's vendor. */
export function defaultSoftware(chip: Chip): string {
  if (chip.vendor === 'AWS') return 'neuronx-distributed'
  return chip.vendor === 'Google' ? 'maxtext' : 'megatron-core'
}
