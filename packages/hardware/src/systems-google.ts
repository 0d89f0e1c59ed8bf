/** TPU pods. The torus is that of the whole pod: a smaller slice is a system of its own axes and `domainChips`. */

import { TPU_V4, TPU_V5E, TPU_V5P, TPU_V6E, TPU_V7X } from './chips-google.ts'
import { DCN } from './fabrics.ts'
import { ICI_V4, ICI_V5E, ICI_V5P, ICI_V6E, ICI_V7X } from './links-google.ts'
import type { System } from './profile.ts'
import { kW } from './si.ts'
import { assumed, checked, doubtful, SOURCES } from './sources.ts'
import { system } from './system-power.ts'

const power = assumed('Google publishes no power: chips and about 120 W a chip for host, fans and conversion')
const host = (note: string): ReturnType<typeof checked> => checked(SOURCES.scalingBookTpus, note)
const shared = { fabric: DCN, networkPower: 20, power } as const

export const GOOGLE_SYSTEMS: readonly System[] = [
  system({
    id: 'tpu-v4-pod',
    name: 'TPU v4 pod, 16 x 16 x 16, hosts of 4',
    ...shared,
    chip: TPU_V4,
    chipsPerNode: 4,
    domainChips: 4096,
    scaleUp: ICI_V4,
    nicsPerNode: 1,
    nodePower: kW(1.25),
    price: 'tpu-v4-1-year',
    layout: host('4 chips and 25 GB/s a host'),
  }),
  system({
    id: 'tpu-v5e-pod',
    name: 'TPU v5e pod, 16 x 16, hosts of 8',
    ...shared,
    chip: TPU_V5E,
    chipsPerNode: 8,
    domainChips: 256,
    scaleUp: ICI_V5E,
    nicsPerNode: 1,
    nodePower: kW(2.5),
    price: 'tpu-v5e-1-year',
    layout: host('8 chips and 25 GB/s a host'),
  }),
  system({
    id: 'tpu-v5p-pod',
    name: 'TPU v5p pod, 16 x 20 x 28, hosts of 4',
    ...shared,
    chip: TPU_V5P,
    chipsPerNode: 4,
    domainChips: 8960,
    scaleUp: ICI_V5P,
    nicsPerNode: 1,
    nodePower: kW(2.3),
    price: 'tpu-v5p-on-demand',
    layout: checked(SOURCES.tpuDocs, '4 chips a host; 50 Gb/s of network a chip'),
  }),
  system({
    id: 'tpu-v6e-pod',
    name: 'TPU v6e pod, 16 x 16, hosts of 8',
    ...shared,
    chip: TPU_V6E,
    chipsPerNode: 8,
    domainChips: 256,
    scaleUp: ICI_V6E,
    nicsPerNode: 4,
    nodePower: kW(3.8),
    price: 'tpu-v6e-1-year',
    layout: checked(SOURCES.tpuDocs, '100 Gb/s of network a chip; hosts of 4 are rented too'),
  }),
  system({
    id: 'tpu-v7x-pod',
    name: 'TPU7x (Ironwood) pod, 16 x 24 x 24, hosts of 4',
    ...shared,
    chip: TPU_V7X,
    chipsPerNode: 4,
    domainChips: 9216,
    scaleUp: ICI_V7X,
    nicsPerNode: 2,
    nodePower: kW(4.26),
    power: doubtful(SOURCES.ironwoodPower, '10 MW over 9,216 chips, network inside'),
    layout: checked(SOURCES.tpuDocs, '4 chips and 2 ports a host; 100 Gb/s of network a chip'),
  }),
]
