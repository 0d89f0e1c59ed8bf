import type { Provenance } from '@walltime/hardware'
import { table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { clip, wrap } from '../terminal/text.ts'
import { leavesOf } from './leaves.ts'

const LONGEST_VALUE = 44

/** A profile with the source of every number; sources are numbered and listed below. */
export function profileReport(id: string, profile: object, terminal: Terminal): readonly string[] {
  const { style, width } = terminal
  const leaves = leavesOf(profile)
  const cited: Provenance[] = []
  const mark = (provenance: Provenance | undefined): string => {
    if (provenance === undefined) return ''
    if (!cited.includes(provenance)) cited.push(provenance)
    return `[${cited.indexOf(provenance) + 1}]${provenance.verified ? '' : ' unchecked'}`
  }
  const rows = leaves.map(({ path, value, provenance }) => [path, clip(value, LONGEST_VALUE), mark(provenance)])
  return [
    `${style.bold(id)}${'name' in profile ? `: ${String(profile.name)}` : ''}`,
    ...('source' in profile ? wrap(`source: ${String(profile.source)}`, width, 2) : []),
    '',
    ...table(rows),
    ...(cited.length > 0 ? ['', style.bold('SOURCES')] : []),
    ...cited.flatMap((provenance, i) => wrap(`[${i + 1}] ${describe(provenance)}`, width, 4)),
  ]
}

function describe({ source, verified, note }: Provenance): string {
  return [
    source.title,
    ...(source.url === undefined ? [] : [source.url]),
    source.date,
    ...(verified ? [] : ['NOT CHECKED against the source']),
    ...(note === undefined ? [] : [note]),
  ].join('; ')
}
