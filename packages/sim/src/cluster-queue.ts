/**
 * A cluster that the run shares with other jobs. They come at random, each wants all of its nodes at once and keeps them
 * for its duration.
 *
 * The rules: strict order of priority, first come first served within one. The first in line takes nodes that are free,
 * then those of running jobs of lower priority (the lowest first, of these the latest started), if that is enough for it;
 * else it waits, and all behind it with it: there is no backfill, so that nobody needs to know how long a job will take.
 * A job that lost its nodes goes back to the head of its priority with what is left of its duration. Jobs of lower
 * priority than the run yield to it at once and never delay it, so they are left out.
 */

import { compileDuration, type Duration, durationAt, meanDuration } from './duration.ts'
import { exponential, type Rng } from './rng.ts'
import { SimulationError } from './simulation-error.ts'
import type { SharedClusterSpec } from './spec.ts'
import { must, nonNegative, positive, shown } from './validate.ts'

/** What a trial needs of a shared cluster, as plain data. */
export interface CompiledCluster {
  readonly nodes: number
  readonly runNodes: number
  readonly graceSeconds: number
  /** Different priorities that matter; the run's is the lowest of them. */
  readonly levels: number
  /** Without those of lower priority than the run. */
  readonly jobs: readonly CompiledJob[]
  /** Seconds before time 0 from which the queue is followed, so that the run meets it as it usually is. */
  readonly warmupSeconds: number
}

interface CompiledJob {
  readonly nodes: number
  /** 0 is the highest priority. */
  readonly level: number
  readonly rate: number
  readonly duration: Duration
}

/** Checks a shared cluster for a run of `runNodes`. Throws a `SimulationError`, also where the run never gets through. */
export function compileCluster(path: string, spec: SharedClusterSpec, runNodes: number): CompiledCluster {
  const nodes = wholeNodes(`${path}.nodes`, spec.nodes)
  must(runNodes <= nodes, `${path}.nodes`, `must be at least the ${runNodes} nodes of the run, not ${nodes}`)
  const priority = finite(`${path}.priority`, spec.priority)
  must(Array.isArray(spec.jobs), `${path}.jobs`, 'must be a list of {id, nodes, priority, rate, durationSeconds}')
  const checked = spec.jobs.map((job, i) => {
    const at = `${path}.jobs.${i}`
    const size = wholeNodes(`${at}.nodes`, job.nodes)
    must(size <= nodes, `${at}.nodes`, `must be at most the ${nodes} nodes of the cluster, not ${size}`)
    return {
      nodes: size,
      priority: finite(`${at}.priority`, job.priority),
      rate: nonNegative(`${at}.rate`, job.rate),
      duration: compileDuration(`${at}.durationSeconds`, job.durationSeconds),
    }
  })
  const ahead = checked.filter((job) => job.priority >= priority)
  const load = busiest(ahead, nodes)
  if (load >= 1) {
    const percent = (100 * load).toFixed(0)
    throw new SimulationError(
      'cannot-finish',
      `${path}.jobs`,
      `${path}.jobs: jobs of the run's priority or higher ask for ${percent} % of what the cluster can give them: the queue grows for ever and the run never gets through; ask for less, or give the run a higher priority`,
    )
  }
  const priorities = [...new Set([...ahead.map((job) => job.priority), priority])].sort((a, b) => b - a)
  const jobs = ahead.map(({ priority: p, ...job }) => ({ ...job, level: priorities.indexOf(p) }))
  return {
    nodes,
    runNodes,
    graceSeconds: nonNegative(`${path}.graceSeconds`, spec.graceSeconds ?? 0),
    levels: priorities.length,
    jobs,
    warmupSeconds: warmup(jobs, nodes, load),
  }
}

function wholeNodes(path: string, value: number): number {
  must(Number.isInteger(positive(path, value)), path, `must be a whole number of nodes, not ${value}`)
  return value
}

function finite(path: string, value: number): number {
  must(Number.isFinite(value), path, `must be a finite number, not ${shown(value)}`)
  return value
}

interface Demand {
  readonly nodes: number
  readonly rate: number
  readonly duration: Duration
}

/**
 * The largest share of the cluster that jobs ask for; from 1 on their queue grows for ever. Counted in nodes, and for
 * every size in jobs: of those that want more than half of the cluster only one can run at a time, of those that want
 * more than a third two, and so on.
 */
function busiest(jobs: readonly Demand[], nodes: number): number {
  const inNodes = jobs.reduce((sum, job) => sum + job.rate * meanDuration(job.duration) * job.nodes, 0) / nodes
  const inJobs = jobs.map(({ nodes: size }) => {
    const places = Math.floor(nodes / size)
    const larger = jobs.filter((job) => Math.floor(nodes / job.nodes) <= places)
    return larger.reduce((sum, job) => sum + job.rate * meanDuration(job.duration), 0) / places
  })
  return Math.max(inNodes, ...inJobs)
}

/**
 * From an empty cluster, four relaxation times: those of a queue with Poisson arrivals, 1/(cμ·(1 − √ρ)²) (P. M. Morse,
 * Oper. Res. 3:255 (1955) for one server; c servers work c times as fast), and four durations for the jobs themselves.
 * A duration counts by E[S²]/E[S], the mean length of the job that one meets.
 */
function warmup(jobs: readonly Demand[], nodes: number, load: number): number {
  const lengths = jobs.filter((job) => job.rate > 0).map((job) => metDuration(job.duration))
  if (lengths.length === 0) return 0
  const places = Math.min(...jobs.map((job) => Math.floor(nodes / job.nodes)))
  return 4 * Math.max(...lengths) * (1 + 1 / (places * (1 - Math.sqrt(load)) ** 2))
}

/** E[S²]/E[S], by the midpoints of equal shares. */
function metDuration(duration: Duration): number {
  let first = 0
  let second = 0
  for (let i = 0; i < 512; i++) {
    const seconds = durationAt(duration, (i + 0.5) / 512)
    first += seconds
    second += seconds ** 2
  }
  return first > 0 ? second / first : 0
}

/** Arrivals and ends that one wait of the run may last; a longer one counts as for ever. */
const LONGEST_WAIT = 1e6

const NONE = -1
/** The run is the first of the jobs that the queue knows. */
const RUN = 0

type RunState = 'away' | 'waiting' | 'running' | 'warned'

/** The queue through a trial; one object serves many trials. Moments must not go back within a trial. */
export class ClusterQueue {
  readonly #cluster: CompiledCluster
  /** By kind of job, the run last. */
  readonly #nodes: Float64Array
  readonly #level: Int32Array
  /** Σ of the rates up to and with a kind, over the rate of all. */
  readonly #share: Float64Array
  readonly #meanGap: number

  /** By job: its kind, when it started (counted in starts), its seconds left while it waits or its end while it runs. */
  #kind = new Int32Array(64)
  #started = new Float64Array(64)
  #time = new Float64Array(64)
  /** The next in line, or the next unused place. */
  #next = new Int32Array(64)
  #unused = NONE
  #places = 0

  /** First and last in line, and nodes in use, by level. */
  readonly #first: Int32Array
  readonly #last: Int32Array
  readonly #busy: Float64Array
  #running = new Int32Array(64)
  #runningCount = 0

  #draw: Rng = () => 0
  #now = 0
  #free = 0
  #nextArrival = Infinity
  #nextEnd = Infinity
  #starts = 0
  #arrived = 0
  #finished = 0
  #runState: RunState = 'away'
  /** The run lost its nodes to others: it goes back to the head of its priority. */
  #evicted = false

  constructor(cluster: CompiledCluster) {
    const { jobs, levels } = cluster
    const rate = jobs.reduce((sum, job) => sum + job.rate, 0)
    this.#cluster = cluster
    this.#nodes = Float64Array.of(...jobs.map((job) => job.nodes), cluster.runNodes)
    this.#level = Int32Array.of(...jobs.map((job) => job.level), levels - 1)
    this.#share = Float64Array.from(jobs, (_, i) => jobs.slice(0, i + 1).reduce((sum, job) => sum + job.rate, 0) / rate)
    this.#meanGap = 1 / rate
    this.#first = new Int32Array(levels)
    this.#last = new Int32Array(levels)
    this.#busy = new Float64Array(levels)
  }

  /** Begins a trial: a cluster as the run usually meets it at time 0, followed from an empty one through the warm-up. */
  reset(draw: Rng): void {
    this.#draw = draw
    this.#first.fill(NONE)
    this.#last.fill(NONE)
    this.#busy.fill(0)
    this.#kind[RUN] = this.#cluster.jobs.length
    this.#places = 1
    this.#unused = NONE
    this.#runningCount = 0
    this.#free = this.#cluster.nodes
    this.#now = -this.#cluster.warmupSeconds
    this.#nextArrival = this.#now + this.#gap()
    this.#nextEnd = Infinity
    this.#starts = 0
    this.#arrived = 0
    this.#finished = 0
    this.#runState = 'away'
    this.#evicted = false
    this.#advance(0)
  }

  /**
   * The run asks for its nodes: the moment, `now` or later, at which all of them are its own. Infinity where it has not
   * got them after a million arrivals and ends of others: with what is ahead of it, it hardly ever fits.
   */
  submit(now: number): number {
    this.#advance(now)
    this.#time[RUN] = Infinity
    this.#runState = 'waiting'
    if (this.#evicted) this.#enqueueFirst(RUN)
    else this.#enqueueLast(RUN)
    this.#evicted = false
    this.#schedule()
    for (let i = 0; this.#runState === 'waiting'; i++) {
      if (i === LONGEST_WAIT) return Infinity
      this.#step()
    }
    return this.#now
  }

  /**
   * The moment, `until` at the latest, at which a job of higher priority asks for the nodes of the run; else Infinity.
   * The other jobs are followed to that moment or to `until`. The run keeps its nodes until it gives them back.
   */
  preemptedBefore(until: number): number {
    while (this.#runState === 'running' && Math.min(this.#nextArrival, this.#nextEnd) <= until) this.#step()
    if (this.#runState === 'warned') return this.#now
    this.#advance(until)
    return Infinity
  }

  /** The run gives its nodes back: it is done, or its grace has passed. */
  release(now: number): void {
    this.#advance(now)
    this.#evicted = this.#runState === 'warned'
    this.#stop(RUN)
    this.#runState = 'away'
    this.#schedule()
  }

  /** Where everything is: for tests of conservation. */
  census(): ClusterCensus {
    const waiting: number[] = []
    for (const head of this.#first)
      for (let job = head; job !== NONE; job = this.#next[job] as number) waiting.push(job)
    const running = [...this.#running.subarray(0, this.#runningCount)]
    const nodesOf = (job: number) => this.#nodes[this.#kind[job] as number] as number
    return {
      now: this.#now,
      freeNodes: this.#free,
      runningNodes: running.map(nodesOf),
      waitingNodes: waiting.map(nodesOf),
      arrived: this.#arrived,
      finished: this.#finished,
    }
  }

  /** Follows the others to `until`, whatever becomes of the run. */
  #advance(until: number): void {
    while (Math.min(this.#nextArrival, this.#nextEnd) <= until) this.#step()
    this.#now = Math.max(this.#now, until)
  }

  /** The next arrival or end. */
  #step(): void {
    if (this.#nextEnd <= this.#nextArrival) this.#finish()
    else this.#arrive()
    this.#schedule()
  }

  #arrive(): void {
    this.#now = this.#nextArrival
    this.#nextArrival = this.#now + this.#gap()
    const u = this.#draw()
    let kind = 0
    while (kind < this.#share.length - 1 && u >= (this.#share[kind] as number)) kind++
    const job = this.#place()
    this.#kind[job] = kind
    this.#time[job] = durationAt((this.#cluster.jobs[kind] as CompiledJob).duration, this.#draw())
    this.#arrived++
    this.#enqueueLast(job)
  }

  #finish(): void {
    this.#now = this.#nextEnd
    let first = 0
    for (let i = 1; i < this.#runningCount; i++) if (this.#endOf(i) < this.#endOf(first)) first = i
    const job = this.#running[first] as number
    this.#stop(job)
    this.#next[job] = this.#unused
    this.#unused = job
    this.#finished++
  }

  #gap(): number {
    return this.#meanGap === Infinity ? Infinity : exponential(this.#draw()) * this.#meanGap
  }

  /** Starts who is first in line until that one has to wait. */
  #schedule(): void {
    for (let level = 0; level < this.#first.length; level++) {
      for (let job = this.#first[level] as number; job !== NONE; job = this.#first[level] as number) {
        const nodes = this.#nodes[this.#kind[job] as number] as number
        if (nodes > this.#free + this.#preemptible(level)) return
        while (nodes > this.#free) {
          const victim = this.#victim()
          if (victim === RUN) {
            this.#runState = 'warned'
            return
          }
          this.#time[victim] = (this.#time[victim] as number) - this.#now
          this.#stop(victim)
          this.#enqueueFirst(victim)
        }
        this.#first[level] = this.#next[job] as number
        if (this.#first[level] === NONE) this.#last[level] = NONE
        this.#start(job)
      }
    }
  }

  /** Nodes of running jobs below a level, without those that the run is already about to give back. */
  #preemptible(level: number): number {
    let nodes = this.#runState === 'warned' ? -this.#cluster.runNodes : 0
    for (let l = level + 1; l < this.#busy.length; l++) nodes += this.#busy[l] as number
    return nodes
  }

  /** Of the jobs of the lowest priority that runs, the latest started; a run that is warned is spared. */
  #victim(): number {
    let victim = NONE
    for (let i = 0; i < this.#runningCount; i++) {
      const job = this.#running[i] as number
      if (job === RUN && this.#runState === 'warned') continue
      if (victim === NONE || this.#yieldsBefore(job, victim)) victim = job
    }
    return victim
  }

  #yieldsBefore(a: number, b: number): boolean {
    const below = this.#levelOf(a) - this.#levelOf(b)
    return below === 0 ? (this.#started[a] as number) > (this.#started[b] as number) : below > 0
  }

  #start(job: number): void {
    this.#time[job] = this.#now + (this.#time[job] as number)
    this.#started[job] = this.#starts++
    this.#nextEnd = Math.min(this.#nextEnd, this.#time[job] as number)
    if (this.#runningCount === this.#running.length) this.#running = grown(this.#running)
    this.#running[this.#runningCount++] = job
    this.#occupy(job, 1)
    if (job === RUN) this.#runState = 'running'
  }

  /** Takes a job from its nodes. */
  #stop(job: number): void {
    const at = this.#running.indexOf(job)
    this.#running[at] = this.#running[--this.#runningCount] as number
    this.#occupy(job, -1)
    this.#nextEnd = Infinity
    for (let i = 0; i < this.#runningCount; i++) this.#nextEnd = Math.min(this.#nextEnd, this.#endOf(i))
  }

  #occupy(job: number, sign: number): void {
    const nodes = sign * (this.#nodes[this.#kind[job] as number] as number)
    const level = this.#levelOf(job)
    this.#busy[level] = (this.#busy[level] as number) + nodes
    this.#free -= nodes
  }

  #enqueueFirst(job: number): void {
    const level = this.#levelOf(job)
    this.#next[job] = this.#first[level] as number
    this.#first[level] = job
    if (this.#last[level] === NONE) this.#last[level] = job
  }

  #enqueueLast(job: number): void {
    const level = this.#levelOf(job)
    const last = this.#last[level] as number
    this.#next[job] = NONE
    this.#last[level] = job
    if (last === NONE) this.#first[level] = job
    else this.#next[last] = job
  }

  #levelOf(job: number): number {
    return this.#level[this.#kind[job] as number] as number
  }

  #endOf(i: number): number {
    return this.#time[this.#running[i] as number] as number
  }

  /** Room for one more job. */
  #place(): number {
    const job = this.#unused
    if (job !== NONE) {
      this.#unused = this.#next[job] as number
      return job
    }
    if (this.#places === this.#kind.length) {
      this.#kind = grown(this.#kind)
      this.#started = grown(this.#started)
      this.#time = grown(this.#time)
      this.#next = grown(this.#next)
    }
    return this.#places++
  }
}

export interface ClusterCensus {
  readonly now: number
  readonly freeNodes: number
  readonly runningNodes: readonly number[]
  /** In line, the first to start first. */
  readonly waitingNodes: readonly number[]
  readonly arrived: number
  readonly finished: number
}

function grown<T extends Int32Array | Float64Array>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(array.length * 2)
  larger.set(array)
  return larger
}
