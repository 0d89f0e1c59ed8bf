import type { CompiledClass, CompiledRun } from '../compile/compiled.ts'
import { exponential, type Rng } from '../rng.ts'

/** No failure after all: the moment belonged to a unit that this run does not have. */
export const NOTHING = -1

/** Failures that keep to the clock on the wall: traces, periodic stops, and those that strike while the job is down. */
export class Calendar {
  private readonly kinds: Int32Array
  private readonly classes: readonly CompiledClass[]
  private readonly due: Float64Array
  private readonly place: Int32Array
  /** Wall clock at which the present round of the record began. */
  private readonly round: Float64Array
  private factor = 1
  private draw: Rng = () => 0

  constructor(run: CompiledRun) {
    this.classes = run.classes
    this.kinds = Int32Array.from(run.classes.flatMap((c, i) => (c.moments === undefined ? [] : [i])))
    this.due = new Float64Array(this.kinds.length)
    this.place = new Int32Array(this.kinds.length)
    this.round = new Float64Array(this.kinds.length)
  }

  reset(fleetFactor: number, draw: Rng): void {
    this.factor = fleetFactor
    this.draw = draw
    for (let i = 0; i < this.kinds.length; i++) {
      const moments = this.momentsOf(i)
      if (moments.kind === 'poisson') this.due[i] = exponential(draw()) / (moments.rate * fleetFactor)
      else {
        this.round[i] = moments.randomStart ? -draw() * moments.lengthSeconds : 0
        this.place[i] = -1
        this.step(i)
        this.skipTo(i, 0)
      }
    }
  }

  /** The next moment at or after `now`: those that passed while the job was down are gone, unless they strike then too. */
  next(now: number): number {
    let earliest = Number.POSITIVE_INFINITY
    for (let i = 0; i < this.kinds.length; i++) {
      if ((this.due[i] as number) < now && !this.classOf(i).whileDown) this.skipTo(i, now)
      const due = Math.max(now, this.due[i] as number)
      if (due < earliest) earliest = due
    }
    return earliest
  }

  /** Hands out the failure that is due at `now`: its class, or `NOTHING`. */
  take(now: number): number {
    let which = 0
    while (which < this.kinds.length - 1 && (this.due[which] as number) > now) which++
    const moments = this.momentsOf(which)
    const kind = this.kinds[which] as number
    if (moments.kind === 'poisson') {
      this.due[which] = (this.due[which] as number) + exponential(this.draw()) / (moments.rate * this.factor)
      return kind
    }
    this.step(which)
    return moments.share < 1 && this.draw() >= moments.share ? NOTHING : kind
  }

  private step(i: number): void {
    const moments = this.momentsOf(i)
    if (moments.kind !== 'record') return
    if (moments.times.length === 0) {
      this.due[i] = Number.POSITIVE_INFINITY
      return
    }
    let place = (this.place[i] as number) + 1
    if (place === moments.times.length) {
      place = 0
      this.round[i] = (this.round[i] as number) + moments.lengthSeconds
    }
    this.place[i] = place
    this.due[i] = (this.round[i] as number) + (moments.times[place] as number)
  }

  private skipTo(i: number, now: number): void {
    const moments = this.momentsOf(i)
    if (moments.kind !== 'record') return
    const rounds = Math.floor((now - (this.due[i] as number)) / moments.lengthSeconds)
    if (rounds > 0) {
      this.round[i] = (this.round[i] as number) + rounds * moments.lengthSeconds
      this.due[i] = (this.due[i] as number) + rounds * moments.lengthSeconds
    }
    while ((this.due[i] as number) < now) this.step(i)
  }

  private classOf(i: number): CompiledClass {
    return this.classes[this.kinds[i] as number] as CompiledClass
  }

  private momentsOf(i: number): NonNullable<CompiledClass['moments']> {
    return this.classOf(i).moments as NonNullable<CompiledClass['moments']>
  }
}
