/** A row's hardware as a system of the catalog, with what the row says about its links and network. */

import type { Chip, System } from '@walltime/hardware'
import type { Profiles } from '../scenario/profiles.ts'
import type { Row } from './row.ts'

export type RowSystem =
  | { readonly ok: true; readonly system: System; readonly cluster: object }
  | { readonly ok: false; readonly reason: string }

const words = (name: string) => name.toLowerCase().split(/[^a-z0-9]+/)
const FORMS = ['sxm', 'pcie', 'nvl']
/** Memory is stated in GB, in GiB, or as what a program can have of it. */
const MEMORY_SLACK = 0.09

/** Words that say no more than the others of a chip's name. */
const FILLERS = ['nvidia', 'amd', 'google', 'aws', 'instinct', 'gpu', 'oam', 'trillium', 'ironwood']

/** True where every word of a chip's name fits: type (`h100`, `v5e`), form and memory. */
function isChip(chip: Chip, wanted: readonly string[]): boolean {
  const own = [...words(chip.id), ...words(chip.name)]
  return wanted.every((word) => {
    const memory = /^(\d+)gb$/.exec(word)?.[1]
    if (memory !== undefined) return Math.abs(chip.memory.bytes / (Number(memory) * 1e9) - 1) < MEMORY_SLACK
    if (FORMS.includes(word)) return own.some((o) => o.startsWith(word))
    return FILLERS.includes(word) || own.includes(word)
  })
}

function fabricKind(text: string): System['fabric']['kind'] | undefined {
  if (/\befa\b/i.test(text)) return 'efa'
  if (/infiniband|\bib\b|\bndr|\bhdr|\bxdr|omni-?path/i.test(text)) return 'infiniband'
  if (/roce|ethernet|spectrum/i.test(text)) return 'ethernet'
  return undefined
}

/** Of the systems that carry the chip, the one most like the row's; the catalog's first where several are. */
export function chooseSystem(h: Omit<Row['hardware'], 'chips'>, profiles: Profiles): System | undefined {
  const wanted = words(h.chip)
  const kind = fabricKind(h.scaleOutFabric ?? '')
  const likeness = (s: System) =>
    (s.domainChips === (h.scaleUpDomain ?? s.domainChips) ? 4 : 0) +
    (s.chipsPerNode === (h.chipsPerNode ?? s.chipsPerNode) ? 2 : 0) +
    (kind === undefined || s.fabric.kind === kind ? 1 : 0)
  const systems = Object.values(profiles.systems).filter((s) => isChip(s.chip, wanted))
  return systems.reduce<System | undefined>(
    (best, s) => (best === undefined || likeness(s) > likeness(best) ? s : best),
    undefined,
  )
}

/** Ranks on one chip where the row's degrees count its cores; 1 where they count chips. */
function ranksPerChip(row: Row, chip: Chip): number {
  const { tp, pp, cp, dp } = row.parallelism
  if (dp == null) return 1
  const ratio = ((tp ?? 1) * (pp ?? 1) * (cp ?? 1) * dp) / row.hardware.chips
  return Number.isInteger(ratio) && ratio > 1 && chip.cores.count % ratio === 0 ? ratio : 1
}

/** A chip that several ranks share: each has its part of peak, memory and links. */
function shares({ chip, scaleUp, chipsPerNode, domainChips }: System, ranks: number): object {
  const peaks = Object.entries(chip.peakFlops).map(([format, peak]) => [format, peak / ranks])
  const axes = scaleUp.axes?.map((axis) => ({ ...axis, linkBandwidth: axis.linkBandwidth / ranks }))
  const inside = { chips: ranks, linkBandwidth: scaleUp.bandwidth }
  return {
    chipsPerNode: chipsPerNode * ranks,
    domainChips: domainChips * ranks,
    chip: {
      peakFlops: Object.fromEntries(peaks),
      memory: { bytes: chip.memory.bytes / ranks, bandwidth: chip.memory.bandwidth / ranks },
      cores: { count: chip.cores.count / ranks },
    },
    scaleUp: {
      bandwidth: scaleUp.bandwidth / ranks,
      ...(axes === undefined ? {} : { axes: [...axes, inside] }),
    },
  }
}

/** Rate of the scale-up link and size of its domain where the row's differ from the catalog's. */
function ownDomain(row: Row, { scaleUp, chipsPerNode, domainChips }: System): object {
  const { hardware: h } = row
  if (scaleUp.topology !== 'switched') return {}
  const bandwidth = h.scaleUpGBps == null ? scaleUp.bandwidth : h.scaleUpGBps * 1e9
  const nodes = h.chipsPerNode ?? chipsPerNode
  const domain = h.scaleUpDomain ?? domainChips
  return {
    ...(bandwidth === scaleUp.bandwidth ? {} : { scaleUp: { bandwidth } }),
    ...(nodes === chipsPerNode ? {} : { chipsPerNode: nodes }),
    ...(domain === domainChips ? {} : { domainChips: domain }),
  }
}

/** The network of the row's kind at the row's rate for each chip. */
function network(row: Row, profiles: Profiles, system: System): object | undefined {
  const { scaleOutGBps, scaleOutFabric } = row.hardware
  const kind = fabricKind(scaleOutFabric ?? '')
  const nodes = row.hardware.chipsPerNode ?? system.chipsPerNode
  const rate = scaleOutGBps == null ? undefined : (scaleOutGBps * 1e9 * nodes) / system.nicsPerNode
  const fitting = Object.values(profiles.fabrics).filter((f) => f.kind === kind)
  const distance = (bandwidth: number) => Math.abs(Math.log(bandwidth / (rate ?? system.fabric.linkBandwidth)))
  const nearest = fitting.sort((a, b) => distance(a.linkBandwidth) - distance(b.linkBandwidth))[0]
  const base = kind === undefined || system.fabric.kind === kind ? system.fabric : (nearest ?? system.fabric)
  if (rate === undefined && base === system.fabric) return undefined
  return { extends: base.id, ...(rate === undefined ? {} : { linkBandwidth: rate }) }
}

/** The cluster of a row as a scenario writes it; a chip that does not ship is refused by its name. */
export function rowSystem(row: Row, profiles: Profiles): RowSystem {
  const system = chooseSystem(row.hardware, profiles)
  if (system === undefined) return { ok: false, reason: `no system with the chip ${row.hardware.chip} ships` }
  const ranks = ranksPerChip(row, system.chip)
  const changes = ranks > 1 ? shares(system, ranks) : ownDomain(row, system)
  const fabric = network(row, profiles, system)
  return {
    ok: true,
    system,
    cluster: {
      system: Object.keys(changes).length === 0 ? system.id : { extends: system.id, ...changes },
      chips: row.hardware.chips * ranks,
      ...(fabric === undefined ? {} : { fabric }),
    },
  }
}
