import type { CompiledPhase, CompiledRun } from '../compile/compiled.ts'
import { segmentCount } from '../segment.ts'

/** What a checkpoint remembers, in this order in a ring of the tier that wrote it. */
const WORK = 0
const RUN = 1
const INDEX = 2
const PHASE = 3
const AT = 4
const DEGRADED = 5
const STRAGGLER = 6
const EVALUATION = 7
const FIELDS = 8
/** Numbers of a copied checkpoint. */
export const BOOKMARK_FIELDS = FIELDS

/** Of `count` segments, those that a failure `into` seconds after the last of them leaves safe, `window` seconds after each. */
export function safeOf(count: number, into: number, whole: number, window: number): number {
  return into < window ? Math.max(0, count - Math.ceil((window - into) / whole)) : count
}

/** Checkpoints of a tier that are remembered: those that may not be safe yet, and one that is. */
function ringSize(durableAfter: number, block: number): number {
  return Math.min(MAX_RING, 2 + Math.floor(durableAfter / block))
}
/** `compileRun` refuses what would need more. */
export const MAX_RING = 1024

/**
 * Where the job stands on the path that the final model keeps: computing an interval, writing a checkpoint, and so on.
 * Whole patterns of segments between two events are skipped by division, so an event costs the same however long the
 * interval is. A segment is an interval of computing and the checkpoint after it; a tier k writes after every `every[k]`
 * segments. The seconds of the kept path add up: run = work + checkpoints + degraded + straggler + evaluation.
 */
export class Position {
  phase = 0
  /** Segments of the phase behind it. */
  index = 0
  /** Seconds into the segment. */
  into = 0
  work = 0
  run = 0
  degraded = 0
  straggler = 0
  evaluation = 0
  /** Seconds of computing in an interval. */
  tau = 1
  /** Checkpoints written by tier, the lost ones included. */
  readonly written: Float64Array
  /** Seconds of the last `walk` in which the job computed. */
  computed = 0
  /** The position is a safe checkpoint of the only tier. */
  standsSafe = true

  private stepFactor = 1
  private phaseEnd = 0
  private workShare = 1
  private degradedShare = 0
  private stragglerShare = 0
  private evaluationShare = 0
  /** Some second of computing is worth less than a second. */
  private uneven = false
  /** Seconds into the checkpoint at the end of the phase. */
  private finishing = 0
  /** Seconds until the phase's work is done, its last checkpoint not included; from the last `timeToEnd`. */
  private untilDone = 0

  /** `fall` has moved the position without the ring. */
  private ringBehind = false

  private readonly phases: readonly CompiledPhase[]
  private readonly tiers: number
  private readonly blocking: Float64Array
  private readonly durableAfter: Float64Array
  private readonly every: Float64Array
  private readonly block: Float64Array
  private readonly rings: readonly Float64Array[]
  private readonly newest: Int32Array
  private readonly kept: Int32Array
  /** The position at which the phase began. */
  private readonly phaseStart = new Float64Array(FIELDS)

  constructor(run: CompiledRun) {
    const { tiers, phases } = run
    this.phases = phases
    this.tiers = tiers.length
    this.blocking = Float64Array.from(tiers, (t) => t.blockingSeconds)
    this.durableAfter = Float64Array.from(tiers, (t) => t.durableAfterSeconds)
    this.every = new Float64Array(tiers.length)
    this.block = new Float64Array(tiers.length)
    this.written = new Float64Array(tiers.length)
    this.newest = new Int32Array(tiers.length)
    this.kept = new Int32Array(tiers.length)
    this.rings = tiers.map((tier, k) => {
      const smallest = Math.min(
        ...phases.map((p) => (p.every[k] as number) * (p.intervalSeconds + (tiers[0]?.blockingSeconds ?? 0))),
      )
      return new Float64Array(FIELDS * ringSize(tier.durableAfterSeconds, smallest))
    })
  }

  /** The start of a trial; `stepFactor` stretches all work. */
  reset(stepFactor: number): void {
    this.stepFactor = stepFactor
    this.index = 0
    this.into = 0
    this.work = 0
    this.run = 0
    this.degraded = 0
    this.straggler = 0
    this.evaluation = 0
    this.finishing = 0
    this.written.fill(0)
    this.kept.fill(0)
    this.ringBehind = false
    this.standsSafe = this.tiers === 1
    this.enterPhase(0)
    for (let k = 0; k < this.tiers; k++) this.remember(k, 0, 0, Number.NEGATIVE_INFINITY, 0)
    this.copyNewest(this.phaseStart)
  }

  /** Seconds of the kept path in which checkpoints were written. */
  get save(): number {
    return this.run - this.work - this.degraded - this.straggler - this.evaluation
  }

  /** What a second of computing is worth from now on: the pace of the job's state and, on top, that of a slow member. */
  setPace(state: number, slow: number): void {
    const evaluation = (this.phases[this.phase] as CompiledPhase).evaluationShare
    const training = 1 - evaluation
    this.evaluationShare = evaluation
    this.degradedShare = training * (1 - state)
    this.stragglerShare = training * state * (1 - slow)
    this.workShare = training * state * slow
    this.uneven = this.workShare !== 1
  }

  /** A new interval, where no segment is under way; else the one of before stays. */
  setInterval(tau: number): void {
    if (this.into > 0) return
    this.tau = tau
    this.measureBlocks()
  }

  /** Seconds of running until the phase's last checkpoint is written. */
  timeToEnd(): number {
    const last = this.blocking[this.tiers - 1] as number
    const left = this.phaseEnd - this.work
    if (left <= 0) {
      this.untilDone = 0
      return Math.max(0, last - this.finishing)
    }
    const compute = left / this.workShare
    const { tau, into } = this
    const inside = Math.min(into, tau)
    const whole = Math.max(1, segmentCount(inside + compute, tau)) - 1
    let time = compute
    if (whole > 0) time += this.saves(this.index, this.index + whole) - (into - inside)
    this.untilDone = time
    return time + last
  }

  /** Runs for `seconds` that end at `now`, less than `timeToEnd` says. */
  walk(seconds: number, now: number): void {
    this.catchUp()
    this.standsSafe = false
    if (!this.endIsBeyond(seconds)) this.timeToEnd()
    else this.untilDone = Number.POSITIVE_INFINITY
    if (seconds <= this.untilDone) {
      this.stretch(seconds, now)
      return
    }
    const over = seconds - this.untilDone
    this.stretch(this.untilDone, now - over)
    this.work = this.phaseEnd
    this.run += over
    this.finishing += over
  }

  /** Running for `seconds` does not reach the end of the phase's work, however many checkpoints are written. */
  endIsBeyond(seconds: number): boolean {
    return seconds * this.workShare < this.phaseEnd - this.work
  }

  /**
   * `walk`, and then back to the newest safe checkpoint of the only tier: the seconds that are lost. Only where `standsSafe`
   * and `endIsBeyond`; what it leaves stands safe again. One division finds what the rings would tell.
   */
  fall(seconds: number): number {
    const { tau, whole } = this
    const count = Math.floor(seconds / whole)
    const into = seconds - count * whole
    const kept = safeOf(count, into, whole, this.window)
    this.computed = count * tau + Math.min(into, tau)
    this.forward(count, kept)
    return seconds - kept * whole
  }

  /** Seconds of an interval and its checkpoint, of the only tier. */
  get whole(): number {
    return this.block[0] as number
  }

  /** Seconds until a checkpoint of the only tier is safe. */
  get window(): number {
    return this.durableAfter[0] as number
  }

  /** Seconds of computing until the phase's work is done. */
  get computeLeft(): number {
    return (this.phaseEnd - this.work) / this.workShare
  }

  /** So many segments further and at a safe checkpoint of the only tier, after so many checkpoints were written. */
  forward(written: number, kept: number): void {
    this.written[0] = (this.written[0] as number) + written
    this.ringBehind = true
    this.index += kept
    this.run += kept * this.whole
    this.share(kept * this.tau)
  }

  /** The ring of the only tier learns of the checkpoint that `fall` left the position at. */
  private catchUp(): void {
    if (!this.ringBehind) return
    this.ringBehind = false
    this.kept[0] = 0
    this.remember(0, 0, 0, Number.NEGATIVE_INFINITY, 0)
  }

  /** Runs to the end of the phase, at `now`, and enters the next. False where there is none. */
  finishPhase(now: number): boolean {
    this.catchUp()
    this.standsSafe = false
    this.timeToEnd()
    const { untilDone, tau, into } = this
    const last = (this.blocking[this.tiers - 1] as number) - this.finishing
    const inside = Math.min(into, tau)
    const left = this.phaseEnd - this.work
    const compute = left > 0 ? left / this.workShare : 0
    const whole = left > 0 ? Math.max(1, segmentCount(inside + compute, tau)) - 1 : 0
    for (let k = 0; k < this.tiers; k++) {
      const every = this.every[k] as number
      const count = Math.floor((this.index + whole) / every) - Math.floor(this.index / every)
      this.written[k] = (this.written[k] as number) + count
    }
    this.written[this.tiers - 1] = (this.written[this.tiers - 1] as number) + 1
    this.run += untilDone + last
    this.share(compute)
    this.computed = compute
    this.work = this.phaseEnd
    this.index = 0
    this.into = 0
    this.finishing = 0
    const next = this.phase + 1
    if (next === this.phases.length) return false
    this.enterPhase(next)
    for (let k = 0; k < this.tiers; k++) this.remember(k, 0, 0, now, 0)
    this.copyNewest(this.phaseStart)
    return true
  }

  /** Writes a checkpoint of every tier in `seconds` of standstill that end at `now`, and it is safe at once. */
  checkpointNow(seconds: number): void {
    this.catchUp()
    this.standsSafe = this.tiers === 1
    this.run += seconds
    this.into = 0
    // The next segment begins a new pattern.
    const top = this.every[this.tiers - 1] as number
    this.index = (Math.floor(this.index / top) + 1) * top
    for (let k = 0; k < this.tiers; k++) this.remember(k, 0, 0, Number.NEGATIVE_INFINITY, 0)
    this.written[this.tiers - 1] = (this.written[this.tiers - 1] as number) + 1
  }

  /**
   * The newest checkpoint of a tier that is safe at `now`: its place for `workAt` and `backTo`. There is always one: the
   * start of the run.
   */
  safeOf(tier: number, now: number): number {
    this.catchUp()
    const ring = this.rings[tier] as Float64Array
    const slots = ring.length / FIELDS
    const window = this.durableAfter[tier] as number
    let slot = this.newest[tier] as number
    let kept = this.kept[tier] as number
    while (kept > 1 && now - (ring[slot * FIELDS + AT] as number) < window) {
      slot = slot === 0 ? slots - 1 : slot - 1
      kept--
    }
    this.kept[tier] = kept
    this.newest[tier] = slot
    return slot
  }

  workAt(tier: number, slot: number): number {
    return (this.rings[tier] as Float64Array)[slot * FIELDS + WORK] as number
  }

  /** Back to a checkpoint; returns the seconds that are lost. Everything newer is gone in every tier. */
  backTo(tier: number, slot: number): number {
    return this.restore(this.rings[tier] as Float64Array, slot * FIELDS, tier)
  }

  /** Copies the newest checkpoint of the last tier, safe or not yet, into `bookmark`. */
  copyNewest(bookmark: Float64Array): void {
    this.catchUp()
    const tier = this.tiers - 1
    const base = (this.newest[tier] as number) * FIELDS
    bookmark.set((this.rings[tier] as Float64Array).subarray(base, base + FIELDS))
  }

  /** Back to a copied checkpoint; returns the seconds that are lost. */
  backToCopy(bookmark: Float64Array): number {
    this.catchUp()
    return this.restore(bookmark, 0, this.tiers - 1)
  }

  private restore(ring: Float64Array, base: number, tier: number): number {
    const lost = this.run - (ring[base + RUN] as number)
    this.work = ring[base + WORK] as number
    this.run = ring[base + RUN] as number
    this.degraded = ring[base + DEGRADED] as number
    this.straggler = ring[base + STRAGGLER] as number
    this.evaluation = ring[base + EVALUATION] as number
    this.index = ring[base + INDEX] as number
    this.into = 0
    this.finishing = 0
    const phase = ring[base + PHASE] as number
    if (phase !== this.phase) this.enterPhase(phase)
    for (let k = 0; k < this.tiers; k++) this.forgetNewer(k, k < tier)
    this.standsSafe = this.tiers === 1
    return lost
  }

  /**
   * Back to a checkpoint of the last tier at least `back` seconds of work ago, but not beyond the start of the phase; returns
   * the seconds that are lost.
   */
  backBy(back: number): number {
    this.catchUp()
    const tier = this.tiers - 1
    const slot = this.newest[tier] as number
    const ring = this.rings[tier] as Float64Array
    const base = slot * FIELDS
    const target = this.work - back
    const newest = ring[base + WORK] as number
    if (newest <= target || (ring[base + PHASE] as number) !== this.phase) return this.backTo(tier, slot)
    const every = this.every[tier] as number
    const block = every * this.tau * this.workShare
    const start = this.phaseStart[WORK] as number
    const work = newest - Math.ceil((newest - target) / block) * block
    if (work <= start) return this.restore(this.phaseStart, 0, tier)
    // What lies between the start of the phase and the newest checkpoint is taken as spread evenly over it.
    const share = (work - start) / (newest - start)
    for (let f = WORK; f < FIELDS; f++) {
      if (f === PHASE || f === AT) continue
      const from = this.phaseStart[f] as number
      ring[base + f] = from + ((ring[base + f] as number) - from) * share
    }
    ring[base + INDEX] = Math.floor((ring[base + INDEX] as number) / every) * every
    this.kept[tier] = 1
    return this.restore(ring, base, tier)
  }

  private forgetNewer(tier: number, restored: boolean): void {
    const ring = this.rings[tier] as Float64Array
    const slots = ring.length / FIELDS
    let slot = this.newest[tier] as number
    let kept = this.kept[tier] as number
    while (kept > 0 && (ring[slot * FIELDS + WORK] as number) > this.work) {
      slot = slot === 0 ? slots - 1 : slot - 1
      kept--
    }
    this.newest[tier] = slot
    this.kept[tier] = kept
    const behind = kept === 0 || (ring[slot * FIELDS + WORK] as number) < this.work
    if (kept === 0 || (restored && behind)) this.remember(tier, 0, 0, Number.NEGATIVE_INFINITY, 0)
  }

  /** Runs for `seconds` at the present pace without reaching the end of the phase's work. */
  private stretch(seconds: number, now: number): void {
    const { tau, tiers } = this
    const index = this.index
    const insideBefore = Math.min(this.into, tau)
    const top = this.every[tiers - 1] as number
    let i = top === 1 ? index : Math.floor(index / top) * top
    let y = this.into + seconds + (i < index ? this.wall(i, index) : 0)
    let blocks = Math.floor(y / (this.block[tiers - 1] as number))
    i += blocks * top
    y -= blocks * (this.block[tiers - 1] as number)
    for (let k = tiers - 2; k >= 0; k--) {
      const every = this.every[k] as number
      const most = (this.every[k + 1] as number) / every - 1
      blocks = Math.min(Math.floor(y / (this.block[k] as number)), most)
      i += blocks * every
      y -= blocks * (this.block[k] as number)
    }
    const inside = Math.min(y, tau)
    const compute = (i - index) * tau + inside - insideBefore
    this.index = i
    this.into = y
    this.run += seconds
    this.share(compute)
    this.computed = compute
    if (i > index) this.rememberNew(index, i, inside, y, now)
  }

  private share(compute: number): void {
    this.work += compute * this.workShare
    if (!this.uneven) return
    this.degraded += compute * this.degradedShare
    this.straggler += compute * this.stragglerShare
    this.evaluation += compute * this.evaluationShare
  }

  private rememberNew(from: number, to: number, inside: number, into: number, now: number): void {
    for (let k = 0; k < this.tiers; k++) {
      const every = this.every[k] as number
      // Math.floor: the remainder of two doubles costs as much as the rest of this function.
      const blocks = every === 1 ? to : Math.floor(to / every)
      const count = blocks - (every === 1 ? from : Math.floor(from / every))
      if (count === 0) continue
      const newest = blocks * every
      this.written[k] = (this.written[k] as number) + count
      const slots = (this.rings[k] as Float64Array).length / FIELDS
      for (let back = Math.min(count, slots) - 1; back >= 0; back--) {
        const at = newest - back * every
        const compute = (to - at) * this.tau + inside
        const wall = this.wall(at, to) + into
        this.remember(k, compute, wall, now - wall, to - at)
      }
    }
  }

  /** Puts a checkpoint of a tier `compute` and `wall` seconds and `segments` segments before now into its ring. */
  private remember(tier: number, compute: number, wall: number, at: number, segments: number): void {
    const ring = this.rings[tier] as Float64Array
    const slots = ring.length / FIELDS
    const kept = this.kept[tier] as number
    const last = this.newest[tier] as number
    const slot = kept === 0 || last + 1 === slots ? 0 : last + 1
    this.newest[tier] = slot
    if (kept < slots) this.kept[tier] = kept + 1
    const base = slot * FIELDS
    ring[base + WORK] = this.work - compute * this.workShare
    ring[base + RUN] = this.run - wall
    ring[base + DEGRADED] = this.degraded - compute * this.degradedShare
    ring[base + STRAGGLER] = this.straggler - compute * this.stragglerShare
    ring[base + EVALUATION] = this.evaluation - compute * this.evaluationShare
    ring[base + INDEX] = this.index - segments
    ring[base + PHASE] = this.phase
    ring[base + AT] = at
  }

  /** Seconds from the start of segment `from` to the start of segment `to`. */
  private wall(from: number, to: number): number {
    return (to - from) * this.tau + this.saves(from, to)
  }

  /** Seconds of the checkpoints that end the segments from `from` up to, not including, `to`. */
  private saves(from: number, to: number): number {
    let seconds = (to - from) * (this.blocking[0] as number)
    for (let k = 1; k < this.tiers; k++) {
      const every = this.every[k] as number
      seconds += (Math.floor(to / every) - Math.floor(from / every)) * (this.blocking[k] as number)
    }
    return seconds
  }

  private enterPhase(phase: number): void {
    this.phase = phase
    const { intervalSeconds, every } = this.phases[phase] as CompiledPhase
    this.tau = intervalSeconds
    for (let k = 0; k < this.tiers; k++) this.every[k] = every[k] as number
    let end = 0
    for (let i = 0; i <= phase; i++) end += (this.phases[i] as CompiledPhase).workSeconds * this.stepFactor
    this.phaseEnd = end
    this.measureBlocks()
  }

  private measureBlocks(): void {
    for (let k = 0; k < this.tiers; k++) this.block[k] = this.wall(0, this.every[k] as number)
  }
}
