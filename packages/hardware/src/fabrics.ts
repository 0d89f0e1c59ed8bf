/**
 * Scale-out networks. `hopLatency` is that of bulk transfers through NCCL (its Simple protocol): messages of a few KiB
 * travel in a quarter of it.
 */

import type { Fabric } from './profile.ts'
import { Gbps, MB, us } from './si.ts'
import { assumed, checked, doubtful, quoted, SOURCES } from './sources.ts'

const ncclBase = checked(SOURCES.nccl, 'Base of the bulk ring and tree: 8.4 us')
const ncclHop = checked(
  SOURCES.nccl,
  'Network step of the bulk protocol: 14 us (2.7 us for tiny messages); scans above 64 nodes run 1.4 to 1.6 times slower',
)

const treeFit = checked(
  SOURCES.gtc24,
  'Fitted on all-reduces of 1 MiB to 16 GiB on 32 to 8,192 H100 (with arXiv 2411.13055) and 64 KiB to 1 GiB on 2 DGX A100 (ALCF), median error 4 %; NCCL plans with 14 to 21 us a level',
)

const ncclPost = checked(SOURCES.nccl, 'Posting a message: 1 us on x86 and Arm')
const assumedRails = assumed('As in the reference designs')
const infiniband = {
  kind: 'infiniband',
  baseLatency: us(8.4),
  hopLatency: us(14),
  levelLatency: us(24),
  messageLatency: us(1),
  chunkBytes: MB(1.6),
  rails: true,
  oversubscription: 1,
  adaptiveRouting: true,
} as const

const infinibandProvenance = {
  '*': checked(SOURCES.network),
  baseLatency: ncclBase,
  hopLatency: ncclHop,
  levelLatency: treeFit,
  messageLatency: ncclPost,
  chunkBytes: treeFit,
  rails: assumedRails,
  tiers: assumed('Fat tree for more than 16,000 ports'),
  oversubscription: assumed('Full bisection, as in the reference designs'),
}

export const IB_HDR_200: Fabric = {
  id: 'ib-hdr-200',
  name: 'InfiniBand HDR, 200 Gb/s',
  ...infiniband,
  linkBandwidth: Gbps(200),
  achieved: 0.92,
  switchRadix: 40,
  tiers: 3,
  inSwitchReduction: false,
  provenance: {
    ...infinibandProvenance,
    achieved: checked(
      SOURCES.alcf,
      '183 of 200 GB/s a node on 2 DGX A100; NVIDIA shows 192 (GTC 2025), NCCL plans with 24 of 25 a NIC',
    ),
    switchRadix: quoted('QM8790'),
  },
}

export const IB_NDR_400: Fabric = {
  id: 'ib-ndr-400',
  name: 'InfiniBand NDR, 400 Gb/s',
  ...infiniband,
  linkBandwidth: Gbps(400),
  achieved: 0.92,
  switchRadix: 64,
  tiers: 3,
  inSwitchReduction: false,
  provenance: {
    ...infinibandProvenance,
    achieved: checked(
      SOURCES.gtc24,
      '367 to 380 of 400 GB/s a node from 32 to 8,192 H100 at 16 GiB; 340 to 360 with the default algorithm (arXiv 2411.13055)',
    ),
    inSwitchReduction: checked(
      SOURCES.gtc25,
      'The switches can (SHARPv3: 480 instead of 370 GB/s on 32 GPUs) but clusters seldom switch it on for training',
    ),
  },
}

export const IB_XDR_800: Fabric = {
  id: 'ib-xdr-800',
  name: 'InfiniBand XDR, 800 Gb/s',
  ...infiniband,
  linkBandwidth: Gbps(800),
  achieved: 0.92,
  switchRadix: 144,
  tiers: 2,
  inSwitchReduction: false,
  provenance: {
    ...infinibandProvenance,
    achieved: doubtful(SOURCES.ncclTests290, 'Share of NDR; NCCL plans with 96 of 100 GB/s a NIC'),
    switchRadix: quoted('Q3400'),
    tiers: checked(SOURCES.superpodB300, '10,368 ports in two tiers'),
    inSwitchReduction: quoted('The switches can (SHARPv4)'),
  },
}

const spectrum = {
  kind: 'ethernet',
  achieved: 0.9,
  baseLatency: us(8.4),
  hopLatency: us(16),
  levelLatency: us(26),
  messageLatency: us(1),
  chunkBytes: MB(1.6),
  rails: true,
  tiers: 3,
  oversubscription: 1,
  adaptiveRouting: true,
  inSwitchReduction: false,
} as const

const spectrumProvenance = {
  '*': checked(SOURCES.network),
  achieved: doubtful(
    SOURCES.spectrumX,
    'The vendor states 0.95 on 100,000 GPUs in three tiers; 0.05 taken off for lack of an independent test',
  ),
  baseLatency: ncclBase,
  hopLatency: assumed('InfiniBand and 2 us for the slower switches'),
  levelLatency: assumed('InfiniBand and 2 us for the slower switches'),
  messageLatency: ncclPost,
  chunkBytes: assumed('As InfiniBand'),
  rails: assumedRails,
  oversubscription: assumed('Full bisection, as in the reference designs'),
}

const SPECTRUM_X_400: Fabric = {
  id: 'spectrum-x-400',
  name: 'Spectrum-X Ethernet, 400 Gb/s',
  ...spectrum,
  linkBandwidth: Gbps(400),
  switchRadix: 128,
  provenance: spectrumProvenance,
}

const SPECTRUM_X_800: Fabric = {
  id: 'spectrum-x-800',
  name: 'Spectrum-X Ethernet, 800 Gb/s',
  ...spectrum,
  linkBandwidth: Gbps(800),
  switchRadix: 64,
  provenance: spectrumProvenance,
}

const roce = {
  kind: 'ethernet',
  baseLatency: us(8.4),
  hopLatency: us(18),
  levelLatency: us(28),
  messageLatency: us(1),
  chunkBytes: MB(1.6),
  switchRadix: 64,
  tiers: 3,
  oversubscription: 1,
  adaptiveRouting: false,
  inSwitchReduction: false,
} as const

const roceProvenance = {
  '*': checked(SOURCES.lockwood),
  achieved: assumed('As InfiniBand; collisions of hashed routes are counted apart'),
  baseLatency: ncclBase,
  hopLatency: doubtful(SOURCES.metaRoce, '22 us for a small collective at rest, of which about 4 are software'),
  levelLatency: assumed('InfiniBand and the 4 us that a hop takes longer'),
  messageLatency: ncclPost,
  chunkBytes: assumed('As InfiniBand'),
  switchRadix: assumed('Ports of the usual 400 Gb/s switch'),
}

const tunedFlows = checked(
  SOURCES.metaRoce,
  '16 queue pairs a connection and four channels a card, so that hashing uses about 80 % of the fabric',
)

const ROCE_200: Fabric = {
  id: 'roce-200',
  name: 'RoCE Ethernet, 200 Gb/s, tuned',
  ...roce,
  linkBandwidth: Gbps(200),
  achieved: 0.92,
  flowsPerPort: 64,
  provenance: {
    ...roceProvenance,
    flowsPerPort: tunedFlows,
    oversubscription: assumed('Full bisection; set your own'),
  },
}

const ROCE_400: Fabric = {
  id: 'roce-400',
  name: 'RoCE Ethernet, 400 Gb/s, tuned, pods of 3,072 chips',
  ...roce,
  linkBandwidth: Gbps(400),
  achieved: 0.92,
  flowsPerPort: 64,
  podChips: 3072,
  provenance: {
    ...roceProvenance,
    flowsPerPort: tunedFlows,
    podChips: checked(SOURCES.lockwood, 'Pods of 3,072 GPUs with full bisection'),
    oversubscription: checked(SOURCES.lockwood, '1 here; Meta ran 7 above the pod for Llama 3'),
  },
}

export const ETHERNET_100: Fabric = {
  id: 'ethernet-100',
  name: 'Plain RoCE Ethernet, 100 Gb/s',
  ...roce,
  linkBandwidth: Gbps(100),
  achieved: 0.92,
  hopLatency: us(25),
  levelLatency: us(35),
  flowsPerPort: 4,
  provenance: {
    ...roceProvenance,
    '*': checked(SOURCES.network),
    flowsPerPort: assumed(
      'Four channels a card: hashed routes lose 40 % to collisions, by the vendor of the alternative (Spectrum-X)',
    ),
    hopLatency: assumed('Tuned RoCE and 7 us for queues'),
    levelLatency: assumed('Tuned RoCE and 7 us for queues'),
    oversubscription: assumed('Full bisection; set your own'),
  },
}

const efa = {
  kind: 'efa',
  baseLatency: us(20),
  hopLatency: us(25),
  levelLatency: us(75),
  messageLatency: us(30),
  chunkBytes: MB(6.5),
  switchRadix: 64,
  tiers: 3,
  oversubscription: 1,
  adaptiveRouting: true,
  inSwitchReduction: false,
} as const

const efaTree = doubtful(
  SOURCES.awsSamples,
  'Fitted on all-reduces of 64 KiB to 16 GiB on 2 p4de, 2 p5 and 4 p6-b200, and of 1 GiB on 16 to 512 H100 (nanotron); small ones of 2 nodes are faster',
)

const efaProvenance = {
  '*': checked(SOURCES.network),
  baseLatency: doubtful(SOURCES.awsSamples, 'Floor of a small all-reduce on 2 nodes of p5: 65 to 70 us, with two hops'),
  hopLatency: doubtful(SOURCES.neuronCollectives, 'AWS counts 15 us a hop point to point; NCCL adds its flush'),
  levelLatency: efaTree,
  messageLatency: checked(
    SOURCES.nanotron,
    'All-gather and reduce-scatter of 1 GiB on 64 to 512 H100: 33 to 40 us a rank of the ring, the steps inside the node and the hops taken off',
  ),
  chunkBytes: efaTree,
  switchRadix: assumed('AWS publishes no topology'),
  tiers: assumed('AWS publishes no topology'),
  oversubscription: assumed('Full bisection inside a placement group'),
  adaptiveRouting: checked(SOURCES.network, 'Packets are sprayed over paths (SRD)'),
}

export const EFA_V1: Fabric = {
  id: 'efa-v1',
  name: 'AWS EFA v1, 100 Gb/s a port (p4d, p4de)',
  ...efa,
  linkBandwidth: Gbps(100),
  achieved: 0.85,
  provenance: { ...efaProvenance, achieved: checked(SOURCES.network, 'All-reduce uses 340 of 400 Gb/s') },
}

export const EFA_V2: Fabric = {
  id: 'efa-v2',
  name: 'AWS EFA v2, 100 Gb/s a port (p5, trn1)',
  ...efa,
  linkBandwidth: Gbps(100),
  achieved: 0.8,
  provenance: {
    ...efaProvenance,
    achieved: doubtful(
      SOURCES.nanotron,
      'All-gather of 1 GiB on 16 and 32 H100: 0.8 of the line rate once its copy and its steps are taken off; all-reduces of 32 to 512 reach 0.43 to 0.52',
    ),
  },
}

export const EFA_V3: Fabric = {
  id: 'efa-v3',
  name: 'AWS EFA v3, 200 Gb/s a port (p5en, trn2)',
  ...efa,
  linkBandwidth: Gbps(200),
  achieved: 0.95,
  provenance: {
    ...efaProvenance,
    achieved: doubtful(
      SOURCES.network,
      '365 GB/s bus bandwidth by ring on 4 nodes of p5en at 4 GiB: 0.91 of the line rate, latency included',
    ),
  },
}

export const EFA_V4: Fabric = {
  id: 'efa-v4',
  name: 'AWS EFA v4, 400 Gb/s a port (p6-b200)',
  ...efa,
  linkBandwidth: Gbps(400),
  achieved: 0.95,
  provenance: {
    ...efaProvenance,
    achieved: doubtful(
      SOURCES.network,
      '382 GB/s bus bandwidth on 4 nodes of p6-b200 at 16 GiB: 0.95 of the line rate',
    ),
  },
}

const OMNI_PATH_100: Fabric = {
  id: 'omni-path-100',
  name: 'Omni-Path, 100 Gb/s a port (Jean Zay: 4 ports for 8 A100)',
  ...infiniband,
  linkBandwidth: Gbps(100),
  achieved: 0.8,
  switchRadix: 48,
  tiers: 3,
  rails: false,
  adaptiveRouting: false,
  flowsPerPort: 4,
  inSwitchReduction: false,
  provenance: {
    ...infinibandProvenance,
    '*': checked(SOURCES.bloom, '4 links a node of 8 A100, a network of their own; counted as InfiniBand here'),
    linkBandwidth: quoted('100 Gb/s by the first generation'),
    achieved: assumed('Below InfiniBand: the host does more of the work; no public test'),
    hopLatency: assumed('As InfiniBand'),
    levelLatency: assumed('As InfiniBand'),
    chunkBytes: assumed('As InfiniBand'),
    switchRadix: quoted(),
    rails: assumed('The cards of a node at one switch'),
    adaptiveRouting: assumed('Off'),
    flowsPerPort: assumed('Four channels a card'),
  },
}

export const ETHERNET_400: Fabric = {
  id: 'ethernet-400',
  name: 'RoCE Ethernet, 400 Gb/s a port (Broadcom Thor 2; MI300 servers)',
  ...roce,
  linkBandwidth: Gbps(400),
  achieved: 0.92,
  switchRadix: 128,
  flowsPerPort: 64,
  provenance: {
    ...roceProvenance,
    '*': checked(SOURCES.mi300xJuniper, 'Cards of 400 Gb/s'),
    flowsPerPort: tunedFlows,
    switchRadix: assumed('Ports of 400 Gb/s of a 51.2 Tb/s switch'),
    oversubscription: assumed('Full bisection; set your own'),
  },
}

const SLINGSHOT_11: Fabric = {
  id: 'slingshot-11',
  name: 'HPE Slingshot 11, 200 Gb/s',
  kind: 'ethernet',
  linkBandwidth: Gbps(200),
  achieved: 0.73,
  baseLatency: us(8.4),
  hopLatency: us(31),
  messageLatency: us(10),
  chunkBytes: MB(2),
  switchRadix: 64,
  tiers: 2,
  oversubscription: 1,
  adaptiveRouting: true,
  inSwitchReduction: false,
  provenance: {
    '*': checked(SOURCES.network),
    achieved: checked(
      SOURCES.alcf,
      'All-reduce and all-gather of 1 GiB on 2 to 8 nodes of Polaris: 36.5 of 50 GB/s a node; 31 and 23 on 256 nodes',
    ),
    baseLatency: ncclBase,
    hopLatency: checked(
      SOURCES.alcf,
      'Small all-gathers on 8 to 540 nodes: 30 to 35 us a hop of the ring; small all-reduces 10 to 14 us a level of the tree',
    ),
    messageLatency: checked(
      SOURCES.alcf,
      'Small all-to-alls on 32 to 2,160 ranks: 10 us a peer; large all-gathers take 8 to 22 us a rank beyond their bytes and hops',
    ),
    chunkBytes: assumed('As InfiniBand, rounded up'),
    switchRadix: quoted('Rosetta'),
    tiers: quoted('Dragonfly: a switch of the own group and one of the other'),
    oversubscription: assumed('Enough links between the groups'),
    adaptiveRouting: quoted(),
  },
}

export const DCN: Fabric = {
  id: 'dcn',
  name: 'Google data-centre network, 200 Gb/s a port of the host',
  kind: 'ethernet',
  linkBandwidth: Gbps(200),
  achieved: 0.8,
  baseLatency: us(20),
  hopLatency: us(20),
  levelLatency: us(40),
  switchRadix: 64,
  tiers: 3,
  oversubscription: 1,
  adaptiveRouting: true,
  inSwitchReduction: false,
  provenance: {
    '*': checked(SOURCES.scalingBookTpus, '25 GB/s a host'),
    achieved: assumed('As tuned RoCE; no public test'),
    baseLatency: assumed('As EFA'),
    hopLatency: assumed('Between tuned RoCE and EFA: through the memory of the host'),
    levelLatency: assumed('A hop and the hosts at both ends'),
    switchRadix: assumed('Google publishes no switch'),
    tiers: assumed('Google publishes no topology'),
    oversubscription: assumed('Full bisection between the hosts of a job'),
    adaptiveRouting: assumed('Central control of routes'),
  },
}

export const FABRICS: readonly Fabric[] = [
  IB_HDR_200,
  IB_NDR_400,
  IB_XDR_800,
  SPECTRUM_X_400,
  SPECTRUM_X_800,
  ROCE_200,
  ROCE_400,
  ETHERNET_100,
  EFA_V1,
  EFA_V2,
  EFA_V3,
  EFA_V4,
  OMNI_PATH_100,
  ETHERNET_400,
  SLINGSHOT_11,
  DCN,
]
