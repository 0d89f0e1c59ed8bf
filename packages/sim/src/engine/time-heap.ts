/** Moments with a whole number each, earliest first: a binary heap in typed arrays that grow and are used again. */
export class TimeHeap {
  size = 0
  private times = new Float64Array(16)
  private values = new Int32Array(16)
  /** The number of what the last `pop` took out. */
  popped = 0

  clear(): void {
    this.size = 0
  }

  /** The earliest moment; Infinity where there is none. */
  top(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : (this.times[0] as number)
  }

  push(time: number, value: number): void {
    if (this.size === this.times.length) this.grow()
    const { times, values } = this
    let i = this.size++
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = times[parent] as number
      if (above <= time) break
      times[i] = above
      values[i] = values[parent] as number
      i = parent
    }
    times[i] = time
    values[i] = value
  }

  /** Takes the earliest out, its number into `popped`, and returns its moment. */
  pop(): number {
    const { times, values } = this
    const earliest = times[0] as number
    this.popped = values[0] as number
    const last = --this.size
    const time = times[last] as number
    const value = values[last] as number
    let i = 0
    let child = 1
    while (child < last) {
      let below = times[child] as number
      if (child + 1 < last) {
        const right = times[child + 1] as number
        if (right < below) {
          below = right
          child++
        }
      }
      if (below >= time) break
      times[i] = below
      values[i] = values[child] as number
      i = child
      child = 2 * i + 1
    }
    times[i] = time
    values[i] = value
    return earliest
  }

  private grow(): void {
    const { times, values } = this
    this.times = new Float64Array(2 * times.length)
    this.values = new Int32Array(2 * times.length)
    this.times.set(times)
    this.values.set(values)
  }
}
