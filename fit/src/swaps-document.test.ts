import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SWAP_CLAIMS } from './swap-claims.ts'
import { shippedSwaps, swapsDocument } from './swaps-document.ts'

const validation = shippedSwaps()

test('the document: every pair of chips and every swap with its rows and sources, the same each time', () => {
  const text = swapsDocument(validation)
  expect(swapsDocument(validation)).toBe(text)
  expect(text).not.toMatch(/NaN|undefined|null|Infinity/)
  const [, pairs = '', , , every = '', sources = ''] = text.split('\n## ').slice(1)
  for (const { from, to } of validation.byPair)
    expect(pairs).toMatch(new RegExp(`\\| ${from} \\| ${to} .* [\\d, ]+ \\|\n`))
  for (const { rows } of validation.swaps) for (const id of rows) expect(every).toContain(`\`${id}\``)
  expect(sources.match(/^\d+\. \[.+\]\(https:\/\/.+\)$/gm)?.length).toBeGreaterThan(5)
})

test('the document in the repository: what was measured, which no fit changes', () => {
  const text = readFileSync(new URL('../../docs/chip-swaps.md', import.meta.url), 'utf8')
  // Llama 3 8B on 8 chips in FP8: 30,624 tokens per second and B200 over 14,451 per second and H100.
  expect(text).toMatch(/\| H100-SXM-80GB \| B200 \| 1 \| 2\.12 \| 2\.12 \|/)
  expect(text).toMatch(/Mean over 75 swaps/)
})

test('a claim has a source, what it rests on, and chips that were measured', () => {
  const measured = new Set(validation.byPair.map(({ from, to }) => `${from} ${to}`))
  for (const { from, to, url, standing } of SWAP_CLAIMS) {
    expect(measured).toContain(`${from} ${to}`)
    expect(url).toMatch(/^https:\/\//)
    expect(standing).toMatch(/^(unverified: |MLPerf results)/)
  }
})
