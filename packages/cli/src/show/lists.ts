import { type Architecture, countParameters, type Profiles } from '@walltime/core'
import { type Chip, type Fabric, formatQuantity, type Price, type ScaleUpLink, type System } from '@walltime/hardware'
import { table } from '../terminal/table.ts'
import { clip } from '../terminal/text.ts'
import type { ProfileSection } from './sections.ts'

type Cells = readonly string[]

const CHIP = (chip: Chip): Cells => [
  chip.id,
  chip.name,
  formatQuantity(chip.peakFlops.bf16 ?? 0, 'flopRate'),
  formatQuantity(chip.memory.bytes, 'bytes'),
  formatQuantity(chip.tdp, 'power'),
]
const LINK = (link: ScaleUpLink): Cells => [
  link.id,
  link.name,
  link.topology,
  formatQuantity(link.bandwidth, 'bandwidth'),
]
const FABRIC = (fabric: Fabric): Cells => [fabric.id, fabric.name, formatQuantity(fabric.linkBandwidth, 'bandwidth')]
const SYSTEM = (system: System): Cells => [
  system.id,
  system.name,
  system.chip.id,
  String(system.chipsPerNode),
  String(system.domainChips),
]
const PRICE = ({ id, chip, term, kind, usd }: Price): Cells => {
  const [decimals, unit] = kind === 'rental' ? ([2, ' /h'] as const) : ([0, ' once'] as const)
  const range = usd.law === 'fixed' ? '' : `${usd.p5.toFixed(decimals)} to ${usd.p95.toFixed(decimals)}`
  return [id, chip, term, `${usd.p50.toFixed(decimals)}${unit}`, range]
}
const MODEL = (model: Architecture): Cells => {
  const { total, active } = countParameters(model)
  return [
    model.id,
    model.name,
    formatQuantity(total, 'count'),
    model.moe === null ? '' : formatQuantity(active, 'count'),
  ]
}
const NAMED = ({ id, name }: { readonly id: string; readonly name: string }): Cells => [id, name]

const COLUMN_GAP = 2

/** A table that is no wider than the terminal: where it would be, the names (second column) are cut. */
function fit(head: Cells, rows: readonly Cells[], width: number): readonly string[] {
  const widest = head.map((title, c) =>
    Math.max(...[title, ...rows.map((row) => row[c] ?? '')].map((cell) => cell.length)),
  )
  const excess = widest.reduce((sum, w) => sum + w + COLUMN_GAP, -COLUMN_GAP) - width
  const most = (widest[1] ?? 0) - Math.max(excess, 0)
  return table(
    rows.map((row) => row.map((cell, c) => (c === 1 ? clip(cell, most) : cell))),
    { head },
  )
}

/** One line for each profile of a section. */
export function listSection(profiles: Profiles, section: ProfileSection, width: number): readonly string[] {
  switch (section) {
    case 'chips':
      return fit(['id', 'name', 'dense bf16', 'memory', 'power'], Object.values(profiles.chips).map(CHIP), width)
    case 'links':
      return fit(['id', 'name', 'topology', 'a chip'], Object.values(profiles.links).map(LINK), width)
    case 'fabrics':
      return fit(['id', 'name', 'a port'], Object.values(profiles.fabrics).map(FABRIC), width)
    case 'systems':
      return fit(['id', 'name', 'chip', 'node', 'domain'], Object.values(profiles.systems).map(SYSTEM), width)
    case 'prices':
      return fit(['id', 'chip', 'term', 'USD', '90 %'], Object.values(profiles.prices).map(PRICE), width)
    case 'models':
      return fit(['id', 'name', 'parameters', 'active'], Object.values(profiles.models).map(MODEL), width)
    case 'software':
      return fit(['id', 'name'], Object.values(profiles.software).map(NAMED), width)
    case 'failures':
      return fit(['id', 'name'], Object.values(profiles.failures).map(NAMED), width)
  }
}
