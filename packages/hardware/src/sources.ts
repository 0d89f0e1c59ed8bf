/** Where the numbers of the built-in profiles come from. */

import type { Provenance, Source } from './profile.ts'

const mlEngineering = 'https://github.com/stas00/ml-engineering/blob/744d01e18b79512572f64a6bbd8b5f4a725203a7'

export const SOURCES = {
  accelerators: {
    title: 'S. Bekman, Machine Learning Engineering: accelerators',
    url: `${mlEngineering}/compute/accelerator/README.md`,
    date: '2026-08-22',
  },
  network: {
    title: 'S. Bekman, Machine Learning Engineering: network',
    url: `${mlEngineering}/network/README.md`,
    date: '2026-08-22',
  },
  scalingBook: {
    title: 'How to Scale Your Model: GPUs',
    url: 'https://github.com/jax-ml/scaling-book/blob/1a55377affc9ee8f10b549f689ad57e813623a7e/gpus.md',
    date: '2025-08-18',
  },
  scalingBookTpus: {
    title: 'How to Scale Your Model: TPUs',
    url: 'https://github.com/jax-ml/scaling-book/blob/0819a7d8c55ddc113f5cba0285a5f97380cac1e3/tpus.md',
    date: '2025-02-18',
  },
  scalingBookSharding: {
    title: 'How to Scale Your Model: sharded matrices',
    url: 'https://jax-ml.github.io/scaling-book/sharding/',
    date: '2025-02',
  },
  tpuDocs: {
    title: 'Google Cloud: TPU7x and prior generations',
    url: 'https://docs.cloud.google.com/tpu/docs/tpu7x',
    date: '2026',
  },
  tpuV4: {
    title: 'TPU v4: an optically reconfigurable supercomputer for machine learning',
    url: 'https://arxiv.org/abs/2304.01433',
    date: '2023-04',
  },
  ironwoodPower: {
    title: 'Ironwood pods: about 10 MW for 9,216 chips',
    url: 'https://www-tc.aicoin.com/en/article/498696',
    date: '2025-11',
  },
  rocmXgmi: {
    title: 'AMD ROCm blog: RCCL bandwidth and xGMI performance on MI300X',
    url: 'https://rocm.blogs.amd.com/software-tools-optimization/mi300x-rccl-xgmi/README.html',
    date: '2025-03-02',
  },
  rccl9406: {
    title: 'ROCm systems pull request 9406: all-reduce on two MI350X nodes',
    url: 'https://github.com/ROCm/rocm-systems/pull/9406',
    date: '2026-07-28',
  },
  mi350HotChips: {
    title: 'Wccftech: MI350 at Hot Chips 2025',
    url: 'https://wccftech.com/amd-instinct-mi350-gpuai-hardware-powerhouse-3nm-3d-chiplet-cdna-4-185-billion-transistors-1400w-tbp-over-4000b-llm-support/',
    date: '2025-08-26',
  },
  mi300xJuniper: {
    title: 'Juniper and Broadcom: 32 nodes of MI300X on 400 Gb/s Ethernet',
    url: 'https://blogs.juniper.net/en-us/enterprise-cloud-and-transformation/turbocharging-ai-performance-with-juniper-switches-and-broadcom-nics',
    date: '2025',
  },
  bloom: {
    title: 'BLOOM model card: hardware',
    url: 'https://huggingface.co/bigscience/bloom',
    date: '2022-07',
  },
  neuron: {
    title: 'AWS Neuron SDK: hardware architecture',
    url: 'https://github.com/aws-neuron/aws-neuron-sdk/tree/81ce03ae261e12925e53437a0f690478e6366155/about-neuron/arch/neuron-hardware',
    date: '2026-08-21',
  },
  neuronCollectives: {
    title: 'AWS Neuron SDK: collectives between and within instances',
    url: 'https://github.com/aws-neuron/aws-neuron-sdk/tree/81ce03ae261e12925e53437a0f690478e6366155/neuron-runtime/explore',
    date: '2026-08-21',
  },
  neuronNccom: {
    title: 'AWS Neuron SDK: nccom-test, printed examples',
    url: 'https://github.com/aws-neuron/aws-neuron-sdk/blob/81ce03ae261e12925e53437a0f690478e6366155/tools/neuron-sys-tools/nccom-test.rst',
    date: '2026-08-21',
  },
  aiconfigurator: {
    title: 'NVIDIA AIConfigurator: system files and measured nccl-tests (medians, fp16)',
    url: 'https://github.com/ai-dynamo/aiconfigurator/tree/095f58a51c4ca8e61b66ec108d86f223f8d559ce/aic-core/src/aiconfigurator_core/systems',
    date: '2026-08-21',
  },
  nccl: {
    title: 'NCCL 2.30.7: tuning model and topology constants',
    url: 'https://github.com/NVIDIA/nccl/tree/5067397c2676d5aed50042fc39e5c8ee96eb0027/src/graph',
    date: '2026-06-11',
  },
  gtc25: {
    title: 'NVIDIA GTC 2025 S72583, slides 12 and 13: NCCL peaks',
    url: 'https://www.nvidia.com/en-us/on-demand/session/gtc25-s72583/',
    date: '2025-03',
  },
  gtc24: {
    title: 'NVIDIA GTC 2024 S62129, slide 35: all-reduce from 32 to 8192 GPUs',
    url: 'https://www.nvidia.com/en-us/on-demand/session/gtc24-s62129/',
    date: '2024-03',
  },
  scalingTrends: {
    title: 'Hardware Scaling Trends and Diminishing Returns in Large-Scale Distributed Training: all-reduce scan',
    url: 'https://arxiv.org/abs/2411.13055',
    date: '2024-11',
  },
  coreweave: {
    title: 'CoreWeave nccl-tests: expected performance of GB200 NVL72',
    url: 'https://github.com/coreweave/nccl-tests',
    date: '2025-12',
  },
  alcf: {
    title: 'ALCF nccl-tests on Sophia (DGX A100) and Polaris',
    url: 'https://github.com/argonne-lcf/alcf-nccl-tests/tree/385be33604ccebd32691c0805b5803eba7109b5d',
    date: '2024-04',
  },
  awsSamples: {
    title: 'AWS samples: NCCL tests on p4de and p5',
    url: 'https://github.com/aws-samples/awsome-distributed-training/blob/main/micro-benchmarks/nccl-tests/README.md',
    date: '2026-02-21',
  },
  nanotron: {
    title: 'Nanotron benchmark jobs on AWS p5 (medians over jobs, 1 GiB, fp32)',
    url: 'https://github.com/eyao600/Rapid-LLM/blob/9a8d0a10efdf9cf67e5d966bdbb2a2861279feb4/validation_scripts/huggingface_data/bench_final2_mfu2.csv',
    date: '2024-12',
  },
  ncclTests290: {
    title: 'nccl-tests issue 290: payload of one NIC',
    url: 'https://github.com/NVIDIA/nccl-tests/issues/290',
    date: '2025',
  },
  deepep: { title: 'DeepEP: intranode all-to-all', url: 'https://github.com/deepseek-ai/DeepEP', date: '2026-07-14' },
  spectrumX: {
    title: 'Fierce Electronics: Spectrum-X at Colossus',
    url: 'https://www.fierceelectronics.com/ai/nvidia-spectrum-x-ethernet-bolsters-colossus-prowess',
    date: '2024-10',
  },
  lockwood: {
    title: "G. Lockwood: Meta's H100 clusters",
    url: "https://glennklockwood.com/garden/systems/meta's-h100-clusters",
    date: '2026-11-22',
  },
  metaRoce: {
    title: 'RDMA over Ethernet for Distributed AI Training at Meta Scale (summary)',
    url: 'https://www.besthub.dev/articles/what-meta-s-rdma-over-ethernet-paper-reveals-about-scaling-ai-training-networks-02904bf2534a',
    date: '2026-11-22',
  },
  superpodB300: {
    title: 'NVIDIA DGX SuperPOD reference architecture: B300 XDR',
    url: 'https://docs.nvidia.com/dgx-superpod/reference-architecture/scalable-infrastructure-b300-xdr/latest/dgx-superpod-architecture.html',
    date: '2026-11-22',
  },
  dgxB200: {
    title: 'NVIDIA DGX B200 user guide: 14.3 kW at most',
    url: 'https://docs.nvidia.com/dgx/dgxb200-user-guide/introduction-to-dgxb200.html',
    date: '2026-11-22',
  },
  dgxH100: {
    title: 'DGX H100/H200: 10.2 kW at most (after the DGX user guide)',
    url: 'https://unanswered.io/guide/nvidia-dgx-power-consumption-watts',
    date: '2026',
  },
  nvl72Power: {
    title: 'GB200 NVL72: about 120 kW a rack',
    url: 'https://introl.com',
    date: '2025',
  },
  epochChips: {
    title: 'Epoch AI: chip data set and hardware prices',
    url: 'https://github.com/epoch-research/training-cost-trends/tree/263c40a159307e917213d1dc433c617e47d55bfe/data',
    date: '2026-04-01',
  },
  llmClusterSimulator: {
    title: 'llm-cluster-simulator: hardware notes',
    url: 'https://github.com/zhebrak/llm-cluster-simulator/blob/1db1341e7f4ff3e413018781ced42f1f7696dda3/docs/HARDWARE.md',
    date: '2026-04-01',
  },
  reservedMedians: {
    title: 'llm-cluster-simulator: medians of one-year reservations',
    url: 'https://github.com/zhebrak/llm-cluster-simulator/blob/1db1341e7f4ff3e413018781ced42f1f7696dda3/src/core/cost/cloud.ts',
    date: '2026-02',
  },
  h100ContractIndex: {
    title: 'Tech Reader Daily: SemiAnalysis index of one-year H100 contracts',
    url: 'https://www.techreaderdaily.com/article.html?slug=h100-reserved-capacity-hits-2-35-hour-floor-in-2026',
    date: '2026-04-02',
  },
  gpuIndex: { title: 'AIMultiple GPU index', url: 'https://aimultiple.com/gpu-index', date: '2026-05-20' },
  mercatus: {
    title: 'Mercatus: cloud GPU price ranges',
    url: 'https://www.mercatus-ai.com/blog/cloud-gpu-pricing',
    date: '2026-05',
  },
  dataReceipts: {
    title: 'Data Receipts: hyperscaler list prices',
    url: 'https://raw.githubusercontent.com/datareceipts/data-receipts/main/109-gpu-pricing/hyperscalers.json',
    date: '2026-11-09',
  },
  dstack: {
    title: 'dstack: AWS p5en list price',
    url: 'https://github.com/dstackai/dstack/pull/4110',
    date: '2026-08-06',
  },
  awsOnDemand: { title: 'AWS EC2 on-demand list prices', url: 'https://aws.amazon.com/ec2/pricing/', date: '2026' },
  awsCapacityBlocks: {
    title: 'AWS EC2 Capacity Blocks prices',
    url: 'https://aws.amazon.com/ec2/capacityblocks/pricing/',
    date: '2026-10-08',
  },
  awsCapacityBlocks2024: {
    title: 'AWS EC2 Capacity Blocks prices (archived)',
    url: 'https://aws.amazon.com/ec2/capacityblocks/pricing/',
    date: '2024-12',
  },
  streetPrices: {
    title: 'AI Infra Map: street prices of H100, H200 and B200',
    url: 'https://www.aiinframap.com/tools/chips/h100-vs-h200-vs-b200-tco',
    date: '2026',
  },
  nvl72Price: {
    title: 'Continuum Labs: GB200 NVL72',
    url: 'https://training.continuumlabs.ai/infrastructure/servers-and-chips/nvidia-gb200-nvl72',
    date: '2024',
  },
  trainium2Capex: {
    title: 'Latitude: AWS Trainium2 (summary of SemiAnalysis)',
    url: 'https://latitudeds.com/post/aws-trainium2-architecture-and-networking-technology',
    date: '2024-12',
  },
  modalMemory: {
    title: 'Modal: memory that nvidia-smi reports by GPU type',
    url: 'https://github.com/modal-labs/modal-client/pull/2797',
    date: '2025-01-23',
  },
  gpuOperator: {
    title: 'NVIDIA GPU operator: MIG profiles of GB200 as printed by nvidia-smi',
    url: 'https://github.com/NVIDIA/gpu-operator/pull/1303',
    date: '2025-03-01',
  },
  arithmetic: { title: 'Arithmetic on the other numbers of the profile', date: '2026-11-22' },
  assumption: { title: 'Assumption of walltime', date: '2026-11-22' },
  unchecked: { title: 'Commonly quoted, not checked against a document', date: '2026-11-22' },
} as const satisfies Readonly<Record<string, Source>>

function provenance(source: Source, verified: boolean, note: string | undefined): Provenance {
  return note === undefined ? { source, verified } : { source, verified, note }
}

/** A number read in its source. */
export const checked = (source: Source, note?: string): Provenance => provenance(source, true, note)

/** A number that its source supports only in part: second-hand, scaled or derived. */
export const doubtful = (source: Source, note?: string): Provenance => provenance(source, false, note)

/** A number that nobody published: what was assumed, and why. */
export const assumed = (note: string): Provenance => provenance(SOURCES.assumption, false, note)

/** A number that is commonly quoted and was not looked up. */
export const quoted = (note?: string): Provenance => provenance(SOURCES.unchecked, false, note)
