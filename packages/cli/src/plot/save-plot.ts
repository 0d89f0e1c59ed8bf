import { writeFile } from 'node:fs/promises'
import type { Criteria } from '../sweep/criteria.ts'
import { unwritable } from '../sweep/row-sink.ts'
import type { Tracker } from '../sweep/tracker.ts'
import type { Axis } from '../sweep/vary.ts'
import { note } from '../terminal/write.ts'
import { usageError } from '../user-error.ts'
import { drawSweep } from './picture.ts'

export function checkPlotName(file: string): void {
  if (!/\.(?:svg|png)$/.test(file)) throw usageError(`--save-plot ${file}: the name must end in .svg or .png`)
}

/** Pixels of a PNG for one of the picture. */
const ZOOM = 2

/** Draws the objective over the first one or two varied paths. */
export async function savePlot(
  file: string,
  tracker: Tracker,
  axes: readonly Axis[],
  objective: Criteria['objective'],
): Promise<void> {
  const [x, y] = axes
  if (tracker.cells.length === 0 || x === undefined) {
    note(`${file} is not drawn: no point has an objective`)
    return
  }
  const best = `${objective.highest ? 'highest' : 'lowest'} ${objective.text}`
  const text = { x: x.name, y: y?.name, objective: axes.length > 2 ? best : objective.text }
  const svg = drawSweep(tracker.cells, text)
  try {
    await writeFile(file, file.endsWith('.svg') ? svg : await toPng(svg))
  } catch (error) {
    throw unwritable(file, error)
  }
  if (tracker.overflown) note(`${file} shows the first ${tracker.cells.length} combinations of values; there are more`)
}

async function toPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js')
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: ZOOM } }).render().asPng()
}
