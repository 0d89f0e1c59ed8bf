/** Links between TPU chips (ICI): tori of a whole pod. A smaller slice is the same link with other axes. */

import type { ScaleUpLink } from './profile.ts'
import { GBps, us } from './si.ts'
import { assumed, checked, doubtful, SOURCES } from './sources.ts'

const ici = {
  topology: 'torus',
  achieved: { allReduce: 0.9, allGather: 0.95, reduceScatter: 0.95, allToAll: 0.8, sendRecv: 0.9 },
  baseLatency: us(1),
  hopLatency: us(1),
  chunkBytes: 0,
  inSwitchReduction: false,
  slices: true,
} as const

const iciProvenance = {
  '*': checked(SOURCES.scalingBookTpus),
  achieved: assumed('Below the measured all-gather'),
  'achieved.allGather': checked(SOURCES.scalingBookSharding, 'About 95 % of 45 GB/s a link on a ring of 16 TPU v5e'),
  'achieved.reduceScatter': assumed('As the all-gather'),
  baseLatency: assumed('One hop: collectives are part of the compiled program'),
  hopLatency: checked(SOURCES.scalingBookTpus, 'About 1 us a hop'),
  chunkBytes: doubtful(SOURCES.scalingBookSharding, 'Full rate from about 10 MB on 16 chips: the hops alone'),
}

const cube = 'Cubes of 4 by 4 by 4 joined by optical switches: a slice wraps around where it is made of whole cubes'

export const ICI_V4: ScaleUpLink = {
  id: 'ici-v4',
  name: 'ICI of TPU v4, torus of 16 by 16 by 16',
  ...ici,
  bandwidth: GBps(270),
  axes: [
    { chips: 16, linkBandwidth: GBps(45) },
    { chips: 16, linkBandwidth: GBps(45) },
    { chips: 16, linkBandwidth: GBps(45) },
  ],
  provenance: { ...iciProvenance, axes: checked(SOURCES.scalingBookTpus, cube) },
}

export const ICI_V5E: ScaleUpLink = {
  id: 'ici-v5e',
  name: 'ICI of TPU v5e, torus of 16 by 16',
  ...ici,
  bandwidth: GBps(180),
  axes: [
    { chips: 16, linkBandwidth: GBps(45) },
    { chips: 16, linkBandwidth: GBps(45) },
  ],
  provenance: { ...iciProvenance, axes: checked(SOURCES.scalingBookTpus, 'Only an axis of 16 wraps around') },
}

export const ICI_V5P: ScaleUpLink = {
  id: 'ici-v5p',
  name: 'ICI of TPU v5p, torus of 16 by 20 by 28',
  ...ici,
  bandwidth: GBps(540),
  axes: [
    { chips: 16, linkBandwidth: GBps(90) },
    { chips: 20, linkBandwidth: GBps(90) },
    { chips: 28, linkBandwidth: GBps(90) },
  ],
  provenance: {
    ...iciProvenance,
    bandwidth: checked(SOURCES.scalingBookTpus, '6 links of 90 GB/s; Google prints 1,200 GB/s in both directions'),
    axes: checked(SOURCES.scalingBookTpus, cube),
  },
}

export const ICI_V6E: ScaleUpLink = {
  id: 'ici-v6e',
  name: 'ICI of TPU v6e, torus of 16 by 16',
  ...ici,
  bandwidth: GBps(360),
  axes: [
    { chips: 16, linkBandwidth: GBps(90) },
    { chips: 16, linkBandwidth: GBps(90) },
  ],
  provenance: {
    ...iciProvenance,
    bandwidth: checked(SOURCES.scalingBookTpus, '4 links of 90 GB/s; Google prints 800 GB/s in both directions'),
    axes: checked(SOURCES.scalingBookTpus, 'Only an axis of 16 wraps around'),
  },
}

export const ICI_V7X: ScaleUpLink = {
  id: 'ici-v7x',
  name: 'ICI of TPU7x (Ironwood), torus of 16 by 24 by 24',
  ...ici,
  bandwidth: GBps(600),
  axes: [
    { chips: 16, linkBandwidth: GBps(100) },
    { chips: 24, linkBandwidth: GBps(100) },
    { chips: 24, linkBandwidth: GBps(100) },
  ],
  provenance: {
    ...iciProvenance,
    '*': checked(SOURCES.tpuDocs),
    bandwidth: checked(
      SOURCES.tpuDocs,
      '1,200 GB/s in both directions, as printed for the v5p too, which others count at 90 GB/s a link',
    ),
    axes: doubtful(SOURCES.tpuDocs, '9,216 chips; the shape of the whole pod is assumed, a sixth of the rate a link'),
    achieved: assumed('As older TPUs'),
    'achieved.allGather': assumed('As the TPU v5e'),
    hopLatency: assumed('As older TPUs'),
  },
}
