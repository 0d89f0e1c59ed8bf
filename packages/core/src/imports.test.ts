import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const folder = new URL('./', import.meta.url)
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => ({ file, text: readFileSync(new URL(file, folder), 'utf8') }))

/** What a file imports, by any of the forms. */
function imports(text: string): readonly string[] {
  return [...text.matchAll(/\b(?:from|import|require)\s*\(?\s*['"]([^'"\s]+)['"]/g)].map(([, name]) => name ?? '')
}

describe('the sources of core', () => {
  it('are found', () => {
    expect(sources.length).toBeGreaterThan(40)
    expect(imports("import { a } from './b.ts'\nimport('c')\nexport * from \"d\"")).toEqual(['./b.ts', 'c', 'd'])
  })

  it.each(sources)('$file imports hardware, yaml, zod and its own files only', ({ file, text }) => {
    const allowed = /^(\.\.?\/[\w./-]+\.ts|@walltime\/hardware|yaml|zod)$/
    // The build puts what this one uses of mathjs into it.
    const others = imports(text).filter((name) => !(name === 'mathjs' && file === 'expression/parse-engine.ts'))
    for (const name of others) expect(name).toMatch(allowed)
  })

  it.each(sources)('$file uses nothing that only Node has, no clock and no chance', ({ text }) => {
    expect(text).not.toMatch(/\b(?:process\.|Buffer\b|__dirname|globalThis\.process|setImmediate)/)
    expect(text).not.toMatch(/\b(?:Math\.random|Date\.now|new Date|performance\.now)\b/)
  })
})
