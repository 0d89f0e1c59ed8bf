/** What vendors, and those who repeat them, say that one chip does of another's training. */

export interface SwapClaim {
  /** Chips as measured rows name them; of the second the ratio is said. */
  readonly from: string
  readonly to: string
  readonly claim: string
  readonly source: string
  readonly url: string
  /** What stands behind it, and what it leaves open. */
  readonly standing: string
}

const H100 = 'H100-SXM-80GB'

export const SWAP_CLAIMS: readonly SwapClaim[] = [
  {
    from: 'A100-40GB',
    to: H100,
    claim: 'up to 9x (NVIDIA, as repeated)',
    source: 'gentic.news: H100',
    url: 'https://gentic.news/glossary/h100',
    standing: 'unverified: no measurement cited; said of an A100 and of FP8, which it lacks',
  },
  {
    from: H100,
    to: 'B200',
    claim: '2x (GPT-3), 2.2x (Llama 2 70B fine-tuning) a GPU, MLPerf Training v4.1',
    source: 'Hyperbolic: B200 performance',
    url: 'https://hyperbolic.ai/blog/how-the-nvidia-b200-performance-makes-it-a-top-choice-for-ai-training',
    standing: 'MLPerf results, as reported',
  },
  {
    from: H100,
    to: 'B200',
    claim: '3x a DGX, 4x "training throughput"',
    source: 'Uvation: DGX B200 vs DGX H100',
    url: 'https://uvation.com/articles/dgx-b200-vs-dgx-h100-benchmarks-a-deep-dive-into-nvidias-next-gen-ai-performance',
    standing: 'unverified: widely repeated, no measurement cited; the dense bf16 peak is 2.27x',
  },
  {
    from: H100,
    to: 'GB200',
    claim: '4x (GPT-3 175B; NVIDIA, March 2024)',
    source: 'OODAloop, 2024-03-19',
    url: 'https://www.oodaloop.com/briefs/2024/03/19/nvidia-reveals-blackwell-b200-gpu-the-worlds-most-powerful-chip-for-ai/',
    standing: 'unverified: said of a GB200 of two GPUs against an H100; whether a GPU is meant is left open',
  },
  {
    from: H100,
    to: 'GB200',
    claim: 'up to 2.6x, MLPerf Training v5.0 (NVIDIA)',
    source: 'NVIDIA: Blackwell in MLPerf Training v5.0',
    url: 'https://developer.nvidia.com/blog/nvidia-blackwell-delivers-up-to-2-6x-higher-performance-in-mlperf-training-v5-0/',
    standing: 'MLPerf results; the most of seven benchmarks',
  },
  {
    from: H100,
    to: 'GB200',
    claim: '2.2x (Llama 3.1 405B), 2.6x a GPU (Stable Diffusion v2), MLPerf Training v5.0',
    source: 'cashkrypto, 2025-06-04',
    url: 'https://cashkrypto.com/?p=53842',
    standing: 'MLPerf results, as reported',
  },
  {
    from: H100,
    to: 'GB300',
    claim: 'more than 4x (Llama 3.1 405B), as many GPUs, MLPerf Training v5.1',
    source: 'Epium: MLPerf Training v5.1',
    url: 'https://epium.com/news/nvidia-sweeps-mlperf-training-v51',
    standing: 'MLPerf results, as reported; NVFP4 against what Hopper has, FP8: not the same number format',
  },
  {
    from: 'GB200',
    to: 'GB300',
    claim: 'up to 1.6x at the same scale, MLPerf Training v6.0',
    source: 'gentic.news: MLPerf Training 6.0',
    url: 'https://gentic.news/article/nvidia-blackwell-sweeps-mlperf',
    standing: 'MLPerf results, as reported; NVFP4',
  },
  {
    from: 'TPU-v6e',
    to: 'TPU-v7x-Ironwood',
    claim: 'more than 4x a chip (Google)',
    source: 'ainews247: Ironwood',
    url: 'https://ainews247.org/story/79420',
    standing: 'unverified: training and inference together, no workload named',
  },
]
