import { formatQuantity } from '@walltime/hardware'
import type { Path } from '../document.ts'
import type { FailureClassInput } from '../failure-input.ts'
import { unknownName } from '../object-schema.ts'
import type { FailureClass } from '../reliability.ts'
import { readIncidents, recordOf } from '../trace-text.ts'
import { assume, type Notes, report } from './notes.ts'

/** A class whose failures come at the moments of a record: one for each number of nodes that its incidents took. */
export function recordedClasses(
  notes: Notes,
  own: FailureClass,
  trace: NonNullable<FailureClassInput['trace']>,
  files: ReadonlyMap<string, string>,
  path: Path,
): readonly FailureClass[] {
  const refuse = (field: string, message: string) => {
    report(notes, 'failures.trace', [...path, field], message)
    return []
  }
  if ((trace.file === undefined) === (trace.text === undefined)) return refuse('file', 'give either file or text')
  const field = trace.file === undefined ? 'text' : 'file'
  const text = trace.file === undefined ? trace.text : files.get(trace.file)
  if (text === undefined) return refuse('file', `${trace.file} was not read; give the record as text`)
  const record = readIncidents(text)
  if (typeof record === 'string') return refuse(field, record)
  for (const message of record.doubts) {
    notes.warnings.push({ code: 'failures.trace', path: `reliability.failures.${own.id}.trace`, message })
  }
  const names = [...new Set(record.lines.flatMap((line) => line.class ?? []))]
  const wanted = trace.class ?? own.id
  if (names.length > 0 && !names.includes(wanted)) return refuse('class', unknownName('class', wanted, names))
  const lines = record.lines.filter((line) => names.length === 0 || line.class === wanted)
  const start = trace.start ?? 'random'
  const { lengthSeconds } = recordOf(record, [], trace.length)
  if (trace.length === undefined) {
    const value = formatQuantity(lengthSeconds, 'time')
    assume(notes, `reliability.failures.${own.id}.trace.length`, value, 'to a mean interval after the last incident')
  }
  const sizes = [...new Set(lines.map(({ nodes }) => nodes))]
  return sizes.flatMap((nodes): readonly FailureClass[] => {
    const ownRecord = recordOf(
      record,
      lines.filter((line) => line.nodes === nodes),
      trace.length,
    )
    const last = ownRecord.times.at(-1) ?? 0
    if (last >= ownRecord.lengthSeconds) {
      const given = formatQuantity(ownRecord.lengthSeconds, 'time')
      return refuse(
        'length',
        `the record of ${given} ends before its last incident, at ${formatQuantity(last, 'time')}`,
      )
    }
    const id = sizes.length > 1 ? `${own.id} (${nodes ?? 'unknown'} nodes)` : own.id
    const radius = nodes === undefined ? {} : { radius: nodes, losesNode: true }
    return [
      { ...own, ...radius, id, rate: ownRecord.times.length / ownRecord.lengthSeconds, trace: { ...ownRecord, start } },
    ]
  })
}
