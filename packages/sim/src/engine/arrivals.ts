import type { CompiledClass, CompiledRun } from '../compile/compiled.ts'
import { ageAtHazard, cumulativeHazard } from '../lifetime.ts'
import { exponential, type Rng } from '../rng.ts'
import { TimeHeap } from './time-heap.ts'

const NO_RECORD = -1
/** Exposed seconds beyond which nobody looks. */
const MAX_HORIZON = 1e300

/**
 * When the next failure strikes and of which class. The clock is `exposed`: seconds in which the job could be struck.
 *
 * Classes that do not age are one Poisson process. Of a class that ages, all parts that have never been touched have the
 * same age (a cohort for each batch of nodes), so their first failure is one draw: n parts of hazard H fail first where
 * n·(H(age) − H(age now)) is a standard exponential. A part that was replaced, and every part of a node that left the
 * job and came back, has an age of its own and waits in a heap. So a failure costs the same for a thousand nodes and for a
 * million, and no part loses its age through the failure of another.
 */
export class Arrivals {
  /** Class of the last failure that `take` handed out. */
  kind = 0
  /** Record of the node it struck, or −1: any node that was never touched; see `cohort`. */
  record = NO_RECORD
  /** Cohort that it struck, or −1: any node of the job. */
  cohort = -1
  /** The node is a lemon: known where the class or the cohort tells, else false. */
  lemon = false
  /** Nodes must be told apart: some part ages. */
  readonly ages: boolean

  private readonly classes: readonly CompiledClass[]
  private readonly fleetNodes: number
  private readonly multiple: number

  // One Poisson process of all classes without age, in three groups: those of units that stay as they are, those that grow
  // and shrink with the nodes, and those that lose nodes, lemons before others.
  private readonly groupKinds: readonly Int32Array[]
  private readonly groupCumulative: readonly Float64Array[]
  private readonly groupRates: Float64Array
  /** Rate of each group at present. */
  private readonly groupNow = new Float64Array(3)
  /** The class, where the process has one only. */
  private readonly onlyKind: number
  private readonly perFleetNode: number
  private poissonRate = 0
  /** Mean exposed seconds between failures of classes without age, and the moment of the next. */
  meanGap = Number.POSITIVE_INFINITY
  nextPoisson = Number.POSITIVE_INFINITY

  // Cohorts: untouched nodes of a batch, lemons apart.
  readonly cohortNodes: Float64Array
  private readonly cohortAges: Float64Array
  private readonly cohortLemon: Uint8Array
  private readonly cohortShare: Float64Array
  private readonly aging: Int32Array
  private readonly cohortNext: Float64Array
  private readonly cohortDrawnOf: Float64Array
  /** Hazard of a part of the cohort at its next failure. */
  private readonly cohortHazard: Float64Array
  private readonly fixedUnitsLeft: Float64Array

  // Parts with ages of their own. A group is `count` parts of one class in one node, of one age.
  private readonly heap = new TimeHeap()
  /** Hazard of the part of a cohort that failed last. */
  private struckHazard = 0
  /** Exposed seconds up to which parts that fail later are not waited for; with it, hazards that no part gathers before. */
  private horizon = 0
  private readonly firstHorizon: number
  private readonly oldest: number
  private readonly lateNew: Float64Array
  private readonly lateOld: Float64Array
  private groups = 0
  private groupClass = new Int32Array(64)
  private groupCount = new Float64Array(64)
  /** Age of the group where its node's clock is 0. */
  private groupAge = new Float64Array(64)
  /** Moment on its node's clock at which it fails; NaN: not drawn yet. */
  private groupFails = new Float64Array(64)
  /** Hazard that a part of the group has gathered, or will have when it fails; NaN: not known. */
  private groupHazard = new Float64Array(64)
  private groupNext = new Int32Array(64)
  private records = 0
  private recordGroup = new Int32Array(64)
  private recordLemon = new Uint8Array(64)
  /** Exposed seconds minus the node's own clock while it is in the job; its clock while it is not. */
  private recordClock = new Float64Array(64)
  private recordIn = new Uint8Array(64)
  /** Exposed second of its next failure, while it is in the job. */
  private recordDue = new Float64Array(64)
  /** Records in the job, and where each stands in the list. */
  private inJob = new Int32Array(64)
  private inJobPlace = new Int32Array(64)
  private inJobCount = 0

  private fleetFactor = 1
  private draw: Rng = () => 0

  constructor(run: CompiledRun) {
    const { classes, lemons, batches } = run
    this.classes = classes
    this.fleetNodes = run.members
    this.multiple = lemons?.multiple ?? 1
    const memoryless = classes.flatMap((c, i) => (c.aging || c.moments !== undefined ? [] : [i]))
    this.onlyKind = memoryless.length === 1 ? (memoryless[0] as number) : -1
    this.perFleetNode = 1 / run.members
    const groupOf = (i: number) => {
      const { fixedUnits, nodesLost } = classes[i] as CompiledClass
      return fixedUnits ? 0 : nodesLost === 0 ? 1 : 2
    }
    const groups = [0, 1, 2].map((g) => memoryless.filter((i) => groupOf(i) === g))
    this.groupKinds = groups.map((kinds) => Int32Array.from(kinds))
    this.groupCumulative = groups.map((kinds) => cumulate(kinds.map((i) => (classes[i] as CompiledClass).peakRate)))
    this.groupRates = Float64Array.from(this.groupCumulative, (sums) => sums.at(-1) ?? 0)
    this.aging = Int32Array.from(classes.flatMap((c, i) => (c.aging ? [i] : [])))
    this.ages = this.aging.length > 0
    this.firstHorizon = 2 * run.phases.reduce((sum, p) => sum + p.workSeconds, 0)
    this.oldest = Math.max(...batches.map((b) => b.ageSeconds))
    this.lateNew = new Float64Array(classes.length)
    this.lateOld = new Float64Array(classes.length)
    const shares = batches.flatMap(({ share, ageSeconds }) =>
      (lemons === undefined
        ? [{ lemon: 0, of: 1 }]
        : [
            { lemon: 0, of: 1 - lemons.share },
            { lemon: 1, of: lemons.share },
          ]
      ).map(({ lemon, of }) => ({ age: ageSeconds, lemon, share: share * of })),
    )
    this.cohortAges = Float64Array.from(shares, (s) => s.age)
    this.cohortLemon = Uint8Array.from(shares, (s) => s.lemon)
    this.cohortShare = Float64Array.from(shares, (s) => s.share)
    this.cohortNodes = new Float64Array(shares.length)
    this.cohortNext = new Float64Array(shares.length * this.aging.length)
    this.cohortDrawnOf = new Float64Array(shares.length * this.aging.length)
    this.cohortHazard = new Float64Array(shares.length * this.aging.length)
    this.fixedUnitsLeft = new Float64Array(this.aging.length)
  }

  /** The start of a trial with `nodes` nodes. */
  reset(nodes: number, fleetFactor: number, draw: Rng): void {
    this.fleetFactor = fleetFactor
    this.draw = draw
    this.heap.clear()
    this.groups = 0
    this.records = 0
    this.inJobCount = 0
    for (let b = 0; b < this.cohortNodes.length; b++) this.cohortNodes[b] = (this.cohortShare[b] as number) * nodes
    this.setHorizon(this.firstHorizon)
    this.nextPoisson = Number.POSITIVE_INFINITY
    this.poissonRate = 0
    this.kind = -1
    this.setStrength(0)
    for (let a = 0; a < this.aging.length; a++) {
      const { fixedUnits, units } = this.classes[this.aging[a] as number] as CompiledClass
      if (fixedUnits) this.fixedUnitsLeft[a] = units
      for (let b = 0; b < this.cohortNodes.length; b++) this.drawCohort(a, b, 0, this.hazardOf(a, b, 0))
    }
  }

  /** The job has so many nodes, so many of them lemons, from `exposed` on: what is left of the present gap stretches. */
  setStrength(exposed: number, nodes = this.fleetNodes, lemons = 0): void {
    const { groupNow, groupRates, fleetFactor } = this
    const steady = nodes * this.perFleetNode
    const losing = (nodes - lemons + lemons * this.multiple) * this.perFleetNode
    const first = (groupRates[0] as number) * fleetFactor
    const second = (groupRates[1] as number) * fleetFactor * steady
    const third = (groupRates[2] as number) * fleetFactor * losing
    const rate = first + second + third
    if (rate === this.poissonRate) return
    groupNow[0] = first
    groupNow[1] = second
    groupNow[2] = third
    const meanGap = 1 / rate
    if (this.poissonRate > 0) {
      const left = (this.nextPoisson - exposed) * this.poissonRate
      this.nextPoisson = rate > 0 ? exposed + left * meanGap : Number.POSITIVE_INFINITY
    } else if (rate > 0) this.nextPoisson = exposed + exponential(this.draw()) * meanGap
    this.poissonRate = rate
    this.meanGap = meanGap
  }

  /** Exposed second of the next failure; Infinity where nothing ever fails. */
  next(): number {
    let next = this.nextPoisson
    for (let i = 0; i < this.cohortNext.length; i++) {
      const at = this.cohortNext[i] as number
      if (at < next) next = at
    }
    const own = this.heap.top()
    if (own < next) next = own
    return next <= this.horizon || !this.ages ? next : this.lookFurther(next)
  }

  /** Looks for parts that fail after the horizon, until it is behind the next failure. */
  private lookFurther(found: number): number {
    let next = found
    while (next > this.horizon && this.inJobCount > 0 && this.horizon < MAX_HORIZON) {
      this.setHorizon(16 * this.horizon)
      for (let i = 0; i < this.inJobCount; i++) {
        const record = this.inJob[i] as number
        this.drawFailures(record, 0)
        this.schedule(record)
      }
      next = Math.min(found, this.heap.top())
    }
    return next
  }

  private setHorizon(horizon: number): void {
    this.horizon = horizon
    for (let a = 0; a < this.aging.length; a++) {
      const kind = this.aging[a] as number
      const { lifetime } = this.classes[kind] as CompiledClass
      this.lateNew[kind] = cumulativeHazard(lifetime, horizon)
      this.lateOld[kind] = cumulativeHazard(lifetime, this.oldest + horizon)
    }
  }

  /** Hands out the failure at `exposed`, which `next` named. False where a candidate turns out to be none. */
  take(exposed: number, detail: Rng): boolean {
    this.record = NO_RECORD
    this.cohort = -1
    this.lemon = false
    if (exposed === this.nextPoisson) return this.takePoisson(exposed)
    if (exposed === this.heap.top()) return this.takeOwn()
    return this.takeCohort(exposed, detail)
  }

  private takePoisson(exposed: number): boolean {
    const gap = exponential(this.draw())
    this.kind = this.kindAt(this.draw())
    this.nextPoisson = exposed + gap * this.meanGap
    return true
  }

  /** The class without age whose share of the rate holds the place `x` of [0, 1). */
  kindAt(x: number): number {
    if (this.onlyKind >= 0) return this.onlyKind
    let left = x * this.poissonRate
    let g = 2
    while (g > 0 && left >= (this.groupNow[g] as number)) left -= this.groupNow[g--] as number
    const within = (left / (this.groupNow[g] as number)) * (this.groupRates[g] as number)
    return (this.groupKinds[g] as Int32Array)[pick(this.groupCumulative[g] as Float64Array, within)] as number
  }

  private takeOwn(): boolean {
    const exposed = this.heap.pop()
    const subject = this.heap.popped
    if (subject < 0) {
      this.takeCoded(-1 - subject, exposed)
      return true
    }
    // A node that left the job since, or came back, has another moment or none.
    if (this.recordDue[subject] !== exposed || this.recordIn[subject] === 0) return false
    const clock = exposed - (this.recordClock[subject] as number)
    const failed = this.earliestGroup(subject)
    this.kind = this.groupClass[failed] as number
    this.record = subject
    this.lemon = this.recordLemon[subject] === 1
    this.renew(subject, failed, clock)
    return true
  }

  private takeCohort(exposed: number, detail: Rng): boolean {
    const cohorts = this.cohortNodes.length
    let which = 0
    while (this.cohortNext[which] !== exposed) which++
    const a = Math.floor(which / cohorts)
    const b = which % cohorts
    const kind = this.aging[a] as number
    const { fixedUnits } = this.classes[kind] as CompiledClass
    const now = fixedUnits ? (this.fixedUnitsLeft[a] as number) : (this.cohortNodes[b] as number)
    const accepted = detail() * (this.cohortDrawnOf[which] as number) < now
    this.struckHazard = this.cohortHazard[which] as number
    if (accepted) {
      this.kind = kind
      if (fixedUnits) {
        this.fixedUnitsLeft[a] = now - 1
        this.pushFixedUnit(a, exposed)
      } else {
        this.cohort = b
        this.lemon = this.cohortLemon[b] === 1
      }
    }
    this.drawCohort(a, b, exposed, this.cohortHazard[which] as number)
    return accepted
  }

  /** A failure of the class comes again after `seconds` of exposure. */
  again(kind: number, exposed: number): void {
    this.heap.push(exposed, -1 - kind)
  }

  // Fixed units (switches, links, the job) are renewed where they stand.
  private pushFixedUnit(a: number, exposed: number): void {
    const { lifetime } = this.classes[this.aging[a] as number] as CompiledClass
    const life = ageAtHazard(lifetime, exponential(this.draw()) / this.fleetFactor)
    this.heap.push(exposed + life, -1 - this.classes.length - a)
  }

  /** A burst or a recurrence of a class, or beyond the classes a fixed unit of one that ages. */
  private takeCoded(code: number, exposed: number): void {
    if (code < this.classes.length) {
      this.kind = code
      return
    }
    const a = code - this.classes.length
    this.kind = this.aging[a] as number
    this.pushFixedUnit(a, exposed)
  }

  /** Next failure of the untouched parts of a class in a cohort, from `exposed` on, where their hazard is `hazard`. */
  private drawCohort(a: number, b: number, exposed: number, hazard: number): void {
    const place = a * this.cohortNodes.length + b
    const { lifetime, perNode, fixedUnits } = this.classes[this.aging[a] as number] as CompiledClass
    const count = fixedUnits ? (b === 0 ? (this.fixedUnitsLeft[a] as number) : 0) : (this.cohortNodes[b] as number)
    this.cohortDrawnOf[place] = count
    const parts = fixedUnits ? count : count * perNode
    if (!(parts > 1e-9)) {
      this.cohortNext[place] = Number.POSITIVE_INFINITY
      return
    }
    const multiple = this.cohortLemon[b] === 1 ? this.multiple : 1
    const next = hazard + exponential(this.draw()) / (parts * multiple * this.fleetFactor)
    this.cohortHazard[place] = next
    this.cohortNext[place] = Math.max(exposed, ageAtHazard(lifetime, next) - this.cohortAge(a, b))
  }

  private cohortAge(a: number, b: number): number {
    const { fixedUnits } = this.classes[this.aging[a] as number] as CompiledClass
    return fixedUnits ? 0 : (this.cohortAges[b] as number)
  }

  /** Hazard that a part of a cohort has gathered until `exposed`. */
  private hazardOf(a: number, b: number, exposed: number): number {
    const { lifetime } = this.classes[this.aging[a] as number] as CompiledClass
    return cumulativeHazard(lifetime, this.cohortAge(a, b) + exposed)
  }

  /**
   * A node leaves the job: the one that the last failure struck, or any where it struck none in particular. Returns its
   * record, which `enter` takes back. Only where parts age.
   */
  leave(exposed: number, detail: Rng): number {
    let record = this.record
    let struck = record !== NO_RECORD
    if (!struck && this.cohort < 0) record = this.pickAny(detail)
    else if (!struck) struck = true
    if (record === NO_RECORD) {
      record = this.newRecord(this.cohortLemon[this.cohort] as number, exposed)
      this.cohortNodes[this.cohort] = (this.cohortNodes[this.cohort] as number) - 1
      const age = this.cohortAges[this.cohort] as number
      for (let a = 0; a < this.aging.length; a++) {
        const kind = this.aging[a] as number
        const { fixedUnits, perNode } = this.classes[kind] as CompiledClass
        if (fixedUnits) continue
        const known = struck && kind === this.kind ? this.struckHazard : Number.NaN
        const group = this.newGroup(record, kind, perNode, age, known)
        if (struck && kind === this.kind) this.renew(record, group, exposed)
      }
    } else this.takeOut(record, exposed)
    this.record = NO_RECORD
    this.cohort = -1
    return record
  }

  /** True where the node of a record is a lemon. */
  lemonOf(record: number): boolean {
    return this.recordLemon[record] === 1
  }

  /** A node out of the job is a lemon no more. */
  cure(record: number): void {
    this.recordLemon[record] = 0
    for (let g = this.recordGroup[record] as number; g >= 0; g = this.groupNext[g] as number) {
      this.groupFails[g] = Number.NaN
      this.groupHazard[g] = Number.NaN
    }
  }

  /** Any node of the job, a lemon `multiple` times as likely as another: its record, or −1 and its cohort in `cohort`. */
  private pickAny(detail: Rng): number {
    const untouched = this.untouched()
    for (;;) {
      const x = detail() * (untouched + this.inJobCount)
      let record = NO_RECORD
      let lemon = false
      if (x >= untouched && this.inJobCount > 0) {
        record = this.inJob[Math.min(this.inJobCount - 1, Math.floor(x - untouched))] as number
        lemon = this.recordLemon[record] === 1
        this.cohort = -1
      } else {
        this.cohort = this.cohortOf(x)
        lemon = this.cohortLemon[this.cohort] === 1
      }
      if (lemon || this.multiple <= 1 || detail() * this.multiple < 1) return record
    }
  }

  /** A node enters the job: one that left it, or a new one (−1), sound unless told otherwise. Returns nothing to keep. */
  enter(record: number, exposed: number, lemon: boolean): void {
    let node = record
    if (node < 0) {
      node = this.newRecord(lemon ? 1 : 0, 0)
      for (let a = 0; a < this.aging.length; a++) {
        const kind = this.aging[a] as number
        const { fixedUnits, perNode } = this.classes[kind] as CompiledClass
        if (!fixedUnits) this.newGroup(node, kind, perNode, 0, 0)
      }
    }
    const clock = this.recordClock[node] as number
    this.recordLemon[node] = lemon ? 1 : 0
    this.drawFailures(node, clock)
    this.recordClock[node] = exposed - clock
    this.recordIn[node] = 1
    this.inJobPlace[node] = this.inJobCount
    this.inJob[this.inJobCount++] = node
    this.schedule(node)
  }

  /** Draws when the parts of a node fail, as far as that is not known; on the node's clock, which shows `clock`. */
  private drawFailures(node: number, clock: number): void {
    const multiple = (this.recordLemon[node] === 1 ? this.multiple : 1) * this.fleetFactor
    for (let g = this.recordGroup[node] as number; g >= 0; g = this.groupNext[g] as number) {
      const fails = this.groupFails[g] as number
      if (fails < Number.POSITIVE_INFINITY) continue
      const kind = this.groupClass[g] as number
      const { lifetime } = this.classes[kind] as CompiledClass
      const age = this.groupAge[g] as number
      if (Number.isNaN(fails)) {
        const known = this.groupHazard[g] as number
        const gathered = Number.isNaN(known) ? cumulativeHazard(lifetime, age + clock) : known
        this.groupHazard[g] = gathered + exponential(this.draw()) / ((this.groupCount[g] as number) * multiple)
      }
      const hazard = this.groupHazard[g] as number
      // Most parts outlive the run: only that is worked out, not when they would fail.
      const late = (age > 0 ? this.lateOld : this.lateNew)[kind] as number
      this.groupFails[g] = hazard > late ? Number.POSITIVE_INFINITY : ageAtHazard(lifetime, hazard) - age
    }
  }

  /** The node that was struck stays (its broken part was renewed in place): its next failure is drawn. */
  stay(exposed: number): void {
    if (this.record !== NO_RECORD) {
      const { record } = this
      const lemon = this.recordLemon[record] === 1
      this.takeOut(record, exposed)
      this.enter(record, exposed, lemon)
    } else if (this.cohort >= 0) {
      const { lemon } = this
      this.enter(this.leave(exposed, this.draw), exposed, lemon)
    }
    this.record = NO_RECORD
    this.cohort = -1
  }

  /** So many nodes more (new ones) or fewer (any of the untouched) from a phase to the next. */
  resize(nodes: number, exposed: number): void {
    const untouched = this.untouched()
    const target = Math.max(0, nodes - this.inJobCount)
    for (let b = 0; b < this.cohortNodes.length; b++) {
      const share = untouched > 0 ? (this.cohortNodes[b] as number) / untouched : (this.cohortShare[b] as number)
      this.cohortNodes[b] = target * share
    }
    for (let a = 0; a < this.aging.length; a++)
      for (let b = 0; b < this.cohortNodes.length; b++) this.drawCohort(a, b, exposed, this.hazardOf(a, b, exposed))
  }

  private untouched(): number {
    let sum = 0
    for (let b = 0; b < this.cohortNodes.length; b++) sum += this.cohortNodes[b] as number
    return sum
  }

  private cohortOf(x: number): number {
    let b = 0
    let rest = x
    while (b < this.cohortNodes.length - 1 && rest >= (this.cohortNodes[b] as number))
      rest -= this.cohortNodes[b++] as number
    return b
  }

  private takeOut(record: number, exposed: number): void {
    this.recordClock[record] = exposed - (this.recordClock[record] as number)
    this.recordIn[record] = 0
    this.recordDue[record] = Number.NaN
    const place = this.inJobPlace[record] as number
    const last = this.inJob[--this.inJobCount] as number
    this.inJob[place] = last
    this.inJobPlace[last] = place
  }

  /** One part of the group is new from `clock` on; the others keep their age. */
  private renew(record: number, group: number, clock: number): void {
    const count = this.groupCount[group] as number
    this.groupFails[group] = Number.NaN
    if (count <= 1) {
      this.groupAge[group] = -clock
      this.groupHazard[group] = 0
    } else {
      this.groupCount[group] = count - 1
      this.newGroup(record, this.groupClass[group] as number, 1, -clock, 0)
    }
  }

  private earliestGroup(record: number): number {
    let best = this.recordGroup[record] as number
    for (let g = this.groupNext[best] as number; g >= 0; g = this.groupNext[g] as number)
      if ((this.groupFails[g] as number) < (this.groupFails[best] as number)) best = g
    return best
  }

  private schedule(record: number): void {
    const g = this.recordGroup[record] as number
    if (g < 0) return
    const fails = this.groupFails[this.earliestGroup(record)] as number
    const due = (this.recordClock[record] as number) + fails
    if (due === this.recordDue[record]) return
    this.recordDue[record] = due
    if (due < Number.POSITIVE_INFINITY) this.heap.push(due, record)
  }

  private newRecord(lemon: number, clock: number): number {
    if (this.records === this.recordGroup.length) this.growRecords()
    const record = this.records++
    this.recordGroup[record] = -1
    this.recordLemon[record] = lemon
    this.recordClock[record] = clock
    this.recordIn[record] = 0
    this.recordDue[record] = Number.NaN
    return record
  }

  private newGroup(record: number, kind: number, count: number, age: number, hazard: number): number {
    if (this.groups === this.groupClass.length) this.growGroups()
    const group = this.groups++
    this.groupClass[group] = kind
    this.groupCount[group] = count
    this.groupAge[group] = age
    this.groupFails[group] = Number.NaN
    this.groupHazard[group] = hazard
    this.groupNext[group] = this.recordGroup[record] as number
    this.recordGroup[record] = group
    return group
  }

  private growRecords(): void {
    this.recordGroup = grown(this.recordGroup)
    this.recordLemon = grown(this.recordLemon)
    this.recordClock = grown(this.recordClock)
    this.recordIn = grown(this.recordIn)
    this.recordDue = grown(this.recordDue)
    this.inJob = grown(this.inJob)
    this.inJobPlace = grown(this.inJobPlace)
  }

  private growGroups(): void {
    this.groupClass = grown(this.groupClass)
    this.groupCount = grown(this.groupCount)
    this.groupAge = grown(this.groupAge)
    this.groupFails = grown(this.groupFails)
    this.groupHazard = grown(this.groupHazard)
    this.groupNext = grown(this.groupNext)
  }
}

function grown<T extends Int32Array | Float64Array | Uint8Array>(array: T): T {
  const Kind = array.constructor as new (length: number) => T
  const larger = new Kind(2 * array.length)
  larger.set(array)
  return larger
}

function cumulate(rates: readonly number[]): Float64Array {
  let sum = 0
  return Float64Array.from(rates, (rate) => {
    sum += rate
    return sum
  })
}

/** First place whose cumulative rate is above `x`. */
function pick(cumulative: Float64Array, x: number): number {
  const last = cumulative.length - 1
  let i = 0
  while (i < last && x >= (cumulative[i] as number)) i++
  return i
}
