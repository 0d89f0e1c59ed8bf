/** Scale-up links. `achieved` is measured bus bandwidth over the rate of the link. */

import { shares } from './link-shares.ts'
import { XGMI_MI300, XGMI_MI350 } from './links-amd.ts'
import { ICI_V4, ICI_V5E, ICI_V5P, ICI_V6E, ICI_V7X } from './links-google.ts'
import type { Provenance, ScaleUpLink } from './profile.ts'
import { GBps, MiB, us } from './si.ts'
import { assumed, checked, doubtful, SOURCES } from './sources.ts'

const latencyFit =
  'Least squares on the smallest all-gather, reduce-scatter and all-reduce of 2, 4 and 8 ranks: n-1 hops, 2(n-1) for all-reduce'
const onTwo = (nccl: string, measured: string): Provenance =>
  checked(
    SOURCES.aiconfigurator,
    `2 ranks, NCCL ${nccl}, 512 MiB: all-reduce, all-gather, reduce-scatter, all-to-all ${measured} GB/s`,
  )
const halfFit = 'Size at half of the bus bandwidth of 512 MiB on 8 ranks, interpolated, mean over the collectives'

export const NVLINK3: ScaleUpLink = {
  id: 'nvlink3',
  name: 'NVLink 3 with NVSwitch (A100)',
  topology: 'switched',
  bandwidth: GBps(300),
  achieved: shares(300, { allReduce: 235, allGather: 205, reduceScatter: 213, allToAll: 203, sendRecv: 274 }),
  smallGroup: {
    members: 2,
    achieved: shares(300, { allReduce: 193, allGather: 150, reduceScatter: 167, allToAll: 164, sendRecv: 274 }),
  },
  baseLatency: us(7.8),
  hopLatency: us(1.07),
  halfBandwidthBytes: MiB(9),
  inSwitchReduction: false,
  provenance: {
    '*': checked(SOURCES.network),
    achieved: checked(
      SOURCES.aiconfigurator,
      '8 ranks, NCCL 2.27.3, 512 MiB: all-gather 205, reduce-scatter 213, all-to-all 203 GB/s',
    ),
    'achieved.allReduce': checked(SOURCES.network, '234.9 GB/s at 16 GiB; 222 at 512 MiB by AIConfigurator'),
    'achieved.sendRecv': checked(SOURCES.network, 'Copy between a pair: 274 GB/s'),
    smallGroup: onTwo('2.27.3', '193, 150, 167, 164'),
    'smallGroup.achieved.sendRecv': checked(SOURCES.network, 'Copy between a pair: 274 GB/s'),
    baseLatency: checked(SOURCES.aiconfigurator, latencyFit),
    hopLatency: checked(SOURCES.aiconfigurator, latencyFit),
    halfBandwidthBytes: checked(SOURCES.aiconfigurator, halfFit),
  },
}

export const NVLINK3_A800: ScaleUpLink = {
  ...NVLINK3,
  id: 'nvlink3-a800',
  name: 'NVLink 3 with 8 links a chip (A800)',
  bandwidth: GBps(200),
  halfBandwidthBytes: MiB(6),
  provenance: {
    '*': doubtful(SOURCES.llmClusterSimulator, '400 GB/s in both directions together'),
    achieved: assumed('Shares of the A100; not measured in public'),
    smallGroup: assumed('Shares of the A100; not measured in public'),
    baseLatency: assumed('As the A100'),
    hopLatency: assumed('As the A100'),
    halfBandwidthBytes: assumed('The A100 figure in proportion to the rate'),
  },
}

export const NVLINK4: ScaleUpLink = {
  id: 'nvlink4',
  name: 'NVLink 4 with NVSwitch (H100, H200)',
  topology: 'switched',
  bandwidth: GBps(450),
  achieved: shares(450, { allReduce: 445, allGather: 336, reduceScatter: 335, allToAll: 317, sendRecv: 376 }),
  smallGroup: {
    members: 2,
    achieved: shares(450, { allReduce: 318, allGather: 258, reduceScatter: 249, allToAll: 280, sendRecv: 376 }),
  },
  baseLatency: us(4.8),
  hopLatency: us(0.77),
  halfBandwidthBytes: MiB(9),
  inSwitchReduction: true,
  provenance: {
    '*': checked(SOURCES.network),
    achieved: checked(SOURCES.aiconfigurator, '8 H100, NCCL 2.27.3 and 2.29.2, 512 MiB'),
    'achieved.allReduce': checked(
      SOURCES.aiconfigurator,
      'NVLS at 512 MiB; 479 GB/s at 8 GiB on Azure. A ring alone reaches 367 GB/s, and 4 ranks or fewer get no gain from the switch',
    ),
    'achieved.sendRecv': checked(SOURCES.network, 'Copy between a pair: 376 GB/s on H100, 396 on H200'),
    smallGroup: onTwo('2.29.2', '318, 258, 249, 280'),
    'smallGroup.achieved.sendRecv': checked(SOURCES.network, 'Copy between a pair: 376 GB/s on H100'),
    baseLatency: checked(SOURCES.aiconfigurator, latencyFit),
    hopLatency: checked(SOURCES.aiconfigurator, latencyFit),
    halfBandwidthBytes: checked(SOURCES.aiconfigurator, halfFit),
  },
}

export const NVLINK4_H800: ScaleUpLink = {
  ...NVLINK4,
  id: 'nvlink4-h800',
  name: 'NVLink 4 with 8 links a chip (H800)',
  bandwidth: GBps(200),
  achieved: { ...NVLINK4.achieved, allToAll: 0.78 },
  halfBandwidthBytes: MiB(4),
  provenance: {
    '*': doubtful(SOURCES.llmClusterSimulator, '400 GB/s in both directions together'),
    achieved: assumed('Shares of the H100; not measured in public'),
    smallGroup: assumed('Shares of the H100; not measured in public'),
    'achieved.allToAll': checked(SOURCES.deepep, '153 to 158 GB/s among 8 chips'),
    baseLatency: assumed('As the H100'),
    hopLatency: assumed('As the H100'),
    halfBandwidthBytes: assumed('The H100 figure in proportion to the rate'),
  },
}

export const NVLINK4_PAIR: ScaleUpLink = {
  id: 'nvlink4-pair',
  name: 'NVLink 4 bridges between two cards (H100 NVL)',
  topology: 'mesh',
  bandwidth: GBps(300),
  achieved: shares(450, { allReduce: 318, allGather: 258, reduceScatter: 249, allToAll: 280, sendRecv: 376 }),
  baseLatency: NVLINK4.baseLatency,
  hopLatency: NVLINK4.hopLatency,
  halfBandwidthBytes: MiB(6),
  inSwitchReduction: false,
  provenance: {
    '*': checked(SOURCES.epochChips, '600 GB/s in both directions together; no switch'),
    achieved: assumed('Shares of two H100 behind a switch; the bridge is not measured in public'),
    baseLatency: assumed('As the H100 with a switch'),
    hopLatency: assumed('As the H100 with a switch'),
    halfBandwidthBytes: assumed('The H100 figure in proportion to the rate'),
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
  halfBandwidthBytes: MiB(1),
  inSwitchReduction: false,
  provenance: {
    '*': checked(SOURCES.network, '450 GB/s each way'),
    achieved: doubtful(
      SOURCES.network,
      'Copies of 359 and 377 GB/s on a GB300; a domain of one chip has no collective of its own',
    ),
    baseLatency: assumed('Not used: a domain of one chip has no collective of its own'),
    hopLatency: assumed('Not used: a domain of one chip has no collective of its own'),
    halfBandwidthBytes: assumed('Not used: a domain of one chip has no collective of its own'),
  },
}

export const NVLINK5: ScaleUpLink = {
  id: 'nvlink5',
  name: 'NVLink 5 with NVSwitch, 8 chips (B200)',
  topology: 'switched',
  bandwidth: GBps(900),
  achieved: shares(900, { allReduce: 685, allGather: 610, reduceScatter: 611, allToAll: 532, sendRecv: 746 }),
  smallGroup: {
    members: 2,
    achieved: shares(900, { allReduce: 534, allGather: 438, reduceScatter: 412, allToAll: 331, sendRecv: 746 }),
  },
  baseLatency: us(7.5),
  hopLatency: us(1.25),
  halfBandwidthBytes: MiB(32),
  inSwitchReduction: true,
  provenance: {
    '*': checked(SOURCES.network),
    achieved: checked(
      SOURCES.aiconfigurator,
      '8 ranks, NCCL 2.28.9, 512 MiB; NCCL 2.29.2 gives 704, 617, 613 and 563 GB/s',
    ),
    'achieved.allReduce': checked(SOURCES.aiconfigurator, '685 GB/s at 512 MiB; 846 at 16 GiB with NVLS on p6-b200'),
    'achieved.sendRecv': doubtful(SOURCES.network, 'Copy between a pair of GB200: 746 GB/s'),
    smallGroup: onTwo('2.29.2', '534, 438, 412, 331'),
    'smallGroup.achieved.sendRecv': doubtful(SOURCES.network, 'Copy between a pair of GB200: 746 GB/s'),
    baseLatency: checked(SOURCES.aiconfigurator, latencyFit),
    hopLatency: checked(SOURCES.aiconfigurator, latencyFit),
    halfBandwidthBytes: checked(SOURCES.aiconfigurator, halfFit),
  },
}

export const NVLINK5_NVL72: ScaleUpLink = {
  ...NVLINK5,
  id: 'nvlink5-nvl72',
  name: 'NVLink 5 rack of 72 chips (GB200 NVL72)',
  achieved: shares(900, { allReduce: 839, allGather: 680, reduceScatter: 680, allToAll: 640, sendRecv: 746 }),
  smallGroup: {
    members: 2,
    achieved: shares(900, { allReduce: 530, allGather: 437, reduceScatter: 409, allToAll: 332, sendRecv: 746 }),
  },
  baseLatency: us(8.2),
  hopLatency: us(1.23),
  provenance: {
    '*': checked(SOURCES.network),
    'achieved.allReduce': checked(SOURCES.coreweave, '839 GB/s on 72 ranks at 4 GiB with NVLS'),
    'achieved.allGather': checked(SOURCES.gtc25, 'Ring on an NVL72: 680 GB/s'),
    'achieved.reduceScatter': checked(SOURCES.gtc25, 'Ring on an NVL72: 680 GB/s'),
    'achieved.allToAll': checked(SOURCES.gtc25, '640 GB/s'),
    'achieved.sendRecv': checked(SOURCES.network, 'Copy between a pair of GB200: 746 GB/s'),
    smallGroup: onTwo('2.29.2', '530, 437, 409, 332'),
    'smallGroup.achieved.sendRecv': checked(SOURCES.network, 'Copy between a pair of GB200: 746 GB/s'),
    baseLatency: checked(SOURCES.aiconfigurator, `GB200, 2 and 4 ranks. ${latencyFit}`),
    hopLatency: checked(SOURCES.aiconfigurator, `GB200, 2 and 4 ranks. ${latencyFit}`),
    halfBandwidthBytes: doubtful(SOURCES.aiconfigurator, 'Taken from 8 B200; 12 to 23 MiB on 4 GB200'),
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
  halfBandwidthBytes: MiB(1),
  inSwitchReduction: false,
  provenance: {
    '*': checked(SOURCES.network),
    achieved: doubtful(SOURCES.gtc25, 'All-reduce 24 GB/s on 8 chips; the others taken as equal'),
    'achieved.allToAll': assumed('Half of the 12 GB/s that the GTC 2025 slide gives for Gen5'),
    baseLatency: pcieLatency,
    hopLatency: pcieLatency,
    halfBandwidthBytes: assumed('Latency of 8 ranks times the achieved rate, rounded up'),
  },
}

export const PCIE5_HOST: ScaleUpLink = {
  ...PCIE4_HOST,
  id: 'pcie5-host',
  name: 'PCIe Gen5 x16 through the host',
  bandwidth: GBps(63),
  achieved: shares(63, { allReduce: 48, allGather: 48, reduceScatter: 48, allToAll: 12, sendRecv: 48 }),
  halfBandwidthBytes: MiB(2),
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
  halfBandwidthBytes: assumed('As NVLink of the same rate'),
}

export const NEURONLINK_V2: ScaleUpLink = {
  id: 'neuronlink-v2',
  name: 'NeuronLink-v2, torus of 4 by 4 (trn1)',
  topology: 'torus',
  bandwidth: GBps(192),
  achieved: torusShares,
  baseLatency: us(6),
  hopLatency: us(1.5),
  halfBandwidthBytes: MiB(4),
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
  halfBandwidthBytes: MiB(8),
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
  halfBandwidthBytes: MiB(10),
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
  halfBandwidthBytes: MiB(20),
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
