/** Servers with eight AMD Instinct chips. */

import { MI300X, MI325X, MI350X, MI355X } from './chips-amd.ts'
import { ETHERNET_400 } from './fabrics.ts'
import { XGMI_MI300, XGMI_MI350 } from './links-amd.ts'
import type { System } from './profile.ts'
import { kW } from './si.ts'
import { assumed, doubtful, SOURCES } from './sources.ts'
import { system } from './system-power.ts'

const shared = {
  chipsPerNode: 8,
  domainChips: 8,
  nicsPerNode: 8,
  fabric: ETHERNET_400,
  networkPower: 100,
  power: assumed('Eight chips and 3.6 kW, as beside eight H100; the maker of the server states it'),
  layout: doubtful(SOURCES.mi300xJuniper, 'Cards of 400 Gb/s; one a chip is the usual build'),
} as const

export const AMD_SYSTEMS: readonly System[] = [
  system({
    ...shared,
    id: 'mi300x-8',
    name: 'Server with 8 MI300X',
    chip: MI300X,
    scaleUp: XGMI_MI300,
    nodePower: kW(9.6),
    price: 'mi300x-reserved',
  }),
  system({
    ...shared,
    id: 'mi325x-8',
    name: 'Server with 8 MI325X',
    chip: MI325X,
    scaleUp: XGMI_MI300,
    nodePower: kW(11.6),
    price: 'mi325x-reserved',
  }),
  system({
    ...shared,
    id: 'mi350x-8',
    name: 'Server with 8 MI350X',
    chip: MI350X,
    scaleUp: XGMI_MI350,
    nodePower: kW(11.6),
    price: 'mi350x-reserved',
  }),
  system({
    ...shared,
    id: 'mi355x-8',
    name: 'Server with 8 MI355X',
    chip: MI355X,
    scaleUp: XGMI_MI350,
    nodePower: kW(14.8),
  }),
]
