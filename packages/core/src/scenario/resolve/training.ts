import { parseQuantity } from '@walltime/hardware'
import { matrixFormat } from '../../step/machine.ts'
import type { Path } from '../document.ts'
import type { ParallelismInput, TrainingInput } from '../input-schema.ts'
import { show, unknownName } from '../object-schema.ts'
import { OPTIMIZERS } from '../optimizers.ts'
import { lookUp } from '../profiles.ts'
import type { LayerSplit, Parallelism, Pool, Recompute, Training } from '../scenario.ts'
import { assume, type Notes, report } from './notes.ts'

function countSequences(notes: Notes, input: TrainingInput, path: Path): number | undefined {
  const { globalBatch, sequenceLength } = input
  const here = [...path, 'globalBatch']
  if (typeof globalBatch === 'number' || /^\s*\d+\s*$/.test(globalBatch)) {
    const count = Number(globalBatch)
    if (Number.isInteger(count) && count >= 1 && count <= 1e9) return count
    return report(
      notes,
      'scenario.value',
      here,
      `a global batch is a whole number of sequences, not ${show(globalBatch)}`,
    )
  }
  try {
    const tokens = parseQuantity(globalBatch, 'tokens')
    const count = tokens / sequenceLength
    if (Number.isInteger(count) && count >= 1) return count
    const near = Math.max(1, Math.round(count))
    return report(
      notes,
      'layout.batch',
      here,
      `${show(globalBatch)} does not divide into sequences of ${sequenceLength} tokens; ${near} sequences are ${near * sequenceLength} tokens`,
    )
  } catch (error) {
    return report(notes, 'quantity.syntax', here, error instanceof Error ? error.message : String(error))
  }
}

/** Tokens, batch, precision and optimizer; the chip must have the precision's matrix unit. */
export function resolveTraining(
  notes: Notes,
  pool: Pool | undefined,
  input: TrainingInput,
  path: Path,
): Training | undefined {
  const globalBatch = countSequences(notes, input, path)
  if (input.precision === undefined) assume(notes, 'training.precision', 'bf16')
  if (input.optimizer === undefined) assume(notes, 'training.optimizer', 'adam')
  const precision = input.precision ?? 'bf16'
  const chip = pool?.system.chip
  if (chip !== undefined && chip.peakFlops[matrixFormat(precision)] === undefined) {
    const known = Object.keys(chip.peakFlops).join(', ')
    report(
      notes,
      'training.precision',
      [...path, 'precision'],
      `${chip.name} has no ${matrixFormat(precision)} matrix unit for ${precision}; it has ${known}`,
    )
  }
  const name = input.optimizer ?? 'adam'
  const optimizer = lookUp(OPTIMIZERS, name)
  if (optimizer === undefined) {
    return report(
      notes,
      'scenario.unknown',
      [...path, 'optimizer'],
      unknownName('optimizer', name, Object.keys(OPTIMIZERS)),
    )
  }
  if (globalBatch === undefined) return undefined
  return { tokens: input.tokens, sequenceLength: input.sequenceLength, globalBatch, precision, optimizer }
}

function resolveRecompute(input: ParallelismInput['recompute']): Recompute {
  const all = { layers: null, offload: false }
  if (input === undefined || input === 'none') return { mode: 'none', modules: [], ...all }
  if (input === 'full') return { mode: 'full', modules: ['layer'], ...all }
  if (input === 'selective') return { mode: 'selective', modules: ['attention'], ...all }
  const { modules = [], layers = null, offload = false } = input
  const whole = modules.includes('layer') && layers === null
  return { mode: modules.length === 0 ? 'none' : whole ? 'full' : 'selective', modules, layers, offload }
}

function resolveSplit(input: ParallelismInput['layerSplit']): LayerSplit {
  if (input === undefined) return {}
  if (Array.isArray(input)) return { stages: input }
  return {
    ...(input.first === undefined ? {} : { first: input.first }),
    ...(input.last === undefined ? {} : { last: input.last }),
  }
}

/** Whether a layout keeps on the host what would have no link to come back over; reported. */
export function lacksHostLink(notes: Notes, layout: Parallelism, pool: Pool, path: Path): boolean {
  const { chip } = pool.system
  if (chip.hostBandwidth !== undefined || !(layout.recompute.offload || layout.optimizerOffload)) return false
  const field = layout.optimizerOffload ? ['optimizerOffload'] : ['recompute', 'offload']
  const message = `the link of ${chip.name} to its host is unknown: give the chip a hostBandwidth`
  report(notes, 'layout.offload', [...path, ...field], message)
  return true
}

/** `dp` that is not whole is left so: the layout check says which numbers would be right. */
export function resolveParallelism(notes: Notes, input: ParallelismInput, chips: number): Parallelism {
  const { tp = 1, pp = 1, cp = 1, ep = 1, etp = 1, vpp = 1, microBatch = 1 } = input
  if (input.microBatch === undefined) assume(notes, 'parallelism.microBatch', '1')
  if (input.zero === undefined) assume(notes, 'parallelism.zero', '1')
  return {
    tp,
    pp,
    cp,
    ep,
    etp,
    vpp,
    microBatch,
    dp: input.dp ?? chips / (tp * pp * cp),
    zero: (input.zero ?? 1) as Parallelism['zero'],
    ...(input.shardGroup === undefined ? {} : { shardGroup: input.shardGroup }),
    sequenceParallel: (input.sequenceParallel ?? true) && tp > 1,
    schedule: input.schedule ?? (vpp > 1 ? 'interleaved' : '1f1b'),
    recompute: resolveRecompute(input.recompute),
    optimizerOffload: input.optimizerOffload ?? false,
    layerSplit: resolveSplit(input.layerSplit),
  }
}
