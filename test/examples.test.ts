import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

function run(example: string): string {
  return execFileSync(process.execPath, ['--import', 'tsx', `examples/${example}.ts`], { cwd: root, encoding: 'utf8' })
}

it('estimates a step in ten lines', () => {
  const out = run('estimate')
  expect(out).toMatch(/^step \d+\.\d\d s, MFU \d\d\.\d %$/m)
  expect(out).toMatch(/^memory .* GiB of 79\.6 GiB$/m)
})

it('simulates on threads', () => {
  expect(run('simulate-on-threads')).toMatch(/^days: P5 .*, P50 .*, P95 .*\ndollars: /m)
})

it("takes a chip of one's own", () => {
  const out = run('own-chip')
  expect(out).toMatch(/^hgx-h100: .* in 80 GiB$/m)
  expect(out).toMatch(/^our-box: .* fits in 160 GiB$/m)
})
