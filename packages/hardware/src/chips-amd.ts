/** AMD Instinct chips. */

import type { Chip } from './profile.ts'
import { GBps, MHz, MiB, TFLOPs } from './si.ts'
import { checked, doubtful, quoted, SOURCES } from './sources.ts'

const driver = 'MiB that the driver reports'
const sameRow = quoted('The vendor states one figure for FP16 and BF16')

const cdna3 = {
  vendor: 'AMD',
  family: 'cdna3',
  peakFlops: {
    fp32: TFLOPs(163.4),
    tf32: TFLOPs(653.7),
    bf16: TFLOPs(1307.4),
    fp16: TFLOPs(1307.4),
    fp8: TFLOPs(2614.9),
    int8: TFLOPs(2614.9),
  },
  cores: { kind: 'CU', count: 304 },
  clockHz: MHz(2100),
  computeDies: 8,
  hostBandwidth: GBps(63),
} as const

const provenance = {
  '*': checked(SOURCES.accelerators),
  'peakFlops.fp16': sameRow,
  'cores.count': quoted(),
  computeDies: quoted('Eight accelerator dies'),
  launchYear: quoted(),
  hostBandwidth: checked(SOURCES.network, 'PCIe Gen5 x16'),
}

export const MI300X: Chip = {
  id: 'mi300x',
  name: 'AMD Instinct MI300X',
  ...cdna3,
  launchYear: 2023,
  memory: { bytes: MiB(196592), basis: driver, bandwidth: GBps(5300) },
  tdp: 750,
  provenance: {
    ...provenance,
    'memory.bytes': quoted('amd-smi: 196592 MiB; sold as 192 GB'),
  },
}

export const MI325X: Chip = {
  id: 'mi325x',
  name: 'AMD Instinct MI325X',
  ...cdna3,
  launchYear: 2024,
  memory: { bytes: MiB(262128), basis: driver, bandwidth: GBps(6000) },
  tdp: 1000,
  provenance: { ...provenance, 'memory.bytes': quoted('amd-smi: 262128 MiB; sold as 256 GB') },
}

const cdna4 = {
  vendor: 'AMD',
  family: 'cdna4',
  launchYear: 2025,
  cores: { kind: 'CU', count: 256 },
  computeDies: 8,
  hostBandwidth: GBps(63),
} as const

const cdna4Memory = quoted('amd-smi: 294896 MiB; sold as 288 GB')

export const MI350X: Chip = {
  id: 'mi350x',
  name: 'AMD Instinct MI350X',
  ...cdna4,
  peakFlops: {
    fp32: TFLOPs(144.2),
    bf16: TFLOPs(2300),
    fp16: TFLOPs(2300),
    fp8: TFLOPs(4600),
    fp6: TFLOPs(9200),
    fp4: TFLOPs(9200),
    int8: TFLOPs(4600),
  },
  memory: { bytes: MiB(294896), basis: driver, bandwidth: GBps(8000) },
  clockHz: MHz(2200),
  tdp: 1000,
  provenance: {
    ...provenance,
    '*': checked(SOURCES.mi350HotChips),
    peakFlops: doubtful(SOURCES.accelerators, '2.2 of the 2.4 GHz of the MI355X, rounded: 0.92 of its peaks'),
    'peakFlops.fp32': quoted(),
    'memory.bytes': cdna4Memory,
  },
}

export const MI355X: Chip = {
  id: 'mi355x',
  name: 'AMD Instinct MI355X',
  ...cdna4,
  peakFlops: {
    fp32: TFLOPs(157.3),
    bf16: TFLOPs(2500),
    fp16: TFLOPs(2500),
    fp8: TFLOPs(5000),
    fp6: TFLOPs(10100),
    fp4: TFLOPs(10100),
    int8: TFLOPs(5000),
  },
  memory: { bytes: MiB(294896), basis: driver, bandwidth: GBps(8000) },
  clockHz: MHz(2400),
  tdp: 1400,
  provenance: {
    ...provenance,
    'memory.bytes': cdna4Memory,
    'peakFlops.bf16': checked(SOURCES.accelerators, 'Table of peaks; the table of measured products counts 2300'),
  },
}
