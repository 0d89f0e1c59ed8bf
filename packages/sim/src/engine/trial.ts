/**
 * One run from its start to its last checkpoint, from event to event. What happens in between is skipped by division, so a
 * trial costs as much as it has failures, however many chips, steps and days.
 *
 * The rules: failures strike startup, restart, computing and checkpoints, not detection, stops and waiting, unless their
 * class says so. A startup that is struck starts over; any later attempt begins with a restart. A checkpoint is safe
 * `durableAfter` seconds after its blocking part, and a failure goes back to the newest safe one that it left. A phase ends
 * with the blocking part of a checkpoint of the last tier, and so does the run. A repair begins when its failure is noticed.
 */

import { ClusterQueue } from '../cluster-queue.ts'
import { BADPUT, BADPUT_CAUSES, type BadputCause } from '../columns.ts'
import { CHECK_SECONDS } from '../compile/classes.ts'
import type { CompiledClass, CompiledElastic, CompiledPhase, CompiledRun } from '../compile/compiled.ts'
import { MAX_FAILURES } from '../compile/run.ts'
import type { TrialConstants } from '../constants.ts'
import { dalyInterval } from '../daly.ts'
import { type Duration, durationAt } from '../duration.ts'
import { progressPerSecond } from '../pace.ts'
import { exponential, type Rng, type TrialStreams } from '../rng.ts'
import type { LostCause, Recorder } from '../timeline.ts'
import { Arrivals } from './arrivals.ts'
import { Calendar, NOTHING } from './calendar.ts'
import { LEMON, LOWEST_NODE, NONE_LEFT, Nodes, SOUND } from './nodes.ts'
import { BOOKMARK_FIELDS, Position, safeOf } from './position.ts'
import { StruckClass } from './struck-class.ts'
import { TimeHeap } from './time-heap.ts'

export interface Census {
  readonly inJob: number
  /** On their way into the job. */
  readonly underWay: number
  readonly free: number
  readonly inRepair: number
}

export type TrialEnd = 'done' | 'too-many-failures' | 'no-node-left' | 'no-place-in-queue'

/** What ends a stretch of time. */
const FAILURE = 0
const SCHEDULED = 1
const AGENDA = 2
const NODE_BACK = 3
const PREEMPTED = 4

/** What comes up at a moment of the wall clock, besides failures. */
const SLOW_FOUND = 0
const CORRUPTION_FOUND = 1
const NODE_ARRIVES = 2
const KINDS = 3
/** Slow members and undetected corruptions at a time; more are found at once. */
const SLOTS = 64

const NOTHING_DRAWN: TrialConstants = {
  stepFactor: 1,
  fleetFactor: 1,
  restartSeconds: 0,
  downtimeSeconds: 0,
  usdPerChipHour: 0,
}

export class Trial {
  now = 0
  /** Seconds in which a failure could strike. */
  exposedSeconds = 0
  interruptions = 0
  paidChipSeconds = 0
  usedChipSeconds = 0
  energyJoules = 0
  /** Seconds by cause; of those on the kept path (`checkpointSave`, `degraded`, `straggler`, `evaluation`) only at the end. */
  readonly badput = new Float64Array(BADPUT_CAUSES.length)
  /** Failures by class. */
  readonly struck: Float64Array
  readonly position: Position

  private readonly run: CompiledRun
  private readonly lastTier: number
  private readonly classes: readonly StruckClass[]
  private readonly loadSeconds: Float64Array
  private readonly remoteOnly: boolean
  /** No class keeps to the calendar, or does anything but stop the job. */
  private readonly plain: boolean
  private rushes = false
  /** 1 where no node is a lemon. */
  private readonly lemonMultiple: number
  private readonly elastic: CompiledElastic | undefined
  private readonly hasDomains: boolean
  private readonly arrivals: Arrivals
  private readonly nodes: Nodes
  private readonly calendar: Calendar | undefined
  private readonly queue: ClusterQueue | undefined
  private readonly agenda = new TimeHeap()
  constants: TrialConstants = NOTHING_DRAWN
  private detail: Rng = () => 0
  private shop: Rng = () => 0
  private recorder: Recorder | undefined

  private failures = 0
  /** Seconds of startup, restart or stall that are left, and what they are booked as. */
  private before = 0
  private beforeCause: number = BADPUT.startup
  /** A startup went through. */
  private started = false
  /** The phase whose books are open. */
  private openPhase = 0
  private lemonsIn = 0
  private membersIn = 0
  private missing = 0
  private arriving = 0
  /** Nodes lost since the copies in memory were last complete. */
  private lostSinceWhole = 0
  /** Why the trial is given up. */
  private stuck: TrialEnd | undefined

  private readonly slowEnd = new Float64Array(SLOTS)
  private slowMembers = 0
  private readonly slowPace = new Float64Array(SLOTS)
  private readonly slowClass = new Int32Array(SLOTS)
  private readonly corrupt = Array.from({ length: SLOTS }, () => new Float64Array(BOOKMARK_FIELDS))
  private readonly corruptWork = new Float64Array(SLOTS)
  private readonly corruptClass = new Int32Array(SLOTS)
  private readonly corruptAlive = new Uint8Array(SLOTS)
  private corruptions = 0

  private phaseSince = 0
  private queuedSince = 0
  private computedInPhase = 0
  /** Of the computing seconds, those of missing nodes as a share of all. */
  private idleInPhase = 0

  constructor(run: CompiledRun) {
    this.run = run
    this.lastTier = run.tiers.length - 1
    this.position = new Position(run)
    this.arrivals = new Arrivals(run)
    this.nodes = new Nodes(run)
    this.struck = new Float64Array(run.classes.length)
    this.classes = run.classes.map((c) => new StruckClass(c, run))
    this.lemonMultiple = run.lemons?.multiple ?? 1
    this.elastic = run.elastic
    this.hasDomains = run.domain !== undefined
    this.loadSeconds = Float64Array.from(run.tiers, (t) => t.loadSeconds)
    this.plain = run.cluster === undefined && run.classes.every((c) => c.plain)
    this.remoteOnly = run.tiers.length === 1 && run.tiers[0]?.kind === 'remote'
    this.calendar = run.classes.some((c) => c.moments !== undefined) ? new Calendar(run) : undefined
    this.queue = run.cluster === undefined ? undefined : new ClusterQueue(run.cluster)
  }

  /** Runs a trial to its end; what came of it stands in the fields. */
  play(constants: TrialConstants, streams: TrialStreams, recorder?: Recorder): TrialEnd {
    this.begin(constants, streams, recorder)
    const { position, arrivals, agenda, calendar, queue } = this
    const { classes } = this
    while (this.stuck === undefined) {
      if (this.rushes && this.mayRush()) this.rush(streams.events)
      const strikes = arrivals.next()
      let step = Math.max(0, strikes - this.exposedSeconds)
      let what = FAILURE
      if (calendar !== undefined) {
        const scheduled = calendar.next(this.now) - this.now
        if (scheduled < step) {
          step = scheduled
          what = SCHEDULED
        }
      }
      if (agenda.size > 0 && agenda.top() - this.now < step) {
        step = Math.max(0, agenda.top() - this.now)
        what = AGENDA
      }
      if (this.missing > 0 && this.nodes.nextReturn() - this.now < step) {
        step = Math.max(0, this.nodes.nextReturn() - this.now)
        what = NODE_BACK
      }
      if (queue !== undefined) {
        const horizon = Math.min(step, this.before + position.timeToEnd())
        const preempted = queue.preemptedBefore(this.now + horizon) - this.now
        if (preempted < horizon) {
          step = Math.max(0, preempted)
          what = PREEMPTED
        }
      }
      const endIsBeyond = position.endIsBeyond(step - this.before)
      if (!endIsBeyond) {
        const toEnd = this.before + position.timeToEnd()
        if (toEnd <= step) {
          if (!this.finishPhase(toEnd)) break
          continue
        }
      }
      if (what === FAILURE) {
        if (!arrivals.take(strikes, this.detail)) this.advance(step)
        else {
          const cls = classes[arrivals.kind] as StruckClass
          if (endIsBeyond && cls.plain && position.standsSafe && this.corruptions === 0) {
            this.fall(cls, arrivals.kind, step)
          } else {
            this.advance(step)
            this.strike(arrivals.kind)
          }
        }
      } else {
        this.advance(step)
        if (what === SCHEDULED) {
          const kind = (calendar as Calendar).take(this.now)
          if (kind !== NOTHING) this.strike(kind)
        } else if (what === AGENDA) this.comeUp()
        else if (what === NODE_BACK) this.nodeReturns()
        else this.preempt()
      }
      if (this.failures > MAX_FAILURES) this.stuck = 'too-many-failures'
    }
    this.close()
    return this.stuck ?? 'done'
  }

  /** Where the nodes are: each in one place. */
  census(): Census {
    return { inJob: this.membersIn - this.missing, underWay: this.arriving, ...this.nodes.census() }
  }

  private begin(constants: TrialConstants, streams: TrialStreams, recorder: Recorder | undefined): void {
    const { run, position } = this
    this.constants = constants
    this.detail = streams.details
    this.shop = streams.repairs
    this.recorder = recorder
    this.rushes = this.plain && recorder === undefined
    this.now = 0
    this.exposedSeconds = 0
    this.interruptions = 0
    this.failures = 0
    this.paidChipSeconds = 0
    this.usedChipSeconds = 0
    this.energyJoules = 0
    this.badput.fill(0)
    this.struck.fill(0)
    this.missing = 0
    this.arriving = 0
    this.lostSinceWhole = 0
    this.stuck = undefined
    this.started = false
    this.slowEnd.fill(0)
    this.slowMembers = 0
    this.corruptAlive.fill(0)
    this.corruptions = 0
    this.phaseSince = 0
    this.queuedSince = 0
    this.computedInPhase = 0
    this.idleInPhase = 0
    this.agenda.clear()
    position.reset(constants.stepFactor)
    this.nodes.reset()
    this.membersIn = (run.phases[0] as CompiledPhase).members
    this.lemonsIn = Math.round(this.membersIn * (run.lemons?.share ?? 0))
    this.arrivals.reset(this.membersIn, constants.fleetFactor, streams.events)
    this.calendar?.reset(constants.fleetFactor, streams.details)
    this.before = run.startupSeconds
    this.beforeCause = BADPUT.startup
    this.repace()
    this.restrength()
    if (this.queue !== undefined) {
      this.queue.reset(streams.repairs)
      this.waitInQueue()
    }
  }

  private waitInQueue(): void {
    const from = this.now
    const placed = (this.queue as ClusterQueue).submit(from)
    if (placed === Number.POSITIVE_INFINITY) {
      this.stuck = 'no-place-in-queue'
      return
    }
    this.standstill(placed - from, BADPUT.requeue)
    this.queuedSince += placed - from
  }

  /** Time that is exposed to failures: what is left of a startup or restart, then running. */
  private advance(seconds: number): void {
    let running = seconds
    this.now += seconds
    this.exposedSeconds += seconds
    if (this.before > 0) {
      const part = Math.min(this.before, running)
      this.badput[this.beforeCause] = (this.badput[this.beforeCause] as number) + part
      this.before -= part
      running -= part
      this.recorder?.span(BADPUT_CAUSES[this.beforeCause] as BadputCause, this.now - running - part, part)
      if (this.before === 0) this.started = true
    }
    if (running > 0) {
      this.started = true
      this.lostSinceWhole = 0
      this.position.walk(running, this.now)
      this.tally(this.now - running, running)
    }
  }

  private tally(from: number, seconds: number): void {
    const { computed } = this.position
    this.computedInPhase += computed
    if (this.missing > 0) this.idleInPhase += computed * (this.missing / this.membersIn)
    this.recorder?.running(from, seconds, this.position, this.missing)
  }

  /**
   * `advance` and `strike` at once for a failure that only stops the job, where the position stands at a safe checkpoint of
   * the only tier and the end is not reached before: most failures of most runs. It asks no ring of checkpoints.
   */
  private fall(cls: StruckClass, kind: number, seconds: number): void {
    const { before, badput, position } = this
    if (seconds < before) this.advance(seconds)
    else {
      const from = this.now
      this.now = from + seconds
      this.exposedSeconds += seconds
      this.started = true
      this.lostSinceWhole = 0
      if (before > 0) badput[this.beforeCause] = (badput[this.beforeCause] as number) + before
      const lost = position.fall(seconds - before)
      badput[BADPUT.lostWork] = (badput[BADPUT.lostWork] as number) + lost
      this.computedInPhase += position.computed
      if (this.missing > 0) this.idleInPhase += position.computed * (this.missing / this.membersIn)
      if (this.recorder !== undefined) {
        if (before > 0) this.recorder.span(BADPUT_CAUSES[this.beforeCause] as BadputCause, from, before)
        this.recorder.running(from + before, seconds - before, position, this.missing)
        this.recorder.lost(this.now, lost, 'lostWork', position)
      }
    }
    this.failures++
    this.interruptions++
    this.struck[kind] = (this.struck[kind] as number) + 1
    this.recorder?.event(this.now, cls.of.id)
    this.standstill(this.notice(cls), BADPUT.detection)
    if (cls.nodesLost > 0) this.loseNodes(cls, kind)
    else if (this.arrivals.ages) this.arrivals.stay(this.exposedSeconds)
    this.restart(cls, 0)
  }

  /** Nothing but plain failures can come up before the end of the phase's work. */
  private mayRush(): boolean {
    const { position } = this
    return position.standsSafe && this.started && this.agenda.size === 0 && this.missing === 0 && this.corruptions === 0
  }

  /**
   * One `fall` after the other, as far as the work of the phase allows: the same rules on numbers at hand. Runs whose failures
   * only stop them, most of those in the literature, spend all their time here.
   */
  private rush(draw: Rng): void {
    const { position, arrivals, classes, struck, constants, badput } = this
    const { tau, whole, window, computeLeft } = position
    const { restartSeconds } = constants
    const load = this.loadSeconds[0] as number
    let { now, before } = this
    let exposed = this.exposedSeconds
    const { ages } = arrivals
    let strikes = ages ? arrivals.next() : arrivals.nextPoisson
    let meanGap = arrivals.meanGap
    let failures = 0
    let kept = 0
    let written = 0
    let computed = 0
    let lost = 0
    let restart = 0
    let detection = 0
    for (;;) {
      const running = strikes - exposed - before
      if (!(running < computeLeft - kept * tau) || failures > MAX_FAILURES) break
      if (ages && !arrivals.take(strikes, this.detail)) {
        strikes = arrivals.next()
        continue
      }
      now += strikes - exposed
      if (running < 0) restart += strikes - exposed
      else {
        const count = Math.floor(running / whole)
        const into = running - count * whole
        const safe = safeOf(count, into, whole, window)
        restart += before
        kept += safe
        written += count
        computed += count * tau + Math.min(into, tau)
        lost += running - safe * whole
      }
      exposed = strikes
      let { kind } = arrivals
      if (!ages) {
        strikes += exponential(draw()) * meanGap
        kind = arrivals.kindAt(draw())
      }
      const cls = classes[kind] as StruckClass
      failures++
      struck[kind] = (struck[kind] as number) + 1
      const noticed = this.notice(cls)
      detection += noticed
      now += noticed
      before = cls.restartSeconds >= 0 ? cls.restartSeconds : restartSeconds + load
      if (cls.nodesLost > 0) {
        this.now = now
        this.exposedSeconds = exposed
        if (!ages) arrivals.nextPoisson = strikes
        this.loseNodes(cls, kind)
        now = this.now
        meanGap = arrivals.meanGap
        if (!ages) strikes = arrivals.nextPoisson
        if (this.missing > 0 || this.agenda.size > 0 || this.stuck !== undefined) break
      } else if (ages) arrivals.stay(exposed)
      if (ages) strikes = arrivals.next()
    }
    if (!ages) arrivals.nextPoisson = strikes
    position.forward(written, kept)
    this.now = now
    this.exposedSeconds = exposed
    this.before = before
    this.beforeCause = BADPUT.restart
    this.failures += failures
    this.interruptions += failures
    this.computedInPhase += computed
    badput[BADPUT.restart] = (badput[BADPUT.restart] as number) + restart
    badput[BADPUT.lostWork] = (badput[BADPUT.lostWork] as number) + lost
    badput[BADPUT.detection] = (badput[BADPUT.detection] as number) + detection
  }

  /** Seconds until a failure is noticed and understood. */
  private notice({ noticeSeconds, of }: StruckClass): number {
    const known = noticeSeconds >= 0 ? noticeSeconds : this.seconds(of.detection) + this.seconds(of.diagnosis)
    return known + this.constants.downtimeSeconds
  }

  /** Seconds in which the job stands and nothing strikes. */
  private standstill(seconds: number, cause: number): void {
    if (!(seconds > 0)) return
    this.recorder?.span(BADPUT_CAUSES[cause] as BadputCause, this.now, seconds)
    this.badput[cause] = (this.badput[cause] as number) + seconds
    this.now += seconds
  }

  private finishPhase(seconds: number): boolean {
    const before = this.before
    if (before > 0) this.advance(before)
    const running = seconds - before
    this.now += running
    this.exposedSeconds += running
    const more = this.position.finishPhase(this.now)
    this.tally(this.now - running, running)
    this.closePhase()
    if (!more) return false
    this.before = (this.run.phases[this.position.phase] as CompiledPhase).switchSeconds
    this.beforeCause = BADPUT.startup
    this.openPosition()
    return true
  }

  /** The size and the pace of the phase in which the position now is. */
  private openPosition(): void {
    const { members } = this.run.phases[this.position.phase] as CompiledPhase
    if (members !== this.membersIn) {
      const more = members - this.membersIn
      const lemons = more > 0 ? more * (this.run.lemons?.share ?? 0) : this.lemonsIn * (more / this.membersIn)
      this.lemonsIn += Math.round(lemons)
      this.membersIn = members
      this.missing = Math.min(this.missing, members)
      this.arrivals.resize(members, this.exposedSeconds)
    }
    this.repace()
    this.restrength()
  }

  /** Money and energy of the phase whose books are open. */
  private closePhase(): void {
    const phase = this.run.phases[this.openPhase] as CompiledPhase
    const wall = this.now - this.phaseSince
    const { cost } = this.run
    const paid = wall - (cost.freeWhileQueued ? this.queuedSince : 0)
    this.paidChipSeconds += paid * (phase.chips + cost.spareChips)
    this.usedChipSeconds += (this.computedInPhase - this.idleInPhase) * phase.chips
    this.energyJoules += this.computedInPhase * phase.busyWatts + (wall - this.computedInPhase) * phase.idleWatts
    this.phaseSince = this.now
    this.queuedSince = 0
    this.computedInPhase = 0
    this.idleInPhase = 0
  }

  private close(): void {
    const { position, badput } = this
    badput[BADPUT.checkpointSave] = position.save
    badput[BADPUT.degraded] = position.degraded
    badput[BADPUT.straggler] = position.straggler
    badput[BADPUT.evaluation] = position.evaluation
  }

  private repace(): void {
    const { phase } = this.position
    this.openPhase = phase
    const state = progressPerSecond(this.run.pace, { phase, missingReplicas: this.missingReplicas(this.missing) })
    let slow = 1
    for (let i = 0; this.slowMembers > 0 && i < SLOTS; i++)
      if ((this.slowEnd[i] as number) > 0) slow = Math.min(slow, this.slowPace[i] as number)
    this.position.setPace(state, slow)
  }

  private restrength(): void {
    this.arrivals.setStrength(this.exposedSeconds, this.membersIn - this.missing, this.lemonsIn)
  }

  private missingReplicas(nodes: number): number {
    const { elastic } = this.run
    return elastic === undefined ? 0 : Math.ceil(nodes / elastic.nodesPerReplica)
  }

  private seconds(law: Duration): number {
    return law.kind === 'fixed' ? law.a : durationAt(law, this.detail())
  }

  /** A failure of the class strikes now. */
  private strike(kind: number): void {
    const hot = this.classes[kind] as StruckClass
    const cls = hot.of
    this.failures++
    if (cls.modulation !== undefined && !this.happens(cls)) {
      if (this.arrivals.ages) this.arrivals.stay(this.exposedSeconds)
      return
    }
    this.struck[kind] = (this.struck[kind] as number) + 1
    this.recorder?.event(this.now, cls.id)
    if (cls.burst !== undefined && this.detail() < cls.burst.share) {
      const after = -Math.log(1 - this.detail()) * cls.burst.withinSeconds
      this.arrivals.again(kind, this.exposedSeconds + after)
    }
    if (cls.effect === 'slow') this.slowDown(cls, kind)
    else if (cls.effect === 'corrupt') this.corruptNow(cls, kind)
    else this.interrupt(hot, kind)
  }

  private happens(cls: CompiledClass): boolean {
    const { periodSeconds, factors, peak } = cls.modulation as NonNullable<CompiledClass['modulation']>
    const part = Math.floor(((this.now % periodSeconds) / periodSeconds) * factors.length)
    return this.detail() * peak < (factors[part] as number)
  }

  private slowDown(cls: CompiledClass, kind: number): void {
    if (this.arrivals.ages) this.arrivals.stay(this.exposedSeconds)
    const slot = this.slowEnd.indexOf(0)
    if (slot < 0) return
    const found = this.now + this.seconds(cls.detection)
    this.slowEnd[slot] = found
    this.slowMembers++
    this.slowPace[slot] = Math.min(1, Math.max(0.01, this.seconds(cls.slowPace)))
    this.slowClass[slot] = kind
    this.agenda.push(found, SLOW_FOUND + KINDS * slot)
    this.repace()
  }

  private corruptNow(cls: CompiledClass, kind: number): void {
    if (this.arrivals.ages) this.arrivals.stay(this.exposedSeconds)
    const slot = this.corruptAlive.indexOf(0)
    if (slot < 0) return
    this.position.copyNewest(this.corrupt[slot] as Float64Array)
    this.corruptWork[slot] = this.position.work
    this.corruptClass[slot] = kind
    this.corruptAlive[slot] = 1
    this.corruptions++
    this.agenda.push(this.now + this.seconds(cls.detection), CORRUPTION_FOUND + KINDS * slot)
  }

  private comeUp(): void {
    const { agenda } = this
    agenda.pop()
    const what = agenda.popped % KINDS
    const slot = (agenda.popped - what) / KINDS
    if (what === SLOW_FOUND) this.slowFound(slot)
    else if (what === CORRUPTION_FOUND) this.corruptionFound(slot)
    else {
      this.arriving--
      this.grow(slot + LOWEST_NODE)
    }
  }

  /** A slow member is found: it is replaced after a checkpoint, or goes back to its pace by itself. */
  private slowFound(slot: number): void {
    const kind = this.slowClass[slot] as number
    const cls = this.classes[kind] as StruckClass
    this.slowEnd[slot] = 0
    this.slowMembers--
    this.repace()
    this.recorder?.event(this.now, `${cls.of.id} found`)
    if (cls.nodesLost === 0) return
    this.interruptions++
    if (this.before === 0) this.saveNow()
    this.standstill(this.seconds(cls.of.diagnosis), BADPUT.detection)
    this.loseNodes(cls, kind)
    this.restart(cls, this.lastTier)
  }

  private corruptionFound(slot: number): void {
    if (this.corruptAlive[slot] === 0) return
    this.corruptAlive[slot] = 0
    this.corruptions--
    const kind = this.corruptClass[slot] as number
    const cls = this.classes[kind] as StruckClass
    this.interruptions++
    this.recorder?.event(this.now, `${cls.of.id} found`)
    this.goneBack(this.position.backToCopy(this.corrupt[slot] as Float64Array), 'rollback')
    this.standstill(this.seconds(cls.of.diagnosis) + this.constants.downtimeSeconds, BADPUT.detection)
    this.loseNodes(cls, kind)
    this.restart(cls, this.lastTier)
  }

  /** Seconds that are lost leave the kept path; a corruption that struck in them is gone with them. */
  private goneBack(seconds: number, cause: LostCause): void {
    this.badput[BADPUT[cause]] = (this.badput[BADPUT[cause]] as number) + seconds
    this.recorder?.lost(this.now, seconds, cause, this.position)
    if (this.corruptions > 0) this.dropCorruptions()
    if (this.position.phase !== this.openPhase) {
      this.closePhase()
      this.openPosition()
    }
  }

  /** What was corrupted after the checkpoint that the job went back to is gone. */
  private dropCorruptions(): void {
    for (let i = 0; i < SLOTS; i++) {
      if (this.corruptAlive[i] === 0 || this.position.work > (this.corruptWork[i] as number)) continue
      this.corruptAlive[i] = 0
      this.corruptions--
    }
  }

  /** The job stops, goes back to a checkpoint unless it was warned, has its nodes replaced, and restarts. */
  private interrupt(hot: StruckClass, kind: number): void {
    const cls = hot.of
    this.interruptions++
    const { elastic } = this.run
    const stays = elastic?.keepsWork === true && cls.effect === 'kill' && cls.nodesLost < this.membersIn
    let tier = this.lastTier
    if (cls.effect === 'rollback') this.goneBack(this.position.backBy(this.seconds(cls.rollback)), 'rollback')
    else if (cls.graceSeconds > 0 && this.before === 0 && cls.graceSeconds >= this.run.saveSeconds) this.saveNow()
    else if (!stays) {
      tier = this.chooseTier(cls)
      this.goneBack(this.position.backTo(tier, this.position.safeOf(tier, this.now)), 'lostWork')
    }
    this.standstill(this.notice(hot), BADPUT.detection)
    this.standstill(this.seconds(cls.stop), cls.effect === 'preempt' ? BADPUT.requeue : BADPUT.maintenance)
    this.lostSinceWhole += cls.nodesLost
    if (cls.nodesLost > 0) this.loseNodes(hot, kind)
    else if (this.arrivals.ages) this.arrivals.stay(this.exposedSeconds)
    if (stays) this.stall(elastic.stallSeconds)
    else this.restart(hot, tier)
    if (this.run.adaptive) this.adapt()
  }

  private saveNow(): void {
    const { lastBlockingSeconds } = this.run
    this.position.checkpointNow(lastBlockingSeconds)
    this.now += lastBlockingSeconds
    this.recorder?.span('checkpointSave', this.now - lastBlockingSeconds, lastBlockingSeconds)
  }

  /** The tier with the newest safe checkpoint among those that the failure left. */
  private chooseTier(cls: CompiledClass): number {
    const last = this.lastTier
    if (this.remoteOnly) return 0
    let best = last
    let work = -1
    for (let k = 0; k <= last; k++) {
      const survival = this.survival(k, cls)
      // A tier that may or may not survive takes one number, whatever came of the others.
      if (survival < 1 && (survival === 0 || this.detail() >= survival)) continue
      const at = this.position.workAt(k, this.position.safeOf(k, this.now))
      if (at > work) {
        work = at
        best = k
      }
    }
    return best
  }

  private survival(tier: number, cls: CompiledClass): number {
    const { kind, recoverable } = this.run.tiers[tier] as CompiledRun['tiers'][number]
    if (kind === 'remote') return 1
    if (cls.nodesLost === 0) return 1
    if (kind === 'local') return 0
    const before = recoverable[Math.min(this.lostSinceWhole, recoverable.length - 1)] as number
    const after = recoverable[Math.min(this.lostSinceWhole + cls.nodesLost, recoverable.length - 1)] as number
    if (before === 0) return 0
    // The loss may be of a node that has just been replaced: then it takes no further copy.
    const further = 1 - this.lostSinceWhole / this.membersIn
    return 1 - (1 - after / before) * further
  }

  private restart({ restartSeconds }: StruckClass, tier: number): void {
    if (!this.started) {
      this.before = this.run.startupSeconds
      this.beforeCause = BADPUT.startup
      return
    }
    this.before =
      restartSeconds >= 0 ? restartSeconds : this.constants.restartSeconds + (this.loadSeconds[tier] as number)
    this.beforeCause = BADPUT.restart
  }

  private stall(seconds: number): void {
    this.before = Math.max(this.before, seconds)
    this.beforeCause = BADPUT.restart
  }

  private adapt(): void {
    const { run } = this
    const mtbf = (run.priorMtbf + this.exposedSeconds) / (1 + this.interruptions)
    this.position.setInterval(Math.max(run.shortestInterval, dalyInterval(run.tiers[0]?.blockingSeconds ?? 0, mtbf)))
  }

  /** The nodes that a failure of the class costs leave the job, and others take their place. */
  private loseNodes(hot: StruckClass, kind: number): void {
    const { elastic, nodes, arrivals } = this
    if (hot.exchangesOne) {
      const lemons = this.lemonsIn
      this.standstill(this.replace(hot, false), BADPUT.waitForSpare)
      if (this.lemonsIn !== lemons) this.restrength()
      return
    }
    const cls = hot.of
    const lost = cls.nodesLost
    if (lost === 0) return
    if (!nodes.counted && !arrivals.ages) return
    if (lost > 1 && (lost >= this.membersIn || (elastic === undefined && nodes.available(this.now) < lost))) {
      // Too many to replace: the job waits until what they share is repaired.
      this.standstill(this.seconds(cls.repair.manual), BADPUT.waitForSpare)
      if (arrivals.ages) arrivals.stay(this.exposedSeconds)
      return
    }
    const wrong = cls.wrongShare > 0 && this.detail() < cls.wrongShare
    if (wrong) {
      const after = this.constants.restartSeconds - Math.log(1 - this.detail()) * cls.recurrenceSeconds
      arrivals.again(kind, this.exposedSeconds + after)
    }
    let swap = 0
    for (let i = 0; i < lost + cls.overEviction; i++) {
      const seconds = this.replace(hot, i >= lost || (wrong && i === 0))
      if (seconds > swap) swap = seconds
    }
    this.standstill(swap, BADPUT.waitForSpare)
    this.restrength()
    if (elastic !== undefined) this.repace()
  }

  /** One node out, another in where there is one; the seconds until that one stands in. */
  private replace(hot: StruckClass, sound: boolean): number {
    const { nodes, arrivals, lemonMultiple } = this
    let node = SOUND
    let lemon = false
    if (arrivals.ages) {
      node = arrivals.leave(this.exposedSeconds, this.detail)
      lemon = arrivals.lemonOf(node)
    } else if (lemonMultiple > 1) {
      const weight = this.lemonsIn * lemonMultiple
      const here = this.membersIn - this.missing
      lemon = this.detail() * (here - this.lemonsIn + weight) < weight
      node = lemon ? LEMON : SOUND
    }
    if (lemon) this.lemonsIn--
    if (!nodes.counted) {
      this.admit(SOUND, false)
      return 0
    }
    if (this.hasDomains && !sound) {
      const inPlace = nodes.breakInDomain(this.detail, hot.of.wholeDomain)
      node = nodes.taken
      nodes.repair(node, lemon, hot, this.now, this.shop)
      if (inPlace) return 0
    } else if (sound) nodes.setAside(node, this.now, CHECK_SECONDS)
    else if (!nodes.repair(node, lemon, hot, this.now, this.shop) && lemon && arrivals.ages) arrivals.cure(node)
    return this.fill()
  }

  /** A node for an empty place, or the place stays empty (elastic); the seconds until it stands in. */
  private fill(): number {
    const { nodes, elastic } = this
    if (nodes.take(this.now, this.detail) !== NONE_LEFT) {
      if (elastic?.first === true && nodes.swapSeconds > 0 && this.mayMiss(this.missing + 1)) {
        this.missing++
        this.arriving++
        this.agenda.push(this.now + nodes.swapSeconds, NODE_ARRIVES + KINDS * (nodes.taken - LOWEST_NODE))
        return 0
      }
      this.admit(nodes.taken, this.isLemon(nodes.taken))
      return nodes.swapSeconds
    }
    if (elastic !== undefined && this.mayMiss(this.missing + 1)) {
      this.missing++
      return 0
    }
    const { requeue } = this.run
    if (requeue !== undefined) {
      const from = this.now
      this.standstill(this.seconds(requeue), BADPUT.requeue)
      this.queuedSince += this.now - from
      this.admit(SOUND, false)
      return 0
    }
    const at = nodes.await()
    if (at === Number.POSITIVE_INFINITY) {
      this.stuck = 'no-node-left'
      return 0
    }
    this.standstill(at - this.now, BADPUT.waitForSpare)
    this.admit(nodes.taken, this.isLemon(nodes.taken))
    return 0
  }

  private isLemon(node: number): boolean {
    return node >= 0 ? this.arrivals.lemonOf(node) : node === LEMON
  }

  private mayMiss(nodes: number): boolean {
    const elastic = this.run.elastic as NonNullable<CompiledRun['elastic']>
    return this.missingReplicas(nodes) <= elastic.replicas - elastic.minReplicas
  }

  private admit(node: number, lemon: boolean): void {
    if (lemon) this.lemonsIn++
    this.nodes.admit(node)
    if (this.arrivals.ages) this.arrivals.enter(node >= 0 ? node : -1, this.exposedSeconds, lemon)
  }

  /** While nodes are missing, one comes back from repair. */
  private nodeReturns(): void {
    if (this.nodes.take(this.now, this.detail) !== NONE_LEFT) this.grow(this.nodes.taken)
  }

  /** A node takes an empty place; the job stands still for it where that makes a replica whole. */
  private grow(node: number): void {
    const elastic = this.run.elastic as NonNullable<CompiledRun['elastic']>
    const replicas = this.missingReplicas(this.missing)
    this.missing--
    this.admit(node, this.isLemon(node))
    if (this.missingReplicas(this.missing) < replicas && this.before === 0) this.stall(elastic.regrowSeconds)
    this.restrength()
    this.repace()
  }

  /** The run's nodes go to a job of higher priority; it queues for them again. */
  private preempt(): void {
    this.interruptions++
    this.recorder?.event(this.now, 'preempted')
    const grace = this.run.cluster?.graceSeconds ?? 0
    const tier = this.lastTier
    if (this.before === 0 && grace > 0 && grace >= this.run.saveSeconds) this.saveNow()
    else {
      this.goneBack(this.position.backTo(tier, this.position.safeOf(tier, this.now)), 'lostWork')
    }
    ;(this.queue as ClusterQueue).release(this.now)
    this.waitInQueue()
    this.before = this.constants.restartSeconds + (this.loadSeconds[tier] as number)
    this.beforeCause = BADPUT.restart
  }
}
