import { certain, type Uncertain } from '@walltime/hardware'
import type { FailureClass, Repair } from './scenario.ts'

/** A set of failure classes and how much fleets differ from it. */
export interface FailureSet {
  readonly id: string
  readonly name: string
  readonly source: string
  readonly classes: readonly FailureClass[]
  /** Factor on all rates that a fleet of this kind may have. */
  readonly fleet: Uncertain
}

const HOUR = 3600
const DAY = 24 * HOUR

/** Job-interrupting failures per 1,000 days of an eight-chip node that published fleets report. */
const FLEET_RATES = { lowest: 1.2, llama3: 3.79, highest: 6.5 } as const

/** Chips and days over which Llama 3's interruptions were counted (arXiv:2407.21783, section 3.3.4). */
const LLAMA3_CHIPS = 16384
const LLAMA3_DAYS = 54

interface Row {
  readonly id: string
  readonly count: number
  /** Software failures too grow with the chips of a job. */
  readonly per: 'chip' | 'node'
  readonly detection: number
  readonly losesNode: boolean
  readonly repair: Repair
}

const repair = (automaticShare: number, automaticHours: number, manualHours: number): Repair => ({
  automaticShare,
  automaticSeconds: automaticHours * HOUR,
  manualSeconds: manualHours * HOUR,
})

/** Unexpected interruptions by cause: arXiv:2407.21783, table 5, 419 in all. */
const LLAMA3: readonly Row[] = [
  { id: 'gpu-faulty', count: 148, per: 'chip', detection: 10, losesNode: true, repair: repair(0.2, 2, 48) },
  { id: 'gpu-hbm', count: 72, per: 'chip', detection: 10, losesNode: true, repair: repair(0.6, 0.25, 48) },
  { id: 'software', count: 54, per: 'chip', detection: 60, losesNode: false, repair: repair(1, 0.1, 1) },
  { id: 'network-switch-cable', count: 35, per: 'chip', detection: 30, losesNode: true, repair: repair(0.7, 0.1, 4) },
  { id: 'host-maintenance', count: 32, per: 'node', detection: 60, losesNode: true, repair: repair(0, 0, 4) },
  { id: 'gpu-sram', count: 19, per: 'chip', detection: 10, losesNode: true, repair: repair(0.6, 0.25, 48) },
  { id: 'gpu-system-processor', count: 17, per: 'chip', detection: 10, losesNode: true, repair: repair(0.9, 0.25, 48) },
  { id: 'host-other', count: 16, per: 'node', detection: 2, losesNode: true, repair: repair(0.1, 1, 48) },
  { id: 'nic', count: 7, per: 'chip', detection: 30, losesNode: true, repair: repair(0.3, 0.25, 24) },
  { id: 'nccl-watchdog', count: 7, per: 'chip', detection: 600, losesNode: false, repair: repair(0.8, 0.1, 24) },
  { id: 'silent-data-corruption', count: 6, per: 'chip', detection: 4289, losesNode: true, repair: repair(0, 0, 48) },
  { id: 'gpu-thermal', count: 6, per: 'chip', detection: 10, losesNode: true, repair: repair(0.5, 0.5, 24) },
]

const LLAMA3_SOURCE =
  'counts: Llama 3, arXiv:2407.21783, table 5; detection: ByteRobust, arXiv:2509.16293, tables 3 and 6; repair: AIReSim table 1 and ByteRobust (assumed by their authors)'

/**
 * Seconds of the 54 days in which a failure could be counted: those in which the job was not finding out about the
 * one before. With it, a simulated run has 419 interruptions in 54 days of wall clock.
 */
const LLAMA3_EXPOSED_SECONDS = LLAMA3_DAYS * DAY - LLAMA3.reduce((sum, row) => sum + row.count * row.detection, 0)

function unitsOf(per: Row['per']): number {
  return per === 'node' ? LLAMA3_CHIPS / 8 : LLAMA3_CHIPS
}

function toClass({ id, count, per, detection, losesNode, repair }: Row): FailureClass {
  const rate = count / (unitsOf(per) * LLAMA3_EXPOSED_SECONDS)
  return { id, per, rate, detection, losesNode, repair, source: LLAMA3_SOURCE }
}

/** Sets of failure classes that ship, by id. */
export const FAILURE_SETS: Readonly<Record<string, FailureSet>> = {
  'llama3-2024': {
    id: 'llama3-2024',
    name: "Llama 3's 419 unexpected interruptions in 54 days on 16,384 H100",
    source: LLAMA3_SOURCE,
    classes: LLAMA3.map(toClass),
    fleet: {
      p5: FLEET_RATES.lowest / FLEET_RATES.llama3,
      p50: 1,
      p95: FLEET_RATES.highest / FLEET_RATES.llama3,
      law: 'lognormal',
    },
  },
  none: { id: 'none', name: 'no failures', source: 'by definition', classes: [], fleet: certain(1) },
}
