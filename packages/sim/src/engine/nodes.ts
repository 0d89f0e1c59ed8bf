import type { CompiledRun } from '../compile/compiled.ts'
import { type Duration, durationAt, isRandom } from '../duration.ts'
import type { Rng } from '../rng.ts'
import type { StruckClass } from './struck-class.ts'
import { TimeHeap } from './time-heap.ts'

/** A node without a record: what the pools and the repair shop hand around. Records are 0 and above. */
export const SOUND = -1
export const LEMON = -2
/** A node of a domain that has spares for it: it goes back into a domain, not into a pool. */
const TRAY = -3
/** A domain with `l` of its nodes in repair is `DOMAIN − l`. */
const DOMAIN = -10
/** No code of a node is lower: a domain has at most 10,000 spares. */
export const LOWEST_NODE = -20_000

/** Where a replacement comes from. */
export const NONE_LEFT = -1

/**
 * The nodes beside the job: pools that are asked in order, and the repair shop from which they are filled again. Repairs are
 * looked at only when somebody asks, so a node that comes back costs nothing before.
 */
export class Nodes {
  /** What the last `take` handed over, and the seconds until it stands in. */
  taken = SOUND
  swapSeconds = 0
  /** Nodes are counted: without, a lost node is replaced at once. */
  readonly counted: boolean

  private readonly run: CompiledRun
  private readonly poolSizes: Float64Array
  private readonly swaps: readonly Duration[]
  private readonly free: Float64Array
  /** Nodes that came back to a pool, first in first out; the others of a pool have never been touched. */
  private readonly returned: readonly Ring[]
  private readonly untouchedSound: Float64Array
  private readonly untouchedLemons: Float64Array
  private readonly repairs = new TimeHeap()
  private readonly crews = new TimeHeap()
  private readonly countsCrews: boolean
  private readonly hasDomains: boolean
  private readonly randomRepairs: boolean
  /** Domains of the job by nodes in repair. */
  private readonly domains: Float64Array

  constructor(run: CompiledRun) {
    this.run = run
    const { pools, domain } = run
    this.counted = pools !== undefined
    this.poolSizes = Float64Array.from(pools ?? [], (p) => p.nodes)
    this.swaps = (pools ?? []).map((p) => p.swap)
    this.free = new Float64Array(this.poolSizes.length)
    this.untouchedSound = new Float64Array(this.poolSizes.length)
    this.untouchedLemons = new Float64Array(this.poolSizes.length)
    this.returned = (pools ?? []).map(() => new Ring())
    this.countsCrews = run.repairCrews !== undefined
    this.hasDomains = domain !== undefined
    this.randomRepairs = run.classes.some(({ repair }) => isRandom(repair.automatic) || isRandom(repair.manual))
    this.domains = new Float64Array((domain?.spare ?? 0) + 1)
  }

  reset(): void {
    const share = this.run.lemons?.share ?? 0
    for (const [i, size] of this.poolSizes.entries()) {
      this.free[i] = size
      const lemons = Number.isFinite(size) ? Math.round(size * share) : 0
      this.untouchedLemons[i] = lemons
      this.untouchedSound[i] = size - lemons
      this.returned[i]?.clear()
    }
    this.repairs.clear()
    this.crews.clear()
    for (let c = 0; c < (this.run.repairCrews ?? 0); c++) this.crews.push(0, 0)
    this.domains.fill(0)
    this.domains[0] = this.run.members
  }

  /** The moment at which the next node comes back. */
  nextReturn(): number {
    return this.repairs.top()
  }

  /**
   * A node goes to repair at `now`, after a failure of the class. A repair that works cures a lemon; true where it still is one.
   */
  repair(node: number, lemon: boolean, cls: StruckClass, now: number, shop: Rng): boolean {
    const automatic = shop() < cls.automaticShare
    const { repair } = cls.of
    const leaves = lemon && shop() < (automatic ? repair.silentAutomaticShare : repair.silentManualShare)
    const long = this.randomRepairs ? shop() : 0
    let seconds = automatic ? cls.automaticSeconds : cls.manualSeconds
    if (Number.isNaN(seconds)) seconds = durationAt(automatic ? repair.automatic : repair.manual, long)
    let from = now
    if (!automatic && this.countsCrews) {
      from = Math.max(now, this.crews.pop())
      this.crews.push(from + seconds, 0)
    }
    this.repairs.push(from + seconds, node === LEMON && !leaves ? SOUND : node)
    return leaves
  }

  /** A sound node that was taken out for nothing comes back after `seconds`. */
  setAside(node: number, now: number, seconds: number): void {
    this.repairs.push(now + seconds, node)
  }

  /**
   * A node of some domain of the job breaks, or a domain as a whole. True where the domain has another in place; else the whole domain leaves, and
   * `taken` is what goes to repair with it.
   */
  breakInDomain(draw: Rng, whole: boolean): boolean {
    let x = draw() * this.run.members
    let level = 0
    const spare = this.domains.length - 1
    while (level < spare && x >= (this.domains[level] as number)) x -= this.domains[level++] as number
    while ((this.domains[level] as number) <= 0 && level > 0) level--
    this.domains[level] = (this.domains[level] as number) - 1
    if (level < spare && !whole) {
      this.domains[level + 1] = (this.domains[level + 1] as number) + 1
      this.taken = TRAY
      return true
    }
    this.taken = DOMAIN - level
    return false
  }

  /** Takes a replacement at `now` into `taken`; the pool that had it, or `NONE_LEFT`. */
  take(now: number, detail: Rng): number {
    this.collect(now)
    for (let pool = 0; pool < this.free.length; pool++) {
      if ((this.free[pool] as number) < 1) continue
      this.free[pool] = (this.free[pool] as number) - 1
      this.taken = this.handOut(pool, detail)
      const swap = this.swaps[pool] as Duration
      this.swapSeconds = swap.kind === 'fixed' ? swap.a : durationAt(swap, detail())
      return pool
    }
    return NONE_LEFT
  }

  /** Nodes in all pools at `now`. */
  available(now: number): number {
    this.collect(now)
    let sum = 0
    for (const nodes of this.free) sum += nodes
    return sum
  }

  /** Nodes of pools that are there, and of those in repair; a domain's spares are not counted. */
  census(): { readonly free: number; readonly inRepair: number } {
    let free = 0
    for (const nodes of this.free) free += nodes
    return { free, inRepair: this.repairs.size }
  }

  /** Takes the next node that comes back, into `taken`; the moment, or Infinity where none ever will. */
  await(): number {
    for (;;) {
      const at = this.repairs.top()
      if (at === Number.POSITIVE_INFINITY) return at
      this.repairs.pop()
      if (this.settle(this.repairs.popped)) continue
      this.taken = this.repairs.popped
      this.swapSeconds = 0
      return at
    }
  }

  /** A node that the job takes in: the domain it is. */
  admit(node: number): void {
    if (!this.hasDomains) return
    const level = node <= DOMAIN ? DOMAIN - node : 0
    this.domains[level] = (this.domains[level] as number) + 1
  }

  private handOut(pool: number, detail: Rng): number {
    const untouched = (this.untouchedSound[pool] as number) + (this.untouchedLemons[pool] as number)
    if (untouched < 1) return (this.returned[pool] as Ring).shift()
    const lemons = this.untouchedLemons[pool] as number
    if (lemons > 0 && detail() * untouched < lemons) {
      this.untouchedLemons[pool] = lemons - 1
      return LEMON
    }
    this.untouchedSound[pool] = (this.untouchedSound[pool] as number) - 1
    return SOUND
  }

  private collect(now: number): void {
    const { repairs } = this
    while (repairs.size > 0 && repairs.top() <= now) {
      repairs.pop()
      const node = repairs.popped
      if (!this.hasDomains || !this.settle(node)) this.shelve(node)
    }
  }

  /** A node of a domain goes back into one that misses it. False where the node is one for a pool. */
  private settle(node: number): boolean {
    if (node !== TRAY) return false
    for (let level = this.domains.length - 1; level > 0; level--) {
      if ((this.domains[level] as number) < 1) continue
      this.domains[level] = (this.domains[level] as number) - 1
      this.domains[level - 1] = (this.domains[level - 1] as number) + 1
      break
    }
    return true
  }

  /** Into the first pool that is not full. */
  private shelve(node: number): void {
    let pool = 0
    const last = this.free.length - 1
    while (pool < last && (this.free[pool] as number) >= (this.poolSizes[pool] as number)) pool++
    if (last < 0) return
    this.free[pool] = (this.free[pool] as number) + 1
    ;(this.returned[pool] as Ring).push(node)
  }
}

/** Whole numbers, first in first out, in a typed array that grows. */
class Ring {
  /** Its length is a power of two. */
  private values = new Int32Array(16)
  private head = 0
  private size = 0

  clear(): void {
    this.head = 0
    this.size = 0
  }

  push(value: number): void {
    const { values } = this
    if (this.size === values.length) {
      const larger = new Int32Array(2 * this.size)
      for (let i = 0; i < this.size; i++) larger[i] = values[(this.head + i) & (this.size - 1)] as number
      this.values = larger
      this.head = 0
    }
    this.values[(this.head + this.size++) & (this.values.length - 1)] = value
  }

  shift(): number {
    const value = this.values[this.head] as number
    this.head = (this.head + 1) & (this.values.length - 1)
    this.size--
    return value
  }
}
