import { expect, test } from 'vitest'
import { drawSweep, label } from './picture.ts'

const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length

test('one path is one line with its values below', () => {
  const cells = [4, 1, 2].map((x) => ({ x, y: undefined, objective: 10 / x }))
  const svg = drawSweep(cells, { x: 'parallelism.tp', y: undefined, objective: 'step.seconds' })
  expect(svg).toContain('>step.seconds by parallelism.tp<')
  expect(count(svg, /<circle/g)).toBe(3)
  expect(count(svg, /stroke-width/g)).toBe(1)
  // From left to right, whatever the order of the points.
  const xs = [...svg.matchAll(/<circle cx="([\d.]+)"/g)].map(([, x]) => Number(x))
  expect(xs).toEqual(xs.toSorted((a, b) => a - b))
})

const grid = (xs: number, ys: number) =>
  Array.from({ length: xs * ys }, (_, i) => ({ x: i % xs, y: `s${Math.floor(i / xs)}`, objective: i }))
const TEXT = { x: 'a', y: 'b', objective: 'step.seconds' }

test('a second path with few values is a line each, with many a heat map', () => {
  expect(count(drawSweep(grid(10, 3), TEXT), /stroke-width/g)).toBe(3)
  expect(count(drawSweep(grid(3, 10), TEXT), /stroke-width/g)).toBe(3)
  const map = drawSweep(grid(10, 12), TEXT)
  expect(count(map, /crispEdges/g)).toBe(120)
  expect(map).toContain('rgb(16,42,82)')
})

test('names cannot write into the picture', () => {
  const cells = [{ x: '<script>', y: undefined, objective: 1 }]
  expect(drawSweep(cells, { ...TEXT, y: undefined, x: '"><b>' })).not.toMatch(/<script>|<b>/)
})

test('axis labels are short', () => {
  expect([0, 0.12345, 950, 16_384, 3.2e9, -2e6].map(label)).toEqual(['0', '0.123', '950', '16.4K', '3.2G', '-2M'])
})
