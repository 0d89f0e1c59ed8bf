/**
 * `plan` on the layout grids that ship (data/validation/grids.json): restricted to the layouts of a grid, how much slower
 * than the best measured is the one that it picks? Measured seconds are judged against measured ones: the model only picks.
 */

import { readFileSync } from 'node:fs'
import { type Found, mainPhase, newPlan, type Parallelism, type PlanChoices, type Scenario } from '@walltime/core'
import { type Row, readRows, rowScenario } from '@walltime/core/validate'
import { expect, test } from 'vitest'

const read = readRows(JSON.parse(readFileSync(new URL('../data/validation/grids.json', import.meta.url), 'utf8')))
if (!read.ok) throw new Error('the grids that ship cannot be read')
const { rows } = read

interface Entry {
  readonly row: Row
  readonly scenario: Scenario
  readonly layout: Parallelism
}

/** What of a layout a grid tells: splits that count embedding and head as layers are left to the planner. */
const keyOf = ({ layerSplit: _, ...layout }: Parallelism) => JSON.stringify(Object.entries(layout).sort())

function group<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item])
  return groups
}

const distinct = <T>(values: readonly T[]): readonly T[] => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values(),
]

/** The best layout of some rows of the same work and software, by `plan` restricted to them. */
function plan(entries: readonly Entry[]): { readonly found: Found; readonly row: Row } | null {
  const [first] = entries
  if (first === undefined) return null
  const layouts = entries.map(({ layout }) => layout)
  const own = new Map(entries.map((entry) => [keyOf(entry.layout), entry.row]))
  const choices: PlanChoices = {
    tp: distinct(layouts.map(({ tp }) => tp)),
    pp: distinct(layouts.map(({ pp }) => pp)),
    cp: distinct(layouts.map(({ cp }) => cp)),
    vpp: distinct(layouts.map(({ vpp }) => vpp)),
    microBatch: distinct(layouts.map(({ microBatch }) => microBatch)),
    zero: distinct(layouts.map(({ zero }) => zero)),
    sequenceParallel: distinct(layouts.map(({ sequenceParallel }) => sequenceParallel)),
    schedule: distinct(layouts.map(({ schedule }) => schedule)),
    recompute: distinct(layouts.map(({ recompute }) => recompute)),
    optimizerOffload: [false],
  }
  const inGrid = { reason: 'grid', ofLayout: true, holds: (layout: Parallelism) => own.has(keyOf(layout)) }
  const search = newPlan(first.scenario, choices, { top: 1, conditions: [inGrid] })
  for (const _ of search.run());
  const [found] = search.result.found
  const row = found === undefined ? undefined : own.get(keyOf(found.layout))
  return found === undefined || row === undefined ? null : { found, row }
}

/** Measured seconds of the pick over the best measured, less one; 1 where it ran out of memory, null where there is no choice. */
function regretOf(members: readonly Row[]): number | null {
  const ran = members.flatMap(({ measured }) => measured.stepSeconds ?? [])
  if (ran.length < 2) return null
  const entries = members.flatMap((row): readonly Entry[] => {
    const result = rowScenario(row)
    if (!result.ok) return []
    const [scenario] = result.scenarios
    return [{ row, scenario, layout: mainPhase(scenario).parallelism }]
  })
  const problems = group(entries, ({ scenario: { software, cluster, model, phases } }) =>
    JSON.stringify([software, cluster, model, phases[0]?.training]),
  )
  const picks = [...problems.values()].flatMap((problem) => plan(problem) ?? [])
  const [pick] = picks.sort((a, b) => a.found.seconds - b.found.seconds)
  const measured = pick?.row.measured.stepSeconds
  return measured == null ? 1 : measured / Math.min(...ran) - 1
}

/** Mean regret over the grids of a collection. */
function meanRegret(collection: string): {
  readonly mean: number
  readonly grids: number
  readonly outOfMemory: number
} {
  const grids = group(
    rows.filter((row) => row.collection === collection),
    ({ grid }) => grid ?? '',
  )
  const regrets = [...grids.values()].map(regretOf).filter((regret) => regret !== null)
  return {
    mean: regrets.reduce((a, b) => a + b, 0) / regrets.length,
    grids: regrets.length,
    outOfMemory: regrets.filter((regret) => regret === 1).length,
  }
}

const figures = (['nanotron', 'alephalpha'] as const).map((collection) => ({ collection, ...meanRegret(collection) }))

test.each(figures)(
  'on the grids of $collection every pick ran: $mean slower than the best measured, as a share',
  (figure) => {
    expect(figure.grids).toBeGreaterThan(2)
    expect(figure.outOfMemory).toBe(0)
  },
)

const meanOf = (name: string) => figures.find(({ collection }) => collection === name)?.mean

test('on the grids of nanotron the pick is within 10 % of the best measured, on the mean', () => {
  expect(meanOf('nanotron')).toBeLessThan(0.1)
})

// The bar of this project, which the model's order of layouts does not reach yet: docs/planning.md has the figure.
test.fails('on those of Aleph Alpha within 3 %', () => {
  expect(meanOf('alephalpha')).toBeLessThan(0.03)
})
