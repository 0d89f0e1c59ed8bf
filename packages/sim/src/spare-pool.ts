/** Nodes that wait for the job and nodes in repair: a binary heap of the moments at which these come back. */
export class SparePool {
  private free: number
  private inRepair = 0
  private readonly nodes: number
  private readonly returns: Float64Array

  /** At most one node more than there are spares is ever in repair: the one for which the job waits. */
  constructor(nodes: number) {
    this.nodes = nodes
    this.free = nodes
    this.returns = new Float64Array(nodes + 1)
  }

  reset(): void {
    this.free = this.nodes
    this.inRepair = 0
  }

  /** The job loses a node at `now`, to be back after `repairSeconds`, and takes another: the moment at which it has it. */
  replace(now: number, repairSeconds: number): number {
    while (this.inRepair > 0 && this.earliest() <= now) {
      this.pop()
      this.free++
    }
    this.push(now + repairSeconds)
    if (this.free > 0) {
      this.free--
      return now
    }
    return this.pop()
  }

  private earliest(): number {
    return this.returns[0] as number
  }

  private push(moment: number): void {
    const heap = this.returns
    let i = this.inRepair++
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = heap[parent] as number
      if (above <= moment) break
      heap[i] = above
      i = parent
    }
    heap[i] = moment
  }

  private pop(): number {
    const heap = this.returns
    const first = this.earliest()
    const moved = heap[--this.inRepair] as number
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= this.inRepair) break
      if (child + 1 < this.inRepair && (heap[child + 1] as number) < (heap[child] as number)) child++
      const below = heap[child] as number
      if (below >= moved) break
      heap[i] = below
      i = child
    }
    heap[i] = moved
    return first
  }
}
