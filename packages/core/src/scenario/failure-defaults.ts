/**
 * What is done about failures where nothing is said: one place for all sets. A set gives how often each cause strikes;
 * how it is noticed, whether it costs the node and how that is repaired follow from the cause.
 */

import type { Uncertain } from '@walltime/hardware'
import type { FailureClass, Repair } from './reliability.ts'

const MINUTE = 60
const HOUR = 3600
const DAY = 24 * HOUR

const repair = (automaticShare: number, automaticHours: number, manualHours: number): Repair => ({
  automaticShare,
  automaticSeconds: automaticHours * HOUR,
  manualSeconds: manualHours * HOUR,
})

/** Seconds until the machine behind corrupted numbers is found (mean; ByteRobust, table 6: NaN, 7,200 s at most). */
export const CORRUPTION_SECONDS = 4289

/** What is the same of a cause in every fleet. */
export type CauseDefaults = Omit<FailureClass, 'rate' | 'source'>

/**
 * The causes of Llama 3's table 5 (arXiv:2407.21783). Detection: ByteRobust, arXiv:2509.16293, tables 3 and 6. Repair:
 * AIReSim table 1 and ByteRobust, assumed by their authors. Software failures too grow with the chips of a job.
 */
export const CAUSES = [
  { id: 'gpu-faulty', per: 'chip', detection: 10, losesNode: true, repair: repair(0.2, 2, 48) },
  { id: 'gpu-hbm', per: 'chip', detection: 10, losesNode: true, repair: repair(0.6, 0.25, 48) },
  { id: 'software', per: 'chip', detection: 60, losesNode: false, repair: repair(1, 0.1, 1) },
  { id: 'network-switch-cable', per: 'chip', detection: 30, losesNode: true, repair: repair(0.7, 0.1, 4) },
  { id: 'host-maintenance', per: 'node', detection: 60, losesNode: true, repair: repair(0, 0, 4) },
  { id: 'gpu-sram', per: 'chip', detection: 10, losesNode: true, repair: repair(0.6, 0.25, 48) },
  { id: 'gpu-system-processor', per: 'chip', detection: 10, losesNode: true, repair: repair(0.9, 0.25, 48) },
  { id: 'host-other', per: 'node', detection: 2, losesNode: true, repair: repair(0.1, 1, 48) },
  { id: 'nic', per: 'chip', detection: 30, losesNode: true, repair: repair(0.3, 0.25, 24) },
  { id: 'nccl-watchdog', per: 'chip', detection: 600, losesNode: false, repair: repair(0.8, 0.1, 24) },
  // The job goes on with wrong numbers until they are found.
  {
    id: 'silent-data-corruption',
    per: 'chip',
    effect: 'corrupt',
    detection: CORRUPTION_SECONDS,
    losesNode: true,
    repair: repair(0, 0, 48),
  },
  { id: 'gpu-thermal', per: 'chip', detection: 10, losesNode: true, repair: repair(0.5, 0.5, 24) },
] as const satisfies readonly CauseDefaults[]
export type CauseId = (typeof CAUSES)[number]['id']

export const CAUSES_SOURCE =
  'detection: ByteRobust, arXiv:2509.16293, tables 3 and 6; repair: AIReSim table 1 and ByteRobust (assumed by their authors)'

/** Seconds until a job notices a failure of a user's own class: an explicit error, by its log (ByteRobust, section 2.2). */
export const DETECTION_SECONDS = MINUTE

/** Seconds until a hang is noticed: the default timeout of NCCL in PyTorch; 30 to 60 min in some production (ByteRobust). */
export const HANG_TIMEOUT_SECONDS = 10 * MINUTE

/** Seconds until a slow chip or link is found: the middle of 10 min (compute) and 24 min (network), GREYHOUND, ATC 2025. */
export const SLOW_SECONDS = 17 * MINUTE

/** Pace while it lasts: jobs of 512 chips and more took 1.34 times as long (GREYHOUND, second-hand). */
export const SLOW_PACE = 1 / 1.34

/** Steps that a loss spike costs: back by about 100 (PaLM, arXiv:2204.02311, section 5.1). */
export const ROLLBACK_STEPS = 100

/** Seconds of running until a failure whose node was not found comes back: assumed. */
export const RECURRENCE_SECONDS = HOUR

/** Repair of a node of a user's own class: AIReSim table 1, with a fifth brought back by an automatic repair. */
export const REPAIR: Repair = repair(0.2, 2, 48)

/** Restart of a large job: 5 to 20 minutes (Kokolis et al., HPCA 2025), 10 at 16,384 chips. */
export const DEFAULT_RESTART: Uncertain = { p5: 300, p50: 600, p95: 1200, law: 'lognormal' }

/** Lemons: 1.2 % of the nodes are behind 13 % of a day's jobs that fail, that is 12 times their share (Kokolis et al.). */
export const LEMONS = { share: 0.012, multiple: 12 } as const

/** Seconds to set up a warm standby, and to take a node from others: AIReSim's host selection and preemption. */
export const SWAP_SECONDS = { hot: 0, warm: 3 * MINUTE, shared: 20 * MINUTE } as const

/** Seconds of standstill to shrink by a replica: FT-HSDP, arXiv:2602.00277, abstract. */
export const ELASTIC_STALL_SECONDS = 3 * MINUTE

/** Planned stops: 47 in 54 days (Llama 3, section 3.3.4); how long each took is not published: assumed. */
export const MAINTENANCE = { everySeconds: (54 * DAY) / 47, seconds: 10 * MINUTE, graceSeconds: 10 * MINUTE } as const

/** Preemption: after two hours of warning (Kokolis et al.); the wait for nodes is not published: assumed. */
export const PREEMPTION = { seconds: 30 * MINUTE, graceSeconds: 2 * HOUR } as const

/** Chips of a rack of nodes of eight: four of them (DGX SuperPOD). Assumed. */
export const RACK_CHIPS = 32

/** Chips of a rack of a TPU pod: a cube of 4·4·4. */
export const POD_RACK_CHIPS = 64

/** A larger scale-up domain spans racks. */
export const LARGEST_RACK = 144
