import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { countParameters } from '../model/parameters.ts'
import { mainPhase } from '../scenario/scenario.ts'
import { type Row, readRows } from '../validate/row.ts'
import { rowScenario } from '../validate/row-scenario.ts'
import { MEASURED_STEPS } from './measured-rows.ts'
import { precisionBits } from './place.ts'

interface Sourced {
  readonly id: string
  readonly source: { readonly title: string }
}

const DATA = fileURLToPath(new URL('../../../../data/validation/rows.json', import.meta.url))
const TABLE = fileURLToPath(new URL('./measured-rows.ts', import.meta.url))

const HEAD = `/**
 * Where steps were measured: one for each place that \`nearest.ts\` tells apart, the first of its rows. Written from
 * data/validation/rows.json by \`npx vitest run --project core measured-rows -u\`: change the rows, not this file.
 */

// biome-ignore-all format: one step a line

`

function shippedRows(): readonly { readonly row: Row; readonly title: string }[] {
  const data: readonly Sourced[] = JSON.parse(readFileSync(DATA, 'utf8'))
  const read = readRows(data)
  if (!read.ok) throw new Error(JSON.stringify(read.issues))
  return read.rows.map((row, i) => ({ row, title: data[i]?.source.title ?? '' }))
}

/** Everything of a row that tells places apart, and what it is called by. */
function record(row: Row, source: number): readonly (string | number | boolean)[] | null {
  const read = rowScenario(row)
  if (!read.ok) return null
  const [scenario] = read.scenarios
  const chip = scenario.cluster.pools[0]?.system.chip.id.replace(/-custom$/, '') ?? ''
  const { precision } = mainPhase(scenario).training
  const parameters = Number(countParameters(scenario.model).total.toPrecision(2))
  return [
    row.id,
    source,
    ...[chip, precisionBits(precision), row.model.moe != null, (row.parallelism.cp ?? 1) > 1, row.hardware.chips],
    ...[parameters, row.sequenceLength, row.software.framework, row.software.year],
  ]
}

function written(): string {
  const sources: string[] = []
  const lines = new Map<string, string>()
  for (const { row, title } of shippedRows()) {
    const known = sources.indexOf(title)
    const fields = record(row, known < 0 ? sources.length : known)
    if (fields === null) continue
    const place = JSON.stringify(fields.slice(2, 9))
    if (lines.has(place)) continue
    if (known < 0) sources.push(title)
    lines.set(place, `  ${JSON.stringify(fields).replaceAll(',', ', ').replaceAll('"', "'")},`)
  }
  const quote = (text: string) => `  ${text.includes("'") ? JSON.stringify(text) : `'${text}'`},`
  return `${HEAD}/** Titles of the sources. */
export const MEASURED_SOURCES: readonly string[] = [
${sources.map(quote).join('\n')}
]

/** A row's id, its source, chip, bits of its products, experts, context parallelism, chips, parameters, sequence, framework, year. */
type MeasuredStep = readonly [
  id: string, source: number, chip: string, bits: number, experts: boolean, context: boolean, chips: number,
  parameters: number, sequence: number, framework: string, year: number,
]

export const MEASURED_STEPS: readonly MeasuredStep[] = [
${[...lines.values()].join('\n')}
]
`
}

test('the table is what the rows that ship say', async () => {
  await expect(written()).toMatchFileSnapshot(TABLE)
})

test('it stays small', () => {
  expect(MEASURED_STEPS.length).toBeGreaterThan(100)
  expect(readFileSync(TABLE).length).toBeLessThan(60_000)
})
