/** Chips. Peaks are dense; memory is what a program can have. */

import { MI300X, MI325X, MI350X, MI355X } from './chips-amd.ts'
import { TPU_V4, TPU_V5E, TPU_V5P, TPU_V6E, TPU_V7X } from './chips-google.ts'
import type { Chip } from './profile.ts'
import { GBps, GiB, MHz, MiB, TFLOPs } from './si.ts'
import { assumed, checked, doubtful, quoted, SOURCES } from './sources.ts'

const driver = 'MiB that the driver reports'
const sameRow = quoted('The vendor states one figure for FP16 and BF16')

const a100 = {
  vendor: 'NVIDIA',
  family: 'ampere',
  launchYear: 2020,
  peakFlops: {
    fp32: TFLOPs(19.5),
    tf32: TFLOPs(156),
    bf16: TFLOPs(312),
    fp16: TFLOPs(312),
    int8: TFLOPs(624),
  },
  cores: { kind: 'SM', count: 108 },
  clockHz: MHz(1410),
  computeDies: 1,
  hostBandwidth: GBps(31),
} as const

const a100Provenance = {
  '*': checked(SOURCES.accelerators),
  'peakFlops.fp16': sameRow,
  'memory.bytes': checked(SOURCES.modalMemory, 'nvidia-smi: 81920 MiB on the 80 GB part, 40960 MiB on the 40 GB part'),
  computeDies: quoted(),
  launchYear: quoted(),
  hostBandwidth: checked(SOURCES.network, 'PCIe Gen4 x16'),
}

export const A100_SXM_40: Chip = {
  id: 'a100-sxm-40',
  name: 'NVIDIA A100 SXM4 40 GB',
  ...a100,
  memory: { bytes: MiB(40960), basis: driver, bandwidth: GBps(1555) },
  tdp: 400,
  provenance: a100Provenance,
}

export const A100_SXM_80: Chip = {
  id: 'a100-sxm-80',
  name: 'NVIDIA A100 SXM4 80 GB',
  ...a100,
  memory: { bytes: MiB(81920), basis: driver, bandwidth: GBps(2039) },
  tdp: 400,
  provenance: a100Provenance,
}

const A100_PCIE_40: Chip = {
  id: 'a100-pcie-40',
  name: 'NVIDIA A100 PCIe 40 GB',
  ...a100,
  memory: { bytes: MiB(40960), basis: driver, bandwidth: GBps(1555) },
  tdp: 250,
  provenance: {
    ...a100Provenance,
    'memory.bandwidth': quoted('As the 40 GB SXM part'),
    tdp: quoted('250 W by the data sheet of the 40 GB card'),
  },
}

export const A100_PCIE_80: Chip = {
  id: 'a100-pcie-80',
  name: 'NVIDIA A100 PCIe 80 GB',
  ...a100,
  launchYear: 2021,
  memory: { bytes: MiB(81920), basis: driver, bandwidth: GBps(1935) },
  tdp: 300,
  provenance: a100Provenance,
}

export const A800_SXM_80: Chip = {
  id: 'a800-sxm-80',
  name: 'NVIDIA A800 SXM4 80 GB',
  ...a100,
  launchYear: 2022,
  memory: { bytes: MiB(81920), basis: driver, bandwidth: GBps(2039) },
  tdp: 400,
  provenance: {
    ...a100Provenance,
    '*': checked(SOURCES.epochChips, 'A100 with fewer NVLinks; also in the llm-cluster-simulator notes'),
    'memory.bytes': quoted('As the A100'),
    'cores.count': quoted('As the A100'),
  },
}

const hopper = {
  vendor: 'NVIDIA',
  family: 'hopper',
  peakFlops: {
    fp32: TFLOPs(67),
    tf32: TFLOPs(494.7),
    bf16: TFLOPs(989.4),
    fp16: TFLOPs(989.4),
    fp8: TFLOPs(1978.9),
    int8: TFLOPs(1978.9),
  },
  cores: { kind: 'SM', count: 132 },
  clockHz: MHz(1830),
  computeDies: 1,
  hostBandwidth: GBps(63),
} as const

const hopperProvenance = {
  '*': checked(SOURCES.accelerators),
  'peakFlops.fp16': sameRow,
  clockHz: checked(SOURCES.accelerators, '1830 MHz reproduces 989 TFLOP/s; nvidia-smi allows up to 1980 MHz'),
  launchYear: quoted(),
  hostBandwidth: checked(SOURCES.network, 'PCIe Gen5 x16; 55 GB/s measured on an H200'),
}

export const H100_SXM: Chip = {
  id: 'h100-sxm',
  name: 'NVIDIA H100 SXM5 80 GB',
  ...hopper,
  launchYear: 2022,
  memory: { bytes: MiB(81559), basis: driver, bandwidth: GBps(3350) },
  tdp: 700,
  provenance: { ...hopperProvenance, 'memory.bytes': checked(SOURCES.modalMemory, 'nvidia-smi: 81559 MiB') },
}

export const H100_PCIE: Chip = {
  id: 'h100-pcie',
  name: 'NVIDIA H100 PCIe 80 GB',
  ...hopper,
  launchYear: 2022,
  peakFlops: {
    fp32: TFLOPs(51),
    tf32: TFLOPs(378),
    bf16: TFLOPs(756.5),
    fp16: TFLOPs(756.5),
    fp8: TFLOPs(1513),
    int8: TFLOPs(1513),
  },
  memory: { bytes: MiB(81559), basis: driver, bandwidth: GBps(2000) },
  cores: { kind: 'SM', count: 114 },
  clockHz: MHz(1755),
  tdp: 350,
  provenance: {
    ...hopperProvenance,
    'memory.bytes': quoted('As the SXM part'),
    'cores.count': quoted(),
    clockHz: quoted(),
  },
}

export const H100_NVL: Chip = {
  id: 'h100-nvl',
  name: 'NVIDIA H100 NVL 94 GB (one card of the pair)',
  ...hopper,
  launchYear: 2023,
  peakFlops: {
    tf32: TFLOPs(417.5),
    bf16: TFLOPs(835.5),
    fp16: TFLOPs(835.5),
    fp8: TFLOPs(1671),
  },
  memory: { bytes: MiB(95830), basis: driver, bandwidth: GBps(3938) },
  clockHz: MHz(1785),
  tdp: 400,
  provenance: {
    ...hopperProvenance,
    '*': checked(SOURCES.epochChips, 'Also in the llm-cluster-simulator notes'),
    'memory.bytes': quoted('nvidia-smi: 95830 MiB'),
    'cores.count': quoted(),
    clockHz: checked(SOURCES.epochChips),
  },
}

export const H800_SXM: Chip = {
  id: 'h800-sxm',
  name: 'NVIDIA H800 SXM5 80 GB',
  ...hopper,
  launchYear: 2023,
  memory: { bytes: MiB(81559), basis: driver, bandwidth: GBps(3350) },
  clockHz: MHz(1755),
  tdp: 700,
  provenance: {
    ...hopperProvenance,
    '*': checked(SOURCES.epochChips, 'H100 with fewer NVLinks and FP64 cut; also in the llm-cluster-simulator notes'),
    'memory.bytes': quoted('As the H100'),
    'cores.count': quoted(),
    clockHz: doubtful(SOURCES.epochChips, '1755 MHz here; 1830 MHz is what reproduces the peak on an H100'),
  },
}

export const H20: Chip = {
  id: 'h20',
  name: 'NVIDIA H20 SXM 96 GB',
  ...hopper,
  launchYear: 2023,
  peakFlops: {
    fp32: TFLOPs(44),
    tf32: TFLOPs(74),
    bf16: TFLOPs(148),
    fp16: TFLOPs(148),
    fp8: TFLOPs(296),
    int8: TFLOPs(296),
  },
  memory: { bytes: MiB(97871), basis: driver, bandwidth: GBps(4000) },
  cores: { kind: 'SM', count: 78 },
  clockHz: MHz(1980),
  tdp: 400,
  provenance: {
    ...hopperProvenance,
    '*': checked(SOURCES.epochChips),
    'memory.bytes': quoted('nvidia-smi: 97871 MiB, as other Hopper parts sold as 96 GB'),
    'cores.count': quoted(),
    clockHz: quoted(),
    tdp: checked(SOURCES.epochChips, 'Servers are seen with a limit of 500 W'),
  },
}

export const H200_SXM: Chip = {
  id: 'h200-sxm',
  name: 'NVIDIA H200 SXM 141 GB',
  ...hopper,
  launchYear: 2024,
  memory: { bytes: MiB(143771), basis: driver, bandwidth: GBps(4800) },
  tdp: 700,
  provenance: { ...hopperProvenance, 'memory.bytes': checked(SOURCES.accelerators, 'nvidia-smi: 143771 MiB') },
}

export const GH200: Chip = {
  id: 'gh200',
  name: 'NVIDIA GH200 144 GB HBM3e (GPU of the superchip)',
  ...hopper,
  launchYear: 2023,
  memory: { bytes: MiB(143771), basis: driver, bandwidth: GBps(4800) },
  clockHz: MHz(1980),
  tdp: 900,
  hostBandwidth: GBps(450),
  provenance: {
    ...hopperProvenance,
    'memory.bytes': assumed(
      'As the H200, which has the same stacks. The part with 96 GB of HBM3 has 97871 MiB and 4.0 TB/s: set both where it is meant',
    ),
    clockHz: quoted(),
    tdp: checked(SOURCES.accelerators, 'The version of 900 W, CPU included'),
    hostBandwidth: checked(SOURCES.network, 'NVLink-C2C to the Grace CPU'),
  },
}

const blackwell = {
  vendor: 'NVIDIA',
  family: 'blackwell',
  launchYear: 2024,
  computeDies: 2,
} as const

export const B200_SXM: Chip = {
  id: 'b200-sxm',
  name: 'NVIDIA B200 SXM 180 GB',
  ...blackwell,
  peakFlops: {
    fp32: TFLOPs(80),
    tf32: TFLOPs(1125),
    bf16: TFLOPs(2250),
    fp16: TFLOPs(2250),
    fp8: TFLOPs(4500),
    fp6: TFLOPs(4500),
    fp4: TFLOPs(9000),
    int8: TFLOPs(4500),
  },
  memory: { bytes: MiB(183359), basis: driver, bandwidth: GBps(8000) },
  cores: { kind: 'SM', count: 148 },
  clockHz: MHz(1965),
  tdp: 1000,
  hostBandwidth: GBps(63),
  provenance: {
    '*': checked(SOURCES.accelerators),
    'peakFlops.fp16': sameRow,
    'memory.bytes': quoted('nvidia-smi: 183359 MiB, of 192 GiB on the package'),
    'memory.bandwidth': checked(SOURCES.accelerators, 'AIConfigurator and the HGX page say 7.7 TB/s'),
    launchYear: quoted(),
    hostBandwidth: checked(SOURCES.network, 'PCIe Gen5 x16'),
  },
}

export const GB200: Chip = {
  id: 'gb200',
  name: 'NVIDIA GB200 (one GPU of the superchip)',
  ...blackwell,
  peakFlops: {
    fp32: TFLOPs(80),
    tf32: TFLOPs(1250),
    bf16: TFLOPs(2500),
    fp16: TFLOPs(2500),
    fp8: TFLOPs(5000),
    fp6: TFLOPs(5000),
    fp4: TFLOPs(10000),
    int8: TFLOPs(5000),
  },
  memory: { bytes: MiB(189471), basis: driver, bandwidth: GBps(8000) },
  cores: { kind: 'SM', count: 152 },
  clockHz: MHz(2062),
  tdp: 1200,
  hostBandwidth: GBps(450),
  provenance: {
    '*': checked(SOURCES.accelerators),
    'peakFlops.fp16': sameRow,
    'memory.bytes': doubtful(
      SOURCES.gpuOperator,
      'Sold as 186 GB; 189471 MiB as commonly printed by nvidia-smi. MIG lists 4 slices of 45.5 GiB: more than 186e9 bytes',
    ),
    'cores.count': quoted(),
    launchYear: quoted(),
    hostBandwidth: checked(SOURCES.network, 'NVLink-C2C to the Grace CPU'),
  },
}

const ultraFp4 = checked(
  SOURCES.aiconfigurator,
  'nvfp4. ML Engineering lists 12.6 PFLOP/s for fp4 and 15 for nvfp4 without telling B300 from GB300',
)

export const B300_SXM: Chip = {
  id: 'b300-sxm',
  name: 'NVIDIA B300 SXM 288 GB',
  ...blackwell,
  launchYear: 2025,
  peakFlops: {
    fp32: TFLOPs(80),
    tf32: TFLOPs(1125),
    bf16: TFLOPs(2250),
    fp16: TFLOPs(2250),
    fp8: TFLOPs(4500),
    fp6: TFLOPs(4500),
    fp4: TFLOPs(14000),
  },
  memory: { bytes: MiB(275040), basis: driver, bandwidth: GBps(7750) },
  cores: { kind: 'SM', count: 148 },
  tdp: 1100,
  hostBandwidth: GBps(63),
  provenance: {
    '*': checked(SOURCES.aiconfigurator, 'int8 is cut to 0.15 to 0.31 POPS on Blackwell Ultra and left out'),
    'peakFlops.fp16': sameRow,
    'peakFlops.fp4': ultraFp4,
    'memory.bytes': quoted('nvidia-smi: 275040 MiB; sold as 288 GB, later as 270'),
    'cores.count': quoted(),
    computeDies: quoted(),
    launchYear: quoted(),
    tdp: checked(SOURCES.aiconfigurator, '1100 W, as nvidia-smi shows; ML Engineering lists 1000 W'),
    hostBandwidth: quoted('PCIe Gen5 x16 of the host; the network cards beside it are Gen6'),
  },
}

export const GB300: Chip = {
  id: 'gb300',
  name: 'NVIDIA GB300 (one GPU of the superchip)',
  ...blackwell,
  launchYear: 2025,
  peakFlops: {
    fp32: TFLOPs(80),
    tf32: TFLOPs(1250),
    bf16: TFLOPs(2500),
    fp16: TFLOPs(2500),
    fp8: TFLOPs(5000),
    fp6: TFLOPs(5000),
    fp4: TFLOPs(15000),
  },
  memory: { bytes: MiB(284208), basis: driver, bandwidth: GBps(8000) },
  cores: { kind: 'SM', count: 152 },
  tdp: 1400,
  hostBandwidth: GBps(450),
  provenance: {
    '*': checked(SOURCES.aiconfigurator, 'int8 is cut to 0.15 to 0.31 POPS on Blackwell Ultra and left out'),
    'peakFlops.fp16': sameRow,
    'peakFlops.fp4': ultraFp4,
    'memory.bytes': quoted('nvidia-smi: 284208 MiB'),
    'cores.count': quoted(),
    computeDies: quoted(),
    launchYear: quoted(),
    tdp: checked(SOURCES.accelerators, 'Power budget of a tray: 4 x 1.4 kW'),
    hostBandwidth: checked(SOURCES.network, 'NVLink-C2C to the Grace CPU; 359 and 377 GB/s measured'),
  },
}

export const TRN1: Chip = {
  id: 'trn1',
  name: 'AWS Trainium1',
  vendor: 'AWS',
  family: 'neuron-v2',
  launchYear: 2022,
  peakFlops: {
    fp32: TFLOPs(47.5),
    tf32: TFLOPs(190),
    bf16: TFLOPs(190),
    fp16: TFLOPs(190),
    fp8: TFLOPs(190),
    int8: TFLOPs(380),
  },
  memory: { bytes: GiB(32), basis: 'GiB as published', bandwidth: GBps(880) },
  cores: { kind: 'NeuronCore-v2', count: 2 },
  clockHz: MHz(2800),
  computeDies: 1,
  tdp: 400,
  provenance: {
    '*': checked(SOURCES.neuron),
    'peakFlops.fp16': sameRow,
    'memory.bandwidth': checked(SOURCES.neuron, '820 GiB/s'),
    clockHz: quoted(),
    computeDies: quoted(),
    launchYear: quoted(),
    tdp: assumed('AWS publishes no power; taken as an A100, its contemporary'),
  },
}

export const TRN2: Chip = {
  id: 'trn2',
  name: 'AWS Trainium2',
  vendor: 'AWS',
  family: 'neuron-v3',
  launchYear: 2024,
  peakFlops: {
    fp32: TFLOPs(181),
    tf32: TFLOPs(667),
    bf16: TFLOPs(667),
    fp16: TFLOPs(667),
    fp8: TFLOPs(1299),
  },
  memory: { bytes: GiB(96), basis: 'GiB as published', bandwidth: GBps(2900) },
  cores: { kind: 'NeuronCore-v3', count: 8 },
  clockHz: MHz(2400),
  computeDies: 2,
  tdp: 500,
  provenance: {
    '*': checked(SOURCES.neuron),
    'peakFlops.fp16': sameRow,
    computeDies: quoted(),
    launchYear: quoted(),
    tdp: doubtful(SOURCES.trainium2Capex, 'About 500 W in summaries of SemiAnalysis; AWS publishes none'),
  },
}

export const TRN3: Chip = {
  id: 'trn3',
  name: 'AWS Trainium3',
  vendor: 'AWS',
  family: 'neuron-v4',
  launchYear: 2025,
  peakFlops: {
    fp32: TFLOPs(183),
    tf32: TFLOPs(671),
    bf16: TFLOPs(671),
    fp16: TFLOPs(671),
    fp8: TFLOPs(2517),
    fp4: TFLOPs(2517),
  },
  memory: { bytes: GiB(144), basis: 'GiB as published', bandwidth: GBps(4900) },
  cores: { kind: 'NeuronCore-v4', count: 8 },
  clockHz: MHz(2400),
  computeDies: 2,
  tdp: 1000,
  provenance: {
    '*': checked(SOURCES.neuron),
    'peakFlops.fp16': sameRow,
    'peakFlops.fp8': checked(SOURCES.neuron, 'mxfp8; no rate of other fp8 formats is given'),
    'peakFlops.fp4': checked(SOURCES.neuron, 'mxfp4, at the rate of mxfp8'),
    'memory.bandwidth': checked(SOURCES.neuron, 'The guide for kernels says 4.7 TB/s'),
    computeDies: quoted(),
    launchYear: quoted(),
    tdp: assumed('AWS publishes no power; twice Trainium2, liquid cooled'),
  },
}

export const CHIPS: readonly Chip[] = [
  A100_SXM_40,
  A100_SXM_80,
  A100_PCIE_40,
  A100_PCIE_80,
  A800_SXM_80,
  H100_SXM,
  H100_PCIE,
  H100_NVL,
  H800_SXM,
  H20,
  H200_SXM,
  GH200,
  B200_SXM,
  GB200,
  B300_SXM,
  GB300,
  TRN1,
  TRN2,
  TRN3,
  TPU_V4,
  TPU_V5E,
  TPU_V5P,
  TPU_V6E,
  TPU_V7X,
  MI300X,
  MI325X,
  MI350X,
  MI355X,
]
