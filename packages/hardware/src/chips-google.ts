/** TPU chips. A chip has one or two TensorCores; peaks and memory are of the whole chip. */

import type { Chip } from './profile.ts'
import { GBps, GiB, TFLOPs } from './si.ts'
import { assumed, checked, doubtful, quoted, SOURCES } from './sources.ts'

const gib = 'GiB as published'

/** Google publishes no power of chips after v4. */
const guessedPower = (from: string): ReturnType<typeof assumed> => assumed(`Google publishes no power: ${from}`)

const tpuProvenance = {
  '*': checked(SOURCES.scalingBookTpus),
  computeDies: quoted(),
  launchYear: quoted(),
}

export const TPU_V4: Chip = {
  id: 'tpu-v4',
  name: 'Google TPU v4',
  vendor: 'Google',
  family: 'tpu-v4',
  launchYear: 2021,
  peakFlops: { bf16: TFLOPs(275), int8: TFLOPs(275) },
  memory: { bytes: GiB(32), basis: gib, bandwidth: GBps(1200) },
  cores: { kind: 'TensorCore', count: 2 },
  computeDies: 1,
  tdp: 192,
  hostBandwidth: GBps(15),
  provenance: {
    ...tpuProvenance,
    'cores.count': quoted(),
    tdp: doubtful(SOURCES.tpuV4, 'Highest power measured, 192 W; 170 W in the mean. Not read again'),
  },
}

export const TPU_V5E: Chip = {
  id: 'tpu-v5e',
  name: 'Google TPU v5e',
  vendor: 'Google',
  family: 'tpu-v5e',
  launchYear: 2023,
  peakFlops: { bf16: TFLOPs(197), int8: TFLOPs(394) },
  memory: { bytes: GiB(16), basis: gib, bandwidth: GBps(819) },
  cores: { kind: 'TensorCore', count: 1 },
  computeDies: 1,
  tdp: 200,
  hostBandwidth: GBps(15),
  provenance: { ...tpuProvenance, tdp: guessedPower('as TPU v4, with 0.7 of its peak and memory') },
}

export const TPU_V5P: Chip = {
  id: 'tpu-v5p',
  name: 'Google TPU v5p',
  vendor: 'Google',
  family: 'tpu-v5p',
  launchYear: 2023,
  peakFlops: { bf16: TFLOPs(459), int8: TFLOPs(918) },
  memory: { bytes: GiB(95), basis: gib, bandwidth: GBps(2765) },
  cores: { kind: 'TensorCore', count: 2 },
  computeDies: 1,
  tdp: 450,
  hostBandwidth: GBps(15),
  provenance: {
    ...tpuProvenance,
    '*': checked(SOURCES.tpuDocs),
    hostBandwidth: checked(SOURCES.scalingBookTpus),
    'peakFlops.int8': checked(SOURCES.scalingBookTpus),
    tdp: guessedPower('twice TPU v4 and a sixth more'),
  },
}

export const TPU_V6E: Chip = {
  id: 'tpu-v6e',
  name: 'Google TPU v6e (Trillium)',
  vendor: 'Google',
  family: 'tpu-v6e',
  launchYear: 2024,
  peakFlops: { bf16: TFLOPs(918), fp8: TFLOPs(918), int8: TFLOPs(1836) },
  memory: { bytes: GiB(32), basis: gib, bandwidth: GBps(1638) },
  cores: { kind: 'TensorCore', count: 1 },
  computeDies: 1,
  tdp: 350,
  hostBandwidth: GBps(32),
  provenance: {
    ...tpuProvenance,
    '*': checked(SOURCES.tpuDocs),
    hostBandwidth: checked(SOURCES.scalingBookTpus),
    'peakFlops.int8': checked(SOURCES.scalingBookTpus),
    tdp: guessedPower('between v5e and v5p'),
  },
}

export const TPU_V7X: Chip = {
  id: 'tpu-v7x',
  name: 'Google TPU7x (Ironwood)',
  vendor: 'Google',
  family: 'tpu-v7x',
  launchYear: 2025,
  peakFlops: { bf16: TFLOPs(2307), fp8: TFLOPs(4614) },
  memory: { bytes: GiB(192), basis: gib, bandwidth: GBps(7380) },
  cores: { kind: 'TensorCore', count: 2 },
  computeDies: 2,
  tdp: 850,
  hostBandwidth: GBps(32),
  provenance: {
    '*': checked(SOURCES.tpuDocs),
    hostBandwidth: assumed('Google publishes none: as v6e'),
    'memory.bandwidth': checked(SOURCES.tpuDocs, '7,380 GB/s; 7.37 TB/s elsewhere'),
    computeDies: checked(SOURCES.tpuDocs, 'Two chiplets, each a device of its own to programs'),
    launchYear: quoted(),
    tdp: doubtful(SOURCES.ironwoodPower, '1,085 W of the pod a chip, of which the chip is taken to be 850'),
  },
}
