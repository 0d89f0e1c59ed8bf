/** Past incidents as a CSV text: a line each, with its time and, where told, its class and the nodes that it took. */

import { unknownName } from './object-schema.ts'

/** One line, its time in seconds: of the hours that it gives, or since 1970. */
export interface Incident {
  readonly line: number
  readonly seconds: number
  readonly class: string | undefined
  readonly nodes: number | undefined
}

export interface Incidents {
  /** Times are dates, and the record begins with the first of them. */
  readonly dates: boolean
  readonly lines: readonly Incident[]
  /** What a reader of the record should know. */
  readonly doubts: readonly string[]
}

const COLUMNS = ['time', 'class', 'nodes'] as const

const HOURS = /^\d+(?:\.\d+)?$/
const DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/

const SECONDS_PER_HOUR = 3600

/** A silence so long is this improbable in a record of random incidents; then it is more likely a hole in the record. */
const IMPROBABLE = 1e-3

/** Seconds of a time cell: hours, or an ISO date (UTC where it names no zone). Null where it is neither. */
function readTime(cell: string): { readonly seconds: number; readonly date: boolean } | null {
  if (HOURS.test(cell)) return { seconds: Number(cell) * SECONDS_PER_HOUR, date: false }
  if (!DATE.test(cell)) return null
  const zoned = /Z|[+-]\d{2}:?\d{2}$/.test(cell.slice(10)) || cell.length === 10
  const ms = Date.parse(zoned ? cell.replace(' ', 'T') : `${cell.replace(' ', 'T')}Z`)
  return Number.isNaN(ms) ? null : { seconds: ms / 1000, date: true }
}

function cells(line: string): readonly string[] {
  return line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
}

/** The columns of the first line by place, or what is wrong with it. */
function readHeader(line: string | undefined): readonly string[] | string {
  const names = cells(line ?? '').map((name) => name.toLowerCase())
  if (!names.includes('time')) {
    return `line 1 must name the columns: time, and class or nodes where they are told; it is "${(line ?? '').slice(0, 60)}"`
  }
  const strange = names.find((name) => !(COLUMNS as readonly string[]).includes(name))
  if (strange !== undefined) return `line 1: ${unknownName('column', strange, COLUMNS)}`
  if (new Set(names).size < names.length) return 'line 1 names a column twice'
  return names
}

/**
 * Reads a record of incidents. Lines must rise in time; of one class no two may have the same time; a line without a time
 * is a gap.
 *
 * @returns the incidents, or what is wrong, with its line
 */
export function readIncidents(text: string): Incidents | string {
  const rows = text
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split(/\r?\n/)
  const header = readHeader(rows[0])
  if (typeof header === 'string') return header
  if (rows.length < 2) return 'there is no incident in it'
  const at = { time: header.indexOf('time'), class: header.indexOf('class'), nodes: header.indexOf('nodes') }
  const lines: Incident[] = []
  let dates: boolean | undefined
  for (const [i, row] of rows.entries()) {
    if (i === 0) continue
    const line = i + 1
    if (row.trim() === '') return `line ${line} is empty: a gap in the record`
    const values = cells(row)
    if (values.length !== header.length) return `line ${line} has ${values.length} cells, not ${header.length}`
    const cell = values[at.time] ?? ''
    if (cell === '') return `line ${line} has no time: a gap in the record`
    const time = readTime(cell)
    if (time === null) return `line ${line}: "${cell.slice(0, 40)}" is no ISO date and no number of hours`
    dates ??= time.date
    if (time.date !== dates) return `line ${line}: dates and hours stand in one record`
    const incident = { line, seconds: time.seconds, ...details(values, at) }
    if (incident.nodes !== undefined && !(Number.isInteger(incident.nodes) && incident.nodes >= 1)) {
      return `line ${line}: nodes must be a whole number from 1, not "${values[at.nodes]?.slice(0, 20)}"`
    }
    const before = lines.at(-1)
    if (before !== undefined && incident.seconds < before.seconds) {
      return `line ${line} lies before line ${before.line}: sort the record by time`
    }
    const twin = sameTime(lines, incident)
    if (twin !== undefined) return `line ${line} overlaps line ${twin.line}: the same time and class`
    lines.push(incident)
  }
  return { dates: dates ?? false, lines, doubts: silences(lines) }
}

function details(values: readonly string[], at: Readonly<Record<'class' | 'nodes', number>>) {
  const name = values[at.class]
  const nodes = values[at.nodes]
  return {
    class: name === undefined || name === '' ? undefined : name,
    nodes: nodes === undefined || nodes === '' ? undefined : Number(nodes),
  }
}

function sameTime(lines: readonly Incident[], incident: Incident): Incident | undefined {
  for (let i = lines.length - 1; i >= 0 && lines[i]?.seconds === incident.seconds; i--) {
    if (lines[i]?.class === incident.class) return lines[i]
  }
  return undefined
}

/** Stretches without incidents that random ones would leave once in a thousand records: n·e^(−gap/mean) below it. */
function silences(lines: readonly Incident[]): readonly string[] {
  const first = lines[0]
  const last = lines.at(-1)
  if (first === undefined || last === undefined || lines.length < 5) return []
  const mean = (last.seconds - first.seconds) / (lines.length - 1)
  return lines.slice(1).flatMap((incident, i) => {
    const before = lines[i] as Incident
    const gap = incident.seconds - before.seconds
    if (lines.length * Math.exp(-gap / mean) > IMPROBABLE) return []
    const hours = Math.round(gap / SECONDS_PER_HOUR)
    return [`no incident for ${hours} h between lines ${before.line} and ${incident.line}: is the record whole?`]
  })
}

/**
 * Moments from the beginning of the record, and its length. Hours count from 0, dates from the first one. Where no
 * length is given, the record ends a mean interval after its last incident (dates: begins half of one before the first).
 */
export function recordOf(
  { dates, lines }: Pick<Incidents, 'dates' | 'lines'>,
  chosen: readonly Incident[],
  length: number | undefined,
): { readonly times: readonly number[]; readonly lengthSeconds: number } {
  const first = dates ? (lines[0]?.seconds ?? 0) : 0
  const last = lines.at(-1)?.seconds ?? 0
  if (length !== undefined) return { times: chosen.map(({ seconds }) => seconds - first), lengthSeconds: length }
  const intervals = dates ? lines.length - 1 : lines.length
  const mean = intervals > 0 && last > first ? (last - first) / intervals : SECONDS_PER_HOUR * 24
  const lead = dates ? mean / 2 : 0
  return {
    times: chosen.map(({ seconds }) => seconds - first + lead),
    lengthSeconds: last - first + lead + (dates ? mean / 2 : mean),
  }
}
