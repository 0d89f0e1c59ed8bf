import { certain, type Uncertain, Z95 } from '@walltime/hardware'
import {
  CAUSES,
  CAUSES_SOURCE,
  type CauseDefaults,
  type CauseId,
  HANG_TIMEOUT_SECONDS,
  REPAIR,
} from './failure-defaults.ts'
import type { FailureClass } from './reliability.ts'

/** A set of failure classes and how much fleets differ from it. */
export interface FailureSet {
  readonly id: string
  readonly name: string
  readonly source: string
  /** False: the rate is second-hand, or sources differ; usable, but shown as unchecked. */
  readonly verified: boolean
  readonly note?: string
  readonly classes: readonly FailureClass[]
  /** Factor on all rates that a fleet of this kind may have. */
  readonly fleet: Uncertain
}

const HOUR = 3600
const DAY = 24 * HOUR

/** Chips of the node by which fleets are compared. */
const NODE_CHIPS = 8

/** Job-interrupting failures per 1,000 days of an eight-chip node that published fleets report. */
const FLEET_RATES = { lowest: 1.2, llama3: 3.79, highest: 6.5 } as const

/** Chips and days over which Llama 3's interruptions were counted (arXiv:2407.21783, section 3.3.4). */
const LLAMA3_CHIPS = 16384
const LLAMA3_DAYS = 54

/** Unexpected interruptions by cause: arXiv:2407.21783, table 5, 419 in all. */
const LLAMA3_COUNTS: Readonly<Record<CauseId, number>> = {
  'gpu-faulty': 148,
  'gpu-hbm': 72,
  software: 54,
  'network-switch-cable': 35,
  'host-maintenance': 32,
  'gpu-sram': 19,
  'gpu-system-processor': 17,
  'host-other': 16,
  nic: 7,
  'nccl-watchdog': 7,
  'silent-data-corruption': 6,
  'gpu-thermal': 6,
}

const LLAMA3_SOURCE = `counts: Llama 3, arXiv:2407.21783, table 5; ${CAUSES_SOURCE}`

/**
 * Seconds of the 54 days in which a failure could be counted: those in which the job was not finding out about the
 * one before. With it, a simulated run has 419 interruptions in 54 days of wall clock.
 */
const LLAMA3_EXPOSED_SECONDS =
  LLAMA3_DAYS * DAY -
  CAUSES.reduce((sum, one) => sum + ('effect' in one ? 0 : LLAMA3_COUNTS[one.id] * one.detection), 0)

function toClass(cause: CauseDefaults & { readonly id: CauseId }): FailureClass {
  const units = cause.per === 'node' ? LLAMA3_CHIPS / NODE_CHIPS : LLAMA3_CHIPS
  return { ...cause, rate: LLAMA3_COUNTS[cause.id] / (units * LLAMA3_EXPOSED_SECONDS), source: LLAMA3_SOURCE }
}

const LLAMA3_CLASSES: readonly FailureClass[] = CAUSES.map(toClass)

/** What grows with the nodes of a job, by how many of them a node has. */
function unitsOfNode(per: FailureClass['per'], chips: number): number {
  return per === 'node' ? 1 : per === 'chip' || per === 'link' ? chips : 0
}

/** Failures per second of a node of so many chips: the classes per chip, link and node together. */
export function nodeRate(classes: readonly FailureClass[], chips: number = NODE_CHIPS): number {
  return classes.reduce((sum, { rate, per }) => sum + rate * unitsOfNode(per, chips), 0)
}

/** The classes in the same proportions, at another rate of a node of so many chips. Those per job, rack or person stay. */
export function atNodeRate(
  classes: readonly FailureClass[],
  rate: number,
  chips: number = NODE_CHIPS,
): readonly FailureClass[] {
  const factor = rate / nodeRate(classes, chips)
  return classes.map((one) => (unitsOfNode(one.per, chips) > 0 ? { ...one, rate: one.rate * factor } : one))
}

/** 90 % of the rates that would show so many failures: their count's standard error, as a factor. */
function counted(failures: number): Uncertain {
  const factor = Math.exp(Z95 / Math.sqrt(failures))
  return { p5: 1 / factor, p50: 1, p95: factor, law: 'lognormal' }
}

/** A range that its source gives, around its geometric mean. */
function between(low: number, high: number): { readonly middle: number; readonly fleet: Uncertain } {
  const middle = Math.sqrt(low * high)
  return { middle, fleet: { p5: low / middle, p50: 1, p95: high / middle, law: 'lognormal' } }
}

interface Fleet {
  readonly id: string
  readonly name: string
  /** Failures per 1,000 node-days. */
  readonly rate: number
  /** Chips of a node; eight unless given. */
  readonly chips?: number
  readonly fleet: Uncertain
  readonly source: string
  readonly verified: boolean
  readonly note?: string
}

const SPLIT = "only the total is published: split into causes in Llama 3's proportions"

/** A fleet that publishes only how often its jobs fail. */
function fleetSet({ rate, chips, source, note, ...rest }: Fleet): FailureSet {
  const perSecond = rate / (1000 * DAY)
  return {
    ...rest,
    source: `${source}; ${CAUSES_SOURCE}`,
    note: note === undefined ? SPLIT : `${note}; ${SPLIT}`,
    classes: atNodeRate(LLAMA3_CLASSES, perSecond, chips).map((one) => ({ ...one, source: `${source}; ${SPLIT}` })),
  }
}

const SEMIANALYSIS_H100 = between(1.6, 4)
const SEMIANALYSIS_NVL72 = between(0.024, 0.072)

const FLEETS: readonly FailureSet[] = [
  fleetSet({
    id: 'rsc-1',
    name: 'RSC-1 (Meta, 16,000 A100): 6.50 per 1,000 node-days',
    rate: 6.5,
    fleet: counted(4290),
    source: 'Kokolis et al., HPCA 2025, arXiv:2410.21680',
    verified: false,
    note: 'second-hand transcription; failures counted as rate times 2,000 nodes and 11 months',
  }),
  fleetSet({
    id: 'rsc-2',
    name: 'RSC-2 (Meta, 8,000 A100): 2.34 per 1,000 node-days',
    rate: 2.34,
    fleet: counted(772),
    source: 'Kokolis et al., HPCA 2025, arXiv:2410.21680',
    verified: false,
    note: 'second-hand transcription; failures counted as rate times 1,000 nodes and 11 months',
  }),
  fleetSet({
    id: 'opt-175b',
    name: 'OPT-175B, 992 A100 in 2021: 14.1 per 1,000 node-days',
    rate: 105 / (0.124 * 60),
    fleet: counted(105),
    source: 'Zhang et al., arXiv:2205.01068, and its logbook: 105 restarts of 124 hosts in 60 days',
    verified: false,
    note: 'restarts are given as about 90 and as 105; two machines a day would be 15.6',
  }),
  fleetSet({
    id: 'bloom',
    name: 'BLOOM, 384 A100: 4.46 per 1,000 node-days',
    rate: 1.5 / (0.048 * 7),
    fleet: counted(1.5 * 15),
    source: 'BigScience tr11 chronicles: one to two failures a week on 48 nodes, March to July 2022',
    verified: true,
  }),
  fleetSet({
    id: 'mpt-7b',
    name: 'MPT-7B, 440 A100: 7.66 per 1,000 node-days',
    rate: 4 / (0.055 * 9.5),
    fleet: counted(4),
    source: 'MosaicML, Introducing MPT-7B (2023): 4 failures of 55 nodes in 9.5 days',
    verified: true,
  }),
  fleetSet({
    id: 'imbue',
    name: 'Imbue, 4,092 new H100: 4.29 per 1,000 node-days',
    rate: 30 / 7,
    fleet: counted(0.03 * 511 * 12),
    source: 'Imbue, From bare metal to a 70B model (2024): 3 % of the machines fail in a week',
    verified: false,
    note: 'second-hand; failures counted as if over 12 weeks',
  }),
  fleetSet({
    id: 'ft-hsdp',
    name: "Meta's 100,000-GPU runs: 2.3 per 1,000 node-days",
    rate: 2.3,
    fleet: counted(100),
    source: 'Salpekar et al., FT-HSDP, arXiv:2602.00277',
    verified: false,
    note: 'second-hand; its spread is assumed',
  }),
  fleetSet({
    id: 'tpu-v4',
    name: 'TPU v4, hosts of 4 chips: 0.8 per 1,000 host-days',
    rate: 0.8,
    chips: 4,
    fleet: counted(100),
    source: 'Zu et al., NSDI 2024: 0.08 % of the hosts fail in a day',
    verified: false,
    note: 'second-hand; its spread is assumed',
  }),
  fleetSet({
    id: 'semianalysis-h100',
    name: 'H100 clusters: 2,000 to 5,000 GPU-days between interruptions',
    rate: SEMIANALYSIS_H100.middle,
    fleet: SEMIANALYSIS_H100.fleet,
    source: 'SemiAnalysis, H100 vs GB200 NVL72 training benchmarks (2025): 1.6 to 4.0 per 1,000 node-days',
    verified: false,
    note: 'second-hand',
  }),
]

/** ByteRobust's dense job: 9,600 chips, 175 incidents in 90 days by how they were resolved (arXiv:2509.16293, table 4). */
const BYTEROBUST_SOURCE = 'ByteRobust, SOSP 2025, arXiv:2509.16293, tables 1 and 4: 9,600 chips, 90 days'
const BYTEROBUST = { chips: 9600, seconds: 90 * DAY, evictions: 128, hotUpdates: 20, hangs: 15, rollbacks: 12 } as const

const BYTEROBUST_JOB = {
  per: 'job',
  detection: 60,
  losesNode: false,
  repair: REPAIR,
  restart: 'hot-update',
  source: BYTEROBUST_SOURCE,
} as const

const BYTEROBUST_SET: FailureSet = {
  id: 'byterobust',
  name: 'ByteDance, 9,600 chips: 1.19 evictions per 1,000 node-days',
  source: `${BYTEROBUST_SOURCE}; ${CAUSES_SOURCE}`,
  verified: true,
  note: "evictions are split into causes in Llama 3's proportions of those that cost a node; a hang evicts a pipeline group, 7 of its 8 machines sound (section 9)",
  fleet: counted(BYTEROBUST.evictions),
  classes: [
    ...atNodeRate(
      LLAMA3_CLASSES.filter(({ losesNode }) => losesNode),
      BYTEROBUST.evictions / ((BYTEROBUST.chips / NODE_CHIPS) * BYTEROBUST.seconds),
    ).map((one) => ({ ...one, source: BYTEROBUST_SOURCE })),
    {
      id: 'hang',
      per: 'chip',
      rate: BYTEROBUST.hangs / (BYTEROBUST.chips * BYTEROBUST.seconds),
      effect: 'hang',
      detection: HANG_TIMEOUT_SECONDS,
      losesNode: true,
      overEviction: 7,
      repair: REPAIR,
      source: BYTEROBUST_SOURCE,
    },
    {
      ...BYTEROBUST_JOB,
      id: 'code-update',
      rate: BYTEROBUST.hotUpdates / BYTEROBUST.seconds,
      effect: 'stop',
      detection: 0,
      grace: 600,
    },
    { ...BYTEROBUST_JOB, id: 'code-rollback', rate: BYTEROBUST.rollbacks / BYTEROBUST.seconds },
  ],
}

const NVL72_SOURCE =
  'SemiAnalysis, H100 vs GB200 NVL72 training benchmarks (2025): 1,000 to 3,000 GPU-days between interruptions, service times by part'
const NVL72_CHIPS = 72
const NVL72_TRAYS = 18

/** Seconds of service: a compute or switch tray takes 1 to 4 hours, a backplane 8 to 24. */
const TRAY_SERVICE = { uniform: { from: HOUR, to: 4 * HOUR } } as const

/** The share of a rack's failures that lies in its links and switches. */
const NVL72_LINK_SHARE = LLAMA3_COUNTS['network-switch-cable'] / 419

const NVL72_RACK_RATE = SEMIANALYSIS_NVL72.middle / DAY

const NVL72_NODE_CLASSES = LLAMA3_CLASSES.filter(({ id }) => id !== 'network-switch-cable')

const NVL72_FACTOR =
  ((1 - NVL72_LINK_SHARE) * NVL72_RACK_RATE) /
  NVL72_NODE_CLASSES.reduce((sum, { rate, per }) => sum + rate * (per === 'node' ? NVL72_TRAYS : NVL72_CHIPS), 0)

const NVL72_SET: FailureSet = {
  id: 'gb200-nvl72',
  name: 'GB200 NVL72: 0.042 failures of a rack a day (0.024 to 0.072)',
  source: `${NVL72_SOURCE}; ${CAUSES_SOURCE}`,
  verified: false,
  note: `second-hand; ${SPLIT}; those of switches and cables are told per rack and drain it`,
  fleet: SEMIANALYSIS_NVL72.fleet,
  classes: [
    ...NVL72_NODE_CLASSES.map((one) => ({
      ...one,
      rate: one.rate * NVL72_FACTOR,
      repair: { ...one.repair, manualSeconds: TRAY_SERVICE },
      source: NVL72_SOURCE,
    })),
    {
      id: 'switch-tray',
      per: 'rack',
      rate: NVL72_LINK_SHARE * NVL72_RACK_RATE,
      detection: 30,
      losesNode: true,
      radius: 'domain',
      repair: { automaticShare: 0, automaticSeconds: 0, manualSeconds: TRAY_SERVICE },
      source: NVL72_SOURCE,
    },
  ],
}

/** Sets of failure classes that ship, by id. */
export const FAILURE_SETS: Readonly<Record<string, FailureSet>> = Object.fromEntries(
  [
    {
      id: 'llama3-2024',
      name: "Llama 3's 419 unexpected interruptions in 54 days on 16,384 H100",
      source: LLAMA3_SOURCE,
      verified: true,
      classes: LLAMA3_CLASSES,
      fleet: {
        p5: FLEET_RATES.lowest / FLEET_RATES.llama3,
        p50: 1,
        p95: FLEET_RATES.highest / FLEET_RATES.llama3,
        law: 'lognormal',
      } as const,
    },
    ...FLEETS,
    BYTEROBUST_SET,
    NVL72_SET,
    { id: 'none', name: 'no failures', source: 'by definition', verified: true, classes: [], fleet: certain(1) },
  ].map((set) => [set.id, set]),
)
