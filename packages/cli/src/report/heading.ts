import { type Estimate, mainPhase, type Scenario, trainerPool } from '@walltime/core'
import { formatQuantity } from '@walltime/hardware'
import type { Terminal } from '../terminal/terminal.ts'
import { labelled, visibleLength, wrap } from '../terminal/text.ts'
import { grouped, plural } from './format.ts'

/** Title and the lines that say what was computed. */
export function heading(scenario: Scenario, estimate: Estimate, terminal: Terminal): readonly string[] {
  const { width, style, glyphs } = terminal
  const title = wrap(scenario.name, width)
  const rule = glyphs.rule.repeat(Math.max(...title.map(visibleLength)))
  const lines: readonly (readonly [string, string])[] = [
    ['Model', modelLine(scenario, estimate)],
    ['Cluster', clusterLine(scenario, glyphs.times)],
    ['Training', trainingLine(scenario, glyphs.times)],
    ['Layout', layoutLine(estimate)],
    ['Software', scenario.software.name],
  ]
  return [...title.map(style.bold), style.dim(rule), ...lines.flatMap(([label, text]) => labelled(label, text, width))]
}

function modelLine({ model }: Scenario, { model: counted }: Estimate): string {
  const parameters = formatQuantity(counted.parameters, 'count')
  const active = model.moe === null ? '' : ` (${formatQuantity(counted.activeParameters, 'count')} active)`
  return `${model.name}: ${parameters} parameters${active}, ${model.layers} layers, hidden ${grouped(model.hidden)}`
}

function clusterLine(scenario: Scenario, times: string): string {
  const { system, chips, fabric, pue } = trainerPool(scenario)
  const nodes = Math.ceil(chips / system.chipsPerNode)
  const spares = scenario.reliability.spares.nodes
  return [
    `${grouped(chips)} ${times} ${system.chip.name} in ${plural(nodes, 'node')} (${system.name})`,
    spares > 0 ? `${plural(spares, 'spare')}` : 'no spares',
    fabric.oversubscription === 1 ? fabric.name : `${fabric.name}, ${fabric.oversubscription}:1`,
    `PUE ${pue}`,
  ].join('; ')
}

function trainingLine(scenario: Scenario, times: string): string {
  const { name, training } = mainPhase(scenario)
  const { tokens, globalBatch, sequenceLength, precision, optimizer } = training
  const phase = scenario.phases.length === 1 ? '' : `${name}, the longest of ${scenario.phases.length} phases: `
  const step = formatQuantity(globalBatch * sequenceLength, 'tokens')
  const all = formatQuantity(tokens, 'tokens')
  return `${phase}${all}; a step is ${grouped(globalBatch)} ${times} ${grouped(sequenceLength)} = ${step}; ${precision}, ${optimizer.name}`
}

function layoutLine({ layout }: Estimate): string {
  const sizes = (['tp', 'pp', 'cp', 'ep', 'etp', 'dp', 'vpp'] as const)
    .filter((name) => layout[name] > 1 || name === 'tp' || name === 'pp' || name === 'dp')
    .map((name) => `${name} ${layout[name]}`)
  const { mode, modules, layers, offload } = layout.recompute
  return [
    sizes.join(' '),
    `${plural(layout.microBatches, 'micro-batch', 'micro-batches')} of ${layout.microBatch}`,
    layout.schedule,
    `ZeRO ${layout.zero}`,
    ...(layout.sequenceParallel ? ['sequence parallel'] : []),
    (mode === 'selective' ? `recompute ${modules.join(' and ')}` : `recompute ${mode}`) +
      (layers === null ? '' : ` of ${plural(layers, 'layer', 'layers')} a stage`),
    ...(offload ? ['activations on the host'] : []),
  ].join(', ')
}
