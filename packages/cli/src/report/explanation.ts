import type { Estimate } from '@walltime/core'
import { formatQuantity } from '@walltime/hardware'
import { table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { wrap } from '../terminal/text.ts'
import { grouped } from './format.ts'

/** Everything behind an estimate: assumptions with their sources, traffic, groups, stages. */
export function explanation(estimate: Estimate, terminal: Terminal): readonly string[] {
  const { style } = terminal
  return [
    style.bold('ASSUMPTIONS'),
    ...assumptions(estimate, terminal),
    '',
    style.bold('NEAREST MEASURED STEPS'),
    ...nearest(estimate, terminal),
    '',
    style.bold('TRAFFIC of a chip in a step'),
    ...traffic(estimate),
    '',
    style.bold('GROUPS and where their members sit'),
    ...groups(estimate),
    '',
    style.bold('LAYERS OF THE STAGES'),
    ...wrap(estimate.layout.layersPerStage.join(' '), terminal.width - 2).map((line) => `  ${line}`),
    '',
    style.bold('PARAMETERS'),
    ...parameters(estimate),
  ]
}

function assumptions({ assumptions: all }: Estimate, { width }: Terminal): readonly string[] {
  return all.flatMap(({ path, value, source }) =>
    wrap(`${path} = ${value}: ${source}`, width - 2, 2).map((line) => `  ${line}`),
  )
}

function nearest({ nearest: steps }: Estimate, { width }: Terminal): readonly string[] {
  return steps.flatMap(({ id, source, chip, bits, chips, parameters, sequenceLength, distance, differs }) => {
    const size = formatQuantity(parameters, 'count', { digits: 2 })
    const what = `${size} parameters, ${grouped(sequenceLength)} tokens a sequence, ${bits} bits, ${grouped(chips)} x ${chip}`
    const unlike = differs.length === 0 ? 'the same place' : `here: ${differs.join(', ')}`
    return wrap(`${id} (${source}): ${what}; ${unlike} (distance ${distance.toFixed(1)})`, width - 2, 2).map(
      (line) => `  ${line}`,
    )
  })
}

function traffic({ traffic: rows }: Estimate): readonly string[] {
  const moved = rows.filter(({ bytes }) => bytes > 0)
  if (moved.length === 0) return ['  none']
  const head = ['collective', 'group', 'bytes', 'how', 'time', 'exposed']
  const cells = moved.map((row) => [
    row.name,
    row.group,
    formatQuantity(row.bytes, 'bytes'),
    `${row.algorithm}, ${row.link}`,
    formatQuantity(row.seconds, 'time'),
    formatQuantity(row.exposedSeconds, 'time'),
  ])
  return table(cells, { head, align: ['left', 'left', 'right', 'left', 'right', 'right'], indent: 2 })
}

function groups({ layout }: Estimate): readonly string[] {
  const head = ['group', 'size', 'stride', 'in a node', 'in a domain']
  const rows = layout.groups.map((group) =>
    [group.name, group.size, group.stride, group.membersPerNode, group.membersPerDomain].map(String),
  )
  return table(rows, { head, align: ['left', 'right', 'right', 'right', 'right'], indent: 2 })
}

function parameters({ model }: Estimate): readonly string[] {
  const rows = Object.entries(model.parametersByPart)
    .filter(([, count]) => count > 0)
    .map(([part, count]) => [part, formatQuantity(count, 'count')])
  return table([...rows, ['all', formatQuantity(model.parameters, 'count')]], { align: ['left', 'right'], indent: 2 })
}
