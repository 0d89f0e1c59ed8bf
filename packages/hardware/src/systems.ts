/** Systems: nodes as bought or rented. Power is the most a node draws, a share of the network beside it. */

import {
  A100_PCIE_80,
  A100_SXM_40,
  A100_SXM_80,
  B200_SXM,
  GB200,
  H100_PCIE,
  H100_SXM,
  H200_SXM,
  H800_SXM,
  TRN1,
  TRN2,
} from './chips.ts'
import { EFA_V1, EFA_V2, EFA_V3, EFA_V4, ETHERNET_100, IB_HDR_200, IB_NDR_400 } from './fabrics.ts'
import {
  NEURONLINK_V2,
  NEURONLINK_V2_TRN1N,
  NEURONLINK_V3,
  NEURONLINK_V3_ULTRA,
  NVLINK3,
  NVLINK4,
  NVLINK4_H800,
  NVLINK5,
  NVLINK5_NVL72,
  PCIE4_HOST,
  PCIE5_HOST,
} from './links.ts'
import type { Provenance, System } from './profile.ts'
import { kW } from './si.ts'
import { assumed, checked, doubtful, quoted, SOURCES } from './sources.ts'

type Node = Omit<System, 'provenance' | 'hostPower' | 'allInPower'> & {
  /** Watts of a whole node at most, network outside it excluded. */
  readonly nodePower: number
  readonly power: Provenance
  readonly layout: Provenance
}

/** The power of the parts from that of the whole node. */
function system({ nodePower, power, layout, ...node }: Node): System {
  return {
    ...node,
    hostPower: nodePower - node.chipsPerNode * node.chip.tdp,
    allInPower: Math.round(nodePower / node.chipsPerNode) + node.networkPower,
    provenance: { '*': layout, hostPower: power, allInPower: power, networkPower },
  }
}

const networkPower = assumed(
  'NIC ports, three tiers of switches and their optics; about a tenth of the power with storage',
)
const perGpuSlot = checked(SOURCES.network)
const efaNodes = checked(SOURCES.network, 'Ports and their rate as AWS states them a node')

const hgx = { chipsPerNode: 8, domainChips: 8, nicsPerNode: 8 } as const

const dgxA100Power = quoted('6.5 kW at most by the data sheet')
const dgxH100Power = checked(
  SOURCES.dgxH100,
  '10.2 kW at most; a digest of SemiAnalysis counts 575 W beside the 700 W of the chip, the same',
)
const dgxB200Power = checked(SOURCES.dgxB200, '14.3 kW at most')
const asDgx = (name: string): Provenance => assumed(`Power of the ${name}`)

const a100Node = {
  ...hgx,
  chip: A100_SXM_80,
  scaleUp: NVLINK3,
  fabric: IB_HDR_200,
  nodePower: kW(6.5),
  networkPower: 60,
  price: 'a100-80-reserved',
  layout: perGpuSlot,
} as const
const a100Node40 = { ...a100Node, chip: A100_SXM_40, price: 'a100-40-reserved' } as const
const h100Node = {
  ...hgx,
  chip: H100_SXM,
  scaleUp: NVLINK4,
  fabric: IB_NDR_400,
  nodePower: kW(10.2),
  networkPower: 100,
  price: 'h100-reserved',
  layout: perGpuSlot,
} as const
const h200Node = { ...h100Node, chip: H200_SXM, price: 'h200-reserved' } as const
const b200Node = {
  ...hgx,
  chip: B200_SXM,
  scaleUp: NVLINK5,
  fabric: IB_NDR_400,
  nodePower: kW(14.3),
  networkPower: 100,
  price: 'b200-reserved',
  layout: perGpuSlot,
} as const

const trainiumPower = assumed('AWS publishes no power: chips and 150 to 500 W a chip for host, fans and conversion')

export const SYSTEMS: readonly System[] = [
  system({ id: 'dgx-a100-40', name: 'DGX A100, 8 x 40 GB', ...a100Node40, power: dgxA100Power }),
  system({ id: 'dgx-a100', name: 'DGX A100, 8 x 80 GB', ...a100Node, power: dgxA100Power }),
  system({ id: 'hgx-a100-40', name: 'HGX A100, 8 x 40 GB', ...a100Node40, power: asDgx('DGX A100') }),
  system({ id: 'hgx-a100', name: 'HGX A100, 8 x 80 GB', ...a100Node, power: asDgx('DGX A100') }),
  system({ id: 'dgx-h100', name: 'DGX H100, 8 x 80 GB', ...h100Node, power: dgxH100Power }),
  system({ id: 'hgx-h100', name: 'HGX H100, 8 x 80 GB', ...h100Node, power: asDgx('DGX H100') }),
  system({
    id: 'hgx-h800',
    name: 'HGX H800, 8 x 80 GB',
    ...h100Node,
    chip: H800_SXM,
    scaleUp: NVLINK4_H800,
    price: 'h800-reserved',
    power: asDgx('DGX H100'),
  }),
  system({ id: 'dgx-h200', name: 'DGX H200, 8 x 141 GB', ...h200Node, power: dgxH100Power }),
  system({ id: 'hgx-h200', name: 'HGX H200, 8 x 141 GB', ...h200Node, power: asDgx('DGX H200') }),
  system({ id: 'dgx-b200', name: 'DGX B200, 8 x 180 GB', ...b200Node, power: dgxB200Power }),
  system({ id: 'hgx-b200', name: 'HGX B200, 8 x 180 GB', ...b200Node, power: asDgx('DGX B200') }),
  system({
    id: 'gb200-nvl72',
    name: 'GB200 NVL72, trays of 4, rack of 72',
    chip: GB200,
    chipsPerNode: 4,
    domainChips: 72,
    scaleUp: NVLINK5_NVL72,
    nicsPerNode: 4,
    fabric: IB_NDR_400,
    nodePower: Math.round(kW(120) / 18),
    networkPower: 100,
    price: 'gb200-reserved',
    power: doubtful(SOURCES.nvl72Power, 'About 120 kW a rack, NVLink switches inside; 132 kW of shelves'),
    layout: checked(SOURCES.scalingBook, '72 ports of 400 Gb/s leave a rack; racks with 800 Gb/s a chip exist'),
  }),
  system({
    id: 'p4d',
    name: 'AWS p4d.24xlarge, 8 x A100 40 GB',
    ...a100Node40,
    nicsPerNode: 4,
    fabric: EFA_V1,
    price: 'aws-p4d-on-demand',
    power: asDgx('DGX A100'),
    layout: efaNodes,
  }),
  system({
    id: 'p4de',
    name: 'AWS p4de.24xlarge, 8 x A100 80 GB',
    ...a100Node,
    nicsPerNode: 4,
    fabric: EFA_V1,
    price: 'aws-p4de-on-demand',
    power: asDgx('DGX A100'),
    layout: efaNodes,
  }),
  system({
    id: 'p5',
    name: 'AWS p5.48xlarge, 8 x H100',
    ...h100Node,
    nicsPerNode: 32,
    fabric: EFA_V2,
    price: 'aws-p5-on-demand',
    power: asDgx('DGX H100'),
    layout: efaNodes,
  }),
  system({
    id: 'p5en',
    name: 'AWS p5en.48xlarge, 8 x H200',
    ...h200Node,
    nicsPerNode: 16,
    fabric: EFA_V3,
    price: 'aws-p5en-on-demand',
    power: asDgx('DGX H200'),
    layout: efaNodes,
  }),
  system({
    id: 'p6',
    name: 'AWS p6-b200.48xlarge, 8 x B200',
    ...b200Node,
    fabric: EFA_V4,
    price: 'aws-p6-b200-on-demand',
    power: asDgx('DGX B200'),
    layout: efaNodes,
  }),
  system({
    id: 'p6-b200',
    name: 'AWS p6-b200.48xlarge, 8 x B200',
    ...b200Node,
    fabric: EFA_V4,
    price: 'aws-p6-b200-on-demand',
    power: asDgx('DGX B200'),
    layout: efaNodes,
  }),
  system({
    id: 'trn1',
    name: 'AWS trn1.32xlarge, 16 x Trainium1',
    chip: TRN1,
    chipsPerNode: 16,
    domainChips: 16,
    scaleUp: NEURONLINK_V2,
    nicsPerNode: 8,
    fabric: EFA_V2,
    nodePower: kW(8.8),
    networkPower: 25,
    price: 'aws-trn1-capacity-block',
    power: trainiumPower,
    layout: checked(SOURCES.neuron, '800 Gb/s a node; 8 ports of 100 Gb/s'),
  }),
  system({
    id: 'trn1n',
    name: 'AWS trn1n.32xlarge, 16 x Trainium1',
    chip: TRN1,
    chipsPerNode: 16,
    domainChips: 16,
    scaleUp: NEURONLINK_V2_TRN1N,
    nicsPerNode: 16,
    fabric: EFA_V2,
    nodePower: kW(8.8),
    networkPower: 40,
    price: 'aws-trn1-capacity-block',
    power: trainiumPower,
    layout: checked(SOURCES.neuron, '1600 Gb/s a node; 16 ports of 100 Gb/s'),
  }),
  system({
    id: 'trn2',
    name: 'AWS trn2.48xlarge, 16 x Trainium2',
    chip: TRN2,
    chipsPerNode: 16,
    domainChips: 16,
    scaleUp: NEURONLINK_V3,
    nicsPerNode: 16,
    fabric: EFA_V3,
    nodePower: kW(16),
    networkPower: 60,
    price: 'aws-trn2-capacity-block',
    power: trainiumPower,
    layout: efaNodes,
  }),
  system({
    id: 'trn2-ultra',
    name: 'AWS trn2 UltraServer, 4 nodes, 64 x Trainium2',
    chip: TRN2,
    chipsPerNode: 16,
    domainChips: 64,
    scaleUp: NEURONLINK_V3_ULTRA,
    nicsPerNode: 16,
    fabric: EFA_V3,
    nodePower: kW(16),
    networkPower: 60,
    price: 'aws-trn2-capacity-block',
    power: trainiumPower,
    layout: efaNodes,
  }),
  system({
    id: 'pcie-a100',
    name: 'Server with 8 A100 PCIe 80 GB',
    chip: A100_PCIE_80,
    chipsPerNode: 8,
    domainChips: 8,
    scaleUp: PCIE4_HOST,
    nicsPerNode: 2,
    fabric: ETHERNET_100,
    nodePower: kW(4),
    networkPower: 20,
    price: 'a100-pcie-on-demand',
    power: assumed('Eight cards and 1.6 kW'),
    layout: assumed('A common build: 8 cards, 2 ports of 100 Gb/s, no bridges'),
  }),
  system({
    id: 'pcie-h100',
    name: 'Server with 8 H100 PCIe 80 GB',
    chip: H100_PCIE,
    chipsPerNode: 8,
    domainChips: 8,
    scaleUp: PCIE5_HOST,
    nicsPerNode: 2,
    fabric: IB_NDR_400,
    nodePower: kW(4.8),
    networkPower: 40,
    price: 'h100-pcie-on-demand',
    power: assumed('Eight cards and 2 kW'),
    layout: assumed('A common build: 8 cards, 2 ports of 400 Gb/s, no bridges'),
  }),
]
