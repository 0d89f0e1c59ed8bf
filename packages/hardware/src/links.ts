/** Scale-up links. `achieved` is measured bus bandwidth over the rate of the link. */

import { shares } from './link-shares.ts'
import { XGMI_MI300, XGMI_MI350 } from './links-amd.ts'
import { ICI_V4, ICI_V5E, ICI_V5P, ICI_V6E, ICI_V7X } from './links-google.ts'
import type { Provenance, ScaleUpLink } from './profile.ts'
import { GBps, MB, us } from './si.ts'
import { assumed, checked, doubtful, SOURCES } from './sources.ts'

/** Start, hops, chunk, copy and rates fitted together on measured collectives of 2, 4 and 8 ranks. */
const fitted = (nccl: string): Provenance =>
  checked(
    SOURCES.aiconfigurator,
    `Fitted on 16 KiB to 512 MiB over 2, 4 and 8 ranks (NCCL ${nccl}) and published all-reduces of 1 to 16 GiB: median error 3 to 10 % by chip and collective at sizes held out`,
  )
/** Shares of a link whose ring collectives have one rate. */
const ringShares = (linkGBps: number, ringGBps: number, allToAllGBps: number, sendGBps: number) =>
  shares(linkGBps, {
    allReduce: ringGBps,
    allGather: ringGBps,
    reduceScatter: ringGBps,
    allToAll: allToAllGBps,
    sendRecv: sendGBps,
  })

export const NVLINK3: ScaleUpLink = {
  id: 'nvlink3',
  name: 'NVLink 3 with NVSwitch (A100)',
  topology: 'switched',
  bandwidth: GBps(300),
  achieved: ringShares(300, 251.2, 237, 274),
  baseLatency: us(11.08),
  allToAllLatency: us(12.3),
  hopLatency: us(0.968),
  chunkBytes: MB(6.38),
  allToAllChunkBytes: MB(5.64),
  copyBandwidth: GBps(363),
  inSwitchReduction: false,
  provenance: {
    '*': fitted('2.27.3'),
    bandwidth: checked(SOURCES.network),
    'achieved.sendRecv': checked(SOURCES.network, 'Copy between a pair: 274 GB/s'),
  },
}

export const NVLINK3_A800: ScaleUpLink = {
  ...NVLINK3,
  id: 'nvlink3-a800',
  name: 'NVLink 3 with 8 links a chip (A800)',
  bandwidth: GBps(200),
  provenance: {
    '*': assumed('As the A100; not measured in public'),
    bandwidth: doubtful(SOURCES.llmClusterSimulator, '400 GB/s in both directions together'),
  },
}

export const NVLINK4: ScaleUpLink = {
  id: 'nvlink4',
  name: 'NVLink 4 with NVSwitch (H100, H200)',
  topology: 'switched',
  bandwidth: GBps(450),
  achieved: ringShares(450, 410.7, 365.4, 376),
  baseLatency: us(5.33),
  allToAllLatency: us(8.39),
  hopLatency: us(0.953),
  chunkBytes: MB(4.94),
  allToAllChunkBytes: MB(1.81),
  copyBandwidth: GBps(545),
  inSwitchReduction: true,
  inSwitchShare: 1.139,
  provenance: {
    '*': fitted('2.29.2'),
    bandwidth: checked(SOURCES.network),
    'achieved.sendRecv': checked(SOURCES.network, 'Copy between a pair: 376 GB/s on H100, 396 on H200'),
  },
}

export const NVLINK4_H800: ScaleUpLink = {
  ...NVLINK4,
  id: 'nvlink4-h800',
  name: 'NVLink 4 with 8 links a chip (H800)',
  bandwidth: GBps(200),
  achieved: { ...NVLINK4.achieved, allToAll: 0.78 },
  provenance: {
    '*': assumed('As the H100; not measured in public'),
    bandwidth: doubtful(SOURCES.llmClusterSimulator, '400 GB/s in both directions together'),
    'achieved.allToAll': checked(SOURCES.deepep, '153 to 158 GB/s among 8 chips'),
  },
}

export const NVLINK4_PAIR: ScaleUpLink = {
  ...NVLINK4,
  id: 'nvlink4-pair',
  name: 'NVLink 4 bridges between two cards (H100 NVL)',
  topology: 'mesh',
  bandwidth: GBps(300),
  inSwitchReduction: false,
  provenance: {
    '*': assumed('As the H100 with a switch; the bridge is not measured in public'),
    bandwidth: checked(SOURCES.epochChips, '600 GB/s in both directions together; no switch'),
    inSwitchReduction: checked(SOURCES.epochChips, 'No switch'),
  },
}

export const NVLINK_C2C: ScaleUpLink = {
  id: 'nvlink-c2c',
  name: 'NVLink-C2C to the CPU, no other chip in the domain (GH200)',
  topology: 'host',
  bandwidth: GBps(450),
  achieved: { allReduce: 0.8, allGather: 0.8, reduceScatter: 0.8, allToAll: 0.8, sendRecv: 0.8 },
  baseLatency: us(1),
  hopLatency: us(1),
  chunkBytes: 0,
  inSwitchReduction: false,
  provenance: {
    '*': checked(SOURCES.network, '450 GB/s each way'),
    achieved: doubtful(
      SOURCES.network,
      'Copies of 359 and 377 GB/s on a GB300; a domain of one chip has no collective of its own',
    ),
    baseLatency: assumed('Not used: a domain of one chip has no collective of its own'),
    hopLatency: assumed('Not used: a domain of one chip has no collective of its own'),
    chunkBytes: assumed('Not used: a domain of one chip has no collective of its own'),
  },
}

export const NVLINK5: ScaleUpLink = {
  id: 'nvlink5',
  name: 'NVLink 5 with NVSwitch, 8 chips (B200)',
  topology: 'switched',
  bandwidth: GBps(900),
  achieved: ringShares(900, 781.9, 619.2, 746),
  baseLatency: us(8.56),
  allToAllLatency: us(11.6),
  hopLatency: us(1.31),
  chunkBytes: MB(8.44),
  allToAllChunkBytes: MB(3.46),
  copyBandwidth: GBps(815),
  inSwitchReduction: true,
  inSwitchShare: 0.927,
  provenance: {
    '*': fitted('2.29.2'),
    bandwidth: checked(SOURCES.network),
    'achieved.sendRecv': doubtful(SOURCES.network, 'Copy between a pair of GB200: 746 GB/s'),
  },
}

export const NVLINK5_NVL72: ScaleUpLink = {
  ...NVLINK5,
  id: 'nvlink5-nvl72',
  name: 'NVLink 5 rack of 72 chips (GB200 NVL72)',
  provenance: {
    '*': checked(
      SOURCES.aiconfigurator,
      'Fitted with the servers of 8 on GB200 and GB300 too, 2 and 4 ranks; a rack of 72 reached 839 GB/s at 4 GiB in the switch (CoreWeave) and 680 by ring (GTC 2025)',
    ),
    bandwidth: checked(SOURCES.network),
    'achieved.sendRecv': checked(SOURCES.network, 'Copy between a pair of GB200: 746 GB/s'),
  },
}

const pcieLatency = doubtful(SOURCES.nccl, 'Base and PCIe step of the low-latency ring in the tuning model')

export const PCIE4_HOST: ScaleUpLink = {
  id: 'pcie4-host',
  name: 'PCIe Gen4 x16 through the host',
  topology: 'host',
  bandwidth: GBps(31),
  achieved: shares(31, { allReduce: 24, allGather: 24, reduceScatter: 24, allToAll: 6, sendRecv: 24 }),
  baseLatency: us(6.6),
  hopLatency: us(1),
  chunkBytes: 0,
  inSwitchReduction: false,
  provenance: {
    '*': checked(SOURCES.network),
    achieved: doubtful(SOURCES.gtc25, 'All-reduce 24 GB/s on 8 chips; the others taken as equal'),
    'achieved.allToAll': assumed('Half of the 12 GB/s that the GTC 2025 slide gives for Gen5'),
    baseLatency: pcieLatency,
    hopLatency: pcieLatency,
    chunkBytes: assumed('Filling counted in the latency'),
  },
}

export const PCIE5_HOST: ScaleUpLink = {
  ...PCIE4_HOST,
  id: 'pcie5-host',
  name: 'PCIe Gen5 x16 through the host',
  bandwidth: GBps(63),
  achieved: shares(63, { allReduce: 48, allGather: 48, reduceScatter: 48, allToAll: 12, sendRecv: 48 }),
  provenance: {
    ...PCIE4_HOST.provenance,
    achieved: doubtful(SOURCES.gtc25, 'All-reduce 48 GB/s on 8 chips; the others taken as equal'),
    'achieved.allToAll': checked(SOURCES.gtc25, '12 GB/s with two groups of four'),
  },
}

const torusShares = { allReduce: 0.7, allGather: 0.7, reduceScatter: 0.7, allToAll: 0.35, sendRecv: 0.8 } as const

const neuronProvenance = {
  '*': checked(SOURCES.neuron),
  achieved: assumed(
    'No public bandwidth test of a full instance; the examples of nccom-test reach 104 GB/s on 16 ranks at 512 MiB, stated to be illustrations',
  ),
  baseLatency: doubtful(SOURCES.neuronNccom, 'All-gather of 1 KiB on 8 to 32 ranks: 6 to 10 us'),
  hopLatency: checked(SOURCES.neuronCollectives, 'One ring hop inside an instance: 1 to 2 us'),
  chunkBytes: assumed('A fifth of NVLink: collectives are part of the compiled program'),
}

export const NEURONLINK_V2: ScaleUpLink = {
  id: 'neuronlink-v2',
  name: 'NeuronLink-v2, torus of 4 by 4 (trn1)',
  topology: 'torus',
  bandwidth: GBps(192),
  achieved: torusShares,
  baseLatency: us(6),
  hopLatency: us(1.5),
  chunkBytes: MB(0.4),
  inSwitchReduction: false,
  axes: [
    { chips: 4, linkBandwidth: GBps(48) },
    { chips: 4, linkBandwidth: GBps(48) },
  ],
  provenance: {
    ...neuronProvenance,
    bandwidth: doubtful(
      SOURCES.neuron,
      '384 GB/s a chip is published without a direction; half taken as one direction',
    ),
    axes: doubtful(SOURCES.arithmetic, 'Rate of the chip over its four neighbours'),
  },
}

export const NEURONLINK_V2_TRN1N: ScaleUpLink = {
  ...NEURONLINK_V2,
  id: 'neuronlink-v2-trn1n',
  name: 'NeuronLink-v2, torus of 4 by 4 (trn1n)',
  bandwidth: GBps(384),
  axes: [
    { chips: 4, linkBandwidth: GBps(96) },
    { chips: 4, linkBandwidth: GBps(96) },
  ],
  provenance: {
    ...NEURONLINK_V2.provenance,
    bandwidth: doubtful(
      SOURCES.neuron,
      '768 GB/s a chip is published without a direction; half taken as one direction',
    ),
  },
}

export const NEURONLINK_V3: ScaleUpLink = {
  id: 'neuronlink-v3',
  name: 'NeuronLink-v3, torus of 4 by 4 (trn2)',
  topology: 'torus',
  bandwidth: GBps(512),
  achieved: torusShares,
  baseLatency: us(6),
  hopLatency: us(1.5),
  chunkBytes: MB(0.7),
  inSwitchReduction: false,
  axes: [
    { chips: 4, linkBandwidth: GBps(128) },
    { chips: 4, linkBandwidth: GBps(128) },
  ],
  provenance: {
    ...neuronProvenance,
    bandwidth: checked(SOURCES.neuron, '1024 GB/s inside the instance, both directions together'),
    axes: checked(SOURCES.network, '128 GB/s to each of four neighbours'),
  },
}

export const NEURONLINK_V3_ULTRA: ScaleUpLink = {
  ...NEURONLINK_V3,
  id: 'neuronlink-v3-ultra',
  name: 'NeuronLink-v3, torus of 4 by 4 by 4 (trn2 UltraServer)',
  bandwidth: GBps(640),
  axes: [
    { chips: 4, linkBandwidth: GBps(128) },
    { chips: 4, linkBandwidth: GBps(128) },
    { chips: 4, linkBandwidth: GBps(64) },
  ],
  provenance: {
    ...NEURONLINK_V3.provenance,
    bandwidth: checked(SOURCES.neuron, '1280 GB/s a chip, both directions together'),
    axes: checked(SOURCES.network, '128 GB/s to each of four neighbours, 64 GB/s to each of two in the other servers'),
  },
}

export const NEURONLINK_V4: ScaleUpLink = {
  id: 'neuronlink-v4',
  name: 'NeuronLink-v4 with NeuronSwitch-v1 (trn3 UltraServer)',
  topology: 'switched',
  bandwidth: GBps(1099.5),
  achieved: { ...torusShares, allToAll: 0.6 },
  baseLatency: us(6),
  hopLatency: us(1.5),
  chunkBytes: MB(1.1),
  inSwitchReduction: false,
  provenance: {
    ...neuronProvenance,
    bandwidth: doubtful(
      SOURCES.neuron,
      '2,048 GiB/s a chip on the page of the instance, 2.56 TB/s on that of the chip, no direction given: half of the first taken. The guide for kernels counts 256 GB/s inside a server, 320 to other servers of the rack and 128 to other racks, both directions together: traffic that leaves a server may be slower',
    ),
    achieved: assumed('No public bandwidth test; the shares of the older tori, 0.6 for an all-to-all through switches'),
    baseLatency: assumed('As Trainium2'),
    hopLatency: assumed('As Trainium2'),
  },
}

export const LINKS: readonly ScaleUpLink[] = [
  NVLINK3,
  NVLINK3_A800,
  NVLINK4,
  NVLINK4_H800,
  NVLINK4_PAIR,
  NVLINK_C2C,
  NVLINK5,
  NVLINK5_NVL72,
  PCIE4_HOST,
  PCIE5_HOST,
  NEURONLINK_V2,
  NEURONLINK_V2_TRN1N,
  NEURONLINK_V3,
  NEURONLINK_V3_ULTRA,
  NEURONLINK_V4,
  ICI_V4,
  ICI_V5E,
  ICI_V5P,
  ICI_V6E,
  ICI_V7X,
  XGMI_MI300,
  XGMI_MI350,
]
