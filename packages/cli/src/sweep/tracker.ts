/** What the summary and the picture of a sweep are made from, in little memory. */

/** The best objective over all points that share values of the first one or two varied paths. */
export interface Cell {
  readonly x: unknown
  readonly y: unknown
  readonly objective: number
}

export interface Best {
  readonly point: number
  readonly objective: number
  readonly values: readonly unknown[]
}

/** Cells that are kept; a sweep over more values is drawn by its first ones. */
const MOST_CELLS = 20_000

/** A class because it is told row after row. */
export class Tracker {
  best: Best | undefined
  /** Values beyond those that are kept were met. */
  overflown = false
  private readonly found = new Map<string, Cell>()
  private readonly sign: number
  private readonly axes: number

  constructor(highest: boolean, axes: number) {
    this.sign = highest ? -1 : 1
    this.axes = axes
  }

  /** A point with its varied values. */
  add(point: number, values: readonly unknown[], objective: number): void {
    if (!Number.isFinite(objective)) return
    if (this.best === undefined || this.better(objective, this.best.objective)) this.best = { point, objective, values }
    const [x, y] = values
    const key = this.axes < 2 ? String(x) : `${String(x)}|${String(y)}`
    const cell = this.found.get(key)
    if (cell === undefined && this.found.size >= MOST_CELLS) this.overflown = true
    else if (cell === undefined || this.better(objective, cell.objective)) {
      this.found.set(key, { x, y: this.axes < 2 ? undefined : y, objective })
    }
  }

  get cells(): readonly Cell[] {
    return [...this.found.values()]
  }

  private better(a: number, b: number): boolean {
    return this.sign * a < this.sign * b
  }
}
