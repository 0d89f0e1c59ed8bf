/** Moments with two whole numbers each, earliest first: a binary heap in typed arrays that grow and are used again. */
export class TimeHeap {
  size = 0
  private times = new Float64Array(16)
  private firsts = new Int32Array(16)
  private seconds = new Int32Array(16)
  /** What the last `pop` took out. */
  first = 0
  second = 0

  clear(): void {
    this.size = 0
  }

  /** The earliest moment; Infinity where there is none. */
  top(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : (this.times[0] as number)
  }

  push(time: number, first: number, second: number): void {
    if (this.size === this.times.length) this.grow()
    const { times, firsts, seconds } = this
    let i = this.size++
    while (i > 0) {
      const parent = (i - 1) >> 1
      if ((times[parent] as number) <= time) break
      times[i] = times[parent] as number
      firsts[i] = firsts[parent] as number
      seconds[i] = seconds[parent] as number
      i = parent
    }
    times[i] = time
    firsts[i] = first
    seconds[i] = second
  }

  /** Takes the earliest out, its numbers into `first` and `second`, and returns its moment. */
  pop(): number {
    const { times, firsts, seconds } = this
    const earliest = times[0] as number
    this.first = firsts[0] as number
    this.second = seconds[0] as number
    const last = --this.size
    const time = times[last] as number
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= last) break
      if (child + 1 < last && (times[child + 1] as number) < (times[child] as number)) child++
      if ((times[child] as number) >= time) break
      times[i] = times[child] as number
      firsts[i] = firsts[child] as number
      seconds[i] = seconds[child] as number
      i = child
    }
    times[i] = time
    firsts[i] = firsts[last] as number
    seconds[i] = seconds[last] as number
    return earliest
  }

  private grow(): void {
    const { times, firsts, seconds } = this
    const length = 2 * times.length
    this.times = new Float64Array(length)
    this.firsts = new Int32Array(length)
    this.seconds = new Int32Array(length)
    this.times.set(times)
    this.firsts.set(firsts)
    this.seconds.set(seconds)
  }
}
