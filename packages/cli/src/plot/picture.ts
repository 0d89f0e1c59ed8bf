/** Pictures of a sweep as SVG text: the objective over one varied path as a line, over two as lines or a heat map. */

import { scaleBand, scaleLinear, scaleLog, scaleSequential } from 'd3-scale'
import { line } from 'd3-shape'
import type { Cell } from '../sweep/tracker.ts'

export interface PictureText {
  readonly x: string
  /** The second varied path; undefined where there is one. */
  readonly y: string | undefined
  readonly objective: string
}

const WIDTH = 720
const HEIGHT = 440
const MARGIN = { top: 44, right: 130, bottom: 56, left: 84 }
/** Values of the second path that still make readable lines; more become a heat map. */
const MOST_LINES = 6
/** Colours that are told apart without red and green (M. Okabe and K. Ito). */
const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#d55e00', '#56b4e9']
const DARK = [16, 42, 82] as const
const LIGHT = [232, 240, 250] as const

const INK = '#333'

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign)
}

function shortened(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 20 ? `${text.slice(0, 18)}…` : text
}

/** A number on an axis: three digits, with K, M, G, T above a thousand. */
export function label(value: number): string {
  const step = ['', 'K', 'M', 'G', 'T', 'P'].findLast((_, i) => Math.abs(value) >= 1000 ** i) ?? ''
  const power = ['', 'K', 'M', 'G', 'T', 'P'].indexOf(step)
  return `${Number((value / 1000 ** power).toPrecision(3))}${step}`
}

interface TextOptions {
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly turn?: boolean
  readonly bold?: boolean
  readonly fill?: string
}

function words(x: number, y: number, text: string, options: TextOptions = {}): string {
  const { anchor = 'middle', turn = false, bold = false, fill = INK } = options
  const turned = turn ? ` transform="rotate(-90 ${x} ${y})"` : ''
  const weight = bold ? ' font-weight="bold"' : ''
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="${fill}"${weight}${turned}>${escaped(text)}</text>`
}

/** Values in order: numbers by size, others as they come. */
function ordered(values: readonly unknown[]): readonly unknown[] {
  const unique = [...new Map(values.map((value) => [JSON.stringify(value), value])).values()]
  return unique.every((value) => typeof value === 'number')
    ? (unique as readonly number[]).toSorted((a, b) => a - b)
    : unique
}

/** Where values stand between two pixels: numbers on a scale (logarithmic where they grow by factors), others evenly. */
function positions(values: readonly unknown[], from: number, to: number): (value: unknown) => number {
  const numbers = values.filter((value) => typeof value === 'number')
  if (numbers.length < values.length || numbers.length < 2) {
    const band = scaleBand<string>()
      .domain(values.map((value) => JSON.stringify(value)))
      .range([from, to])
    return (value) => (band(JSON.stringify(value)) ?? from) + band.bandwidth() / 2
  }
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
  const middle = numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? low
  // Where the values double rather than add up, half of them lie below the geometric mean.
  const grows = low > 0 && high / low >= 10 && middle < (Math.sqrt(low * high) + (low + high) / 2) / 2
  const scale = grows ? scaleLog([low, high], [from, to]) : scaleLinear([low, high], [from, to])
  return (value) => scale(value as number)
}

function thinned<T>(values: readonly T[], most: number): readonly T[] {
  const every = Math.ceil(values.length / most)
  return values.filter((_, i) => i % every === 0)
}

function framed(title: string, body: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    words(MARGIN.left, 24, title, { anchor: 'start', bold: true }),
    ...body,
    '</svg>',
    '',
  ].join('\n')
}

const BOTTOM = HEIGHT - MARGIN.bottom
const RIGHT = WIDTH - MARGIN.right

/** Values whose labels do not run into each other, from the left. */
function apart(values: readonly unknown[], at: (value: unknown) => number): readonly unknown[] {
  const text = (value: unknown) => (typeof value === 'number' ? label(value) : shortened(value))
  let free = Number.NEGATIVE_INFINITY
  return values.filter((value) => {
    const half = 4 * text(value).length
    if (at(value) - half < free) return false
    free = at(value) + half + 8
    return true
  })
}

function bottomAxis(values: readonly unknown[], at: (value: unknown) => number, name: string): readonly string[] {
  return [
    `<path d="M${MARGIN.left},${BOTTOM}H${RIGHT}" stroke="${INK}" fill="none"/>`,
    ...apart(thinned(values, 9), at).map((value) =>
      words(at(value), BOTTOM + 18, typeof value === 'number' ? label(value) : shortened(value)),
    ),
    words((MARGIN.left + RIGHT) / 2, HEIGHT - 14, name),
  ]
}

/** A picture of the best objective by the values of the first one or two varied paths. */
export function drawSweep(cells: readonly Cell[], text: PictureText): string {
  const series = ordered(cells.map(({ y }) => y))
  if (text.y === undefined || series.length <= MOST_LINES) return lines(cells, series, text)
  const xs = ordered(cells.map(({ x }) => x))
  if (xs.length > MOST_LINES) return heatMap(cells, series, text)
  const turned = cells.map(({ x, y, objective }) => ({ x: y, y: x, objective }))
  return lines(turned, xs, { ...text, x: text.y, y: text.x })
}

function lines(cells: readonly Cell[], series: readonly unknown[], text: PictureText): string {
  const xs = ordered(cells.map(({ x }) => x))
  const at = positions(xs, MARGIN.left + 12, RIGHT - 12)
  const values = cells.map(({ objective }) => objective)
  const height = scaleLinear([Math.min(...values, 0), Math.max(...values, 0)], [BOTTOM, MARGIN.top]).nice()
  const order = new Map(xs.map((x, i) => [JSON.stringify(x), i]))
  const curve = line<Cell>(
    ({ x }) => at(x),
    ({ objective }) => height(objective),
  )
  const ticks = height
    .ticks(6)
    .flatMap((tick) => [
      `<path d="M${MARGIN.left},${height(tick).toFixed(1)}H${RIGHT}" stroke="#ddd" fill="none"/>`,
      words(MARGIN.left - 8, height(tick) + 4, label(tick), { anchor: 'end' }),
    ])
  const drawn = series.flatMap((one, i) => {
    const colour = COLOURS[i % COLOURS.length] ?? INK
    const own = cells
      .filter(({ y }) => JSON.stringify(y) === JSON.stringify(one))
      .toSorted((a, b) => (order.get(JSON.stringify(a.x)) ?? 0) - (order.get(JSON.stringify(b.x)) ?? 0))
    const last = own.at(-1)
    const dots =
      own.length <= 60
        ? own.map(
            ({ x, objective }) =>
              `<circle cx="${at(x).toFixed(1)}" cy="${height(objective).toFixed(1)}" r="2.5" fill="${colour}"/>`,
          )
        : []
    const name =
      text.y === undefined || last === undefined
        ? []
        : [words(RIGHT + 10, MARGIN.top + 14 + 18 * i, `${shortened(one)}`, { anchor: 'start', fill: colour })]
    return [`<path d="${curve(own) ?? ''}" stroke="${colour}" stroke-width="1.8" fill="none"/>`, ...dots, ...name]
  })
  const key = text.y === undefined ? [] : [words(RIGHT + 10, MARGIN.top - 4, text.y, { anchor: 'start', bold: true })]
  const title = `${text.objective} by ${text.x}${text.y === undefined ? '' : ` and ${text.y}`}`
  return framed(title, [...ticks, ...bottomAxis(xs, at, text.x), ...drawn, ...key])
}

function heatMap(cells: readonly Cell[], ys: readonly unknown[], text: PictureText): string {
  const xs = ordered(cells.map(({ x }) => x))
  const band = (values: readonly unknown[], range: [number, number]) =>
    scaleBand<string>()
      .domain(values.map((value) => JSON.stringify(value)))
      .range(range)
  const across = band(xs, [MARGIN.left, RIGHT])
  const up = band(ys, [BOTTOM, MARGIN.top])
  const values = cells.map(({ objective }) => objective)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const colour = scaleSequential([low, high], mixed)
  const squares = cells.map(({ x, y, objective }) => {
    const [left, top] = [across(JSON.stringify(x)) ?? 0, up(JSON.stringify(y)) ?? 0]
    const size = `width="${across.bandwidth().toFixed(2)}" height="${up.bandwidth().toFixed(2)}"`
    return `<rect x="${left.toFixed(2)}" y="${top.toFixed(2)}" ${size} fill="${colour(objective)}" shape-rendering="crispEdges"/>`
  })
  const side = thinned(ys, 10).map((y) => {
    const middle = (up(JSON.stringify(y)) ?? 0) + up.bandwidth() / 2 + 4
    return words(MARGIN.left - 8, middle, typeof y === 'number' ? label(y) : shortened(y), { anchor: 'end' })
  })
  const key = Array.from({ length: 40 }, (_, i) => {
    const y = BOTTOM - ((i + 1) * (BOTTOM - MARGIN.top)) / 40
    const fill = mixed((i + 0.5) / 40)
    return `<rect x="${RIGHT + 24}" y="${y.toFixed(1)}" width="16" height="${((BOTTOM - MARGIN.top) / 40 + 0.5).toFixed(1)}" fill="${fill}"/>`
  })
  const at = (value: unknown) => (across(JSON.stringify(value)) ?? 0) + across.bandwidth() / 2
  return framed(`${text.objective} by ${text.x} and ${text.y}`, [
    ...squares,
    ...bottomAxis(xs, at, text.x),
    ...side,
    words(22, (MARGIN.top + BOTTOM) / 2, text.y ?? '', { turn: true }),
    ...key,
    words(RIGHT + 46, BOTTOM, label(low), { anchor: 'start' }),
    words(RIGHT + 46, MARGIN.top + 8, label(high), { anchor: 'start' }),
  ])
}

/** A colour between the light and the dark end. */
function mixed(share: number): string {
  const channels = LIGHT.map((light, i) => Math.round(light + share * ((DARK[i] ?? 0) - light)))
  return `rgb(${channels.join(',')})`
}
