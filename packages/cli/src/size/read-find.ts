import {
  formatPath,
  mainPhase,
  type Path,
  type Profiles,
  readScenarioData,
  type Scenario,
  SECONDS_PER_HOUR,
  setPath,
  trainerPool,
} from '@walltime/core'
import { SCENARIO_READINGS, settingOf } from '@walltime/core/expression'
import { type Issue, isRecord } from '@walltime/hardware'
import type { SizeScale } from '@walltime/sim'
import { readPath, readValue } from '../input/settings.ts'
import { UserError } from '../user-error.ts'

/** A scenario as data, to be read again with another value. */
export interface SizedScenario {
  readonly file: string
  readonly data: unknown
  readonly profiles: Profiles
  readonly files: ReadonlyMap<string, string>
  readonly scenario: Scenario
}

/** The number that is searched. */
export interface Find {
  readonly path: string
  readonly scale: SizeScale
  readonly range: readonly [low: number, high: number]
  /** What its values are multiples of; absent where it is no whole number. */
  readonly unit?: number
  /** The value that the scenario has now. */
  readonly own?: number
  /** The scenario's data with a value. */
  readonly dataAt: (value: number) => unknown
  /** A value as `--set` takes it. */
  readonly written: (value: number) => string
  readonly remarks: readonly string[]
}

/** Without a range: values up to this factor above and, where they are not whole, below the scenario's own. */
const AROUND = 16
/** Values of a number that is not whole lie this close together, and are rounded to as many digits. */
const RESOLUTION = 1e-3
const DIGITS = 5
/** Of these, the next smaller and larger value that is shown lies 1 % away. */
const STRIDE = 10
const FEWEST = 64
const MOST_VALUES = 1e6

type Refuse = (message: string, path?: string) => UserError

/** Reads `--find PATH` or `PATH=lo..hi` and checks that the scenario takes numbers there. */
export function readFind(text: string, sized: SizedScenario): Find {
  const equals = text.indexOf('=')
  const name = (equals < 0 ? text : text.slice(0, equals)).trim()
  const path = readPath('--find', text, name)
  const refuse: Refuse = (message, where) =>
    new UserError([
      { code: 'option.find', option: `--find ${text}`, message, ...(where === undefined ? {} : { path: where }) },
    ])
  // A price per second is nobody's number.
  const isPrice = name === 'cost.price'
  const factor = isPrice ? SECONDS_PER_HOUR : 1
  const plain = (value: number) => Number((value * factor).toPrecision(12))
  const written = (value: number) => (isPrice ? `${plain(value)} USD/chip-hour` : String(value))
  const { data: base, remarks } = freeDp(sized, path)
  const dataAt = (value: number) => setPath(base, path, isPrice ? written(value) : value)
  const issuesAt = (value: unknown) => readAt(sized, setPath(base, path, value), path).issues

  const own = ownValue(sized, path, name)
  const range = equals < 0 ? undefined : readRange(text.slice(equals + 1), text, name, { sized, base, path }, refuse)
  const start = range?.[0] ?? own ?? 1
  const wrong = readAt(sized, dataAt(start), path).issues[0]
  if (wrong !== undefined) throw refuse(wrong.message, formatPath(wrong.path))
  if (own === undefined && range === undefined) {
    throw refuse(`the scenario has no number there to begin from; say where to look, such as ${name}=lo..hi`)
  }
  const common = { path: name, dataAt, written, ...(own === undefined ? {} : { own }) }
  const whole = !isPrice && Number.isInteger(start) && issuesAt(start + 0.5).length > 0
  if (!whole) {
    const [low, high] = range ?? [(own ?? 1) / AROUND, (own ?? 1) * AROUND]
    if (!(low > 0)) throw refuse('the range must begin above 0')
    const count = Math.ceil(Math.log(high / low) / RESOLUTION) + 1
    const valueAt = (i: number) =>
      Number((low * factor * Math.exp((Math.log(high / low) * i) / (count - 1))).toPrecision(DIGITS)) / factor
    const more =
      isPrice && hasSpread(sized) ? ['The price that is searched is certain: the spread of the file is left out.'] : []
    return { ...common, scale: { count, valueAt, stride: STRIDE }, range: [low, high], remarks: [...remarks, ...more] }
  }
  const unit = unitOf(sized, path)
  const lowest = unit > 1 || issuesAt(0).length > 0 ? unit : 0
  const [low, high] = range ?? [lowest, Math.max((own ?? 1) * AROUND, unit > 1 ? unit : FEWEST)]
  const first = Math.ceil(low / unit)
  const count = Math.floor(high / unit) - first + 1
  if (count < 1) throw refuse(`no multiple of ${unit} lies between ${low} and ${high}`)
  if (count > MOST_VALUES) throw refuse(`${count} values; at most ${MOST_VALUES} are searched`)
  const all = { ...common, range: [first * unit, (first + count - 1) * unit] as const, unit }
  if (!isClusterSize(path) || !isAuto(sized.data)) {
    return { ...all, scale: { count, valueAt: (i) => (first + i) * unit, stride: 1 }, remarks }
  }
  const nodes = Array.from({ length: count }, (_, i) => first + i).filter((n) => isEven(n, sized))
  if (nodes.length === 0) throw refuse('no number of nodes of the range shares its odd factor with the global batch')
  const valueAt = (i: number) => (nodes[i] ?? 0) * unit
  const sizes =
    'The layout is searched for each size; numbers of nodes with an odd factor that the global batch lacks are left out.'
  return { ...all, scale: { count: nodes.length, valueAt, stride: 1 }, remarks: [...remarks, sizes] }
}

/** What another value makes good: it is skipped and counted. */
const REFUSAL = /^(?:layout\.|training\.precision$)/

/** The scenario of some data, or what is wrong with the value at `path`. */
function readAt({ profiles, files }: SizedScenario, data: unknown, path: Path) {
  const read = readScenarioData(data, profiles, files)
  if (!Array.isArray(read)) return { scenario: read as Scenario, issues: [] }
  const issues = (read as readonly Issue[]).filter(
    ({ code, path: at }) =>
      !REFUSAL.test(code) && at.every((step, k) => path[k] === undefined || String(path[k]) === String(step)),
  )
  return { issues }
}

/** Where chips are searched, data parallelism follows them: what the file says of it is left out. */
function freeDp(
  { data, scenario }: SizedScenario,
  path: Path,
): { readonly data: unknown; readonly remarks: readonly string[] } {
  const pinned = isClusterSize(path) ? scenario.phases.filter(({ dpGiven }) => dpGiven) : []
  if (pinned.length === 0) return { data, remarks: [] }
  const free = [['parallelism', 'dp'], ...pinned.map((phase) => [...phase.path, 'parallelism', 'dp'])]
    .filter((at) => readInside(data, at) !== undefined)
    .reduce((all, at) => setPath(all, at, undefined), data)
  return { data: free, remarks: ['Data parallelism follows the chips: the dp of the file is left out.'] }
}

function isClusterSize(path: Path): boolean {
  const last = path.at(-1)
  return path[0] === 'cluster' && (last === 'chips' || last === 'nodes')
}

/** Chips come in whole nodes and whole replicas of the layout, data parallelism apart. */
function unitOf({ data, scenario }: SizedScenario, path: Path): number {
  if (!isClusterSize(path)) return 1
  const { chipsPerNode } = trainerPool(scenario).system
  const { tp, pp, cp } = mainPhase(scenario).parallelism
  const chips = isAuto(data) ? chipsPerNode : leastCommonMultiple(chipsPerNode, tp * pp * cp)
  return path.at(-1) === 'nodes' ? chips / chipsPerNode : chips
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b]
  while (y > 0) [x, y] = [y, x % y]
  return (a / x) * b
}

function isAuto(data: unknown): boolean {
  return readInside(data, ['parallelism']) === 'auto'
}

/**
 * Whether a number of nodes is a size for a layout that is searched. Data parallelism can take an odd factor only where the
 * global batch has it; sizes with others are slower than smaller ones, and what is not monotone cannot be bisected.
 */
function isEven(nodes: number, { scenario }: SizedScenario): boolean {
  return scenario.phases.every(({ training }) => oddPart(training.globalBatch) % oddPart(nodes) === 0)
}

function oddPart(value: number): number {
  let odd = value
  while (odd > 0 && odd % 2 === 0) odd /= 2
  return odd
}

function hasSpread({ scenario }: SizedScenario): boolean {
  return scenario.cost.price.usdPerChipHour.law !== 'fixed'
}

function ownValue({ data, scenario }: SizedScenario, path: Path, name: string): number | undefined {
  const value = SCENARIO_READINGS.get(name)?.of(settingOf(scenario)) ?? readInside(data, path)
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function readInside(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((inside, step) => {
    if (Array.isArray(inside)) return inside[Number(step)]
    return isRecord(inside) && Object.hasOwn(inside, step) ? inside[step] : undefined
  }, data)
}

interface RangeContext {
  readonly sized: SizedScenario
  readonly base: unknown
  readonly path: Path
}

/** `lo..hi`, each end as the scenario would read it. */
function readRange(
  values: string,
  text: string,
  name: string,
  context: RangeContext,
  refuse: Refuse,
): readonly [number, number] {
  const [low, high, ...more] = values.split('..').map((end) => end.trim())
  if (low === undefined || high === undefined || low === '' || high === '' || more.length > 0) {
    throw refuse(`not a range; write ${name}=lo..hi`)
  }
  const range = [readEnd(low, text, name, context, refuse), readEnd(high, text, name, context, refuse)] as const
  if (!(range[0] < range[1])) throw refuse(`the range ends at ${high}, not above its start ${low}`)
  return range
}

function readEnd(end: string, text: string, name: string, { sized, base, path }: RangeContext, refuse: Refuse): number {
  const value = readValue('--find', text, end)
  const { scenario, issues } = readAt(sized, setPath(base, path, value), path)
  const [wrong] = issues
  if (wrong !== undefined) throw refuse(wrong.message, formatPath(wrong.path))
  const reading = scenario === undefined ? undefined : SCENARIO_READINGS.get(name)?.of(settingOf(scenario))
  const number = reading ?? value
  if (typeof number !== 'number' || !Number.isFinite(number)) throw refuse(`${JSON.stringify(end)} is no number`)
  return number
}
