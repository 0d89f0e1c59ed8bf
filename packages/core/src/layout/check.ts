/** Rules that a layout must keep. A broken rule is data: a code, the path in the scenario and what would be right. */

import type { Issue } from '@walltime/hardware'
import { mainPhase, type Scenario, trainerPool } from '../scenario/scenario.ts'
import { layersPerStage } from './stages.ts'

function divisors(n: number, most: number): string {
  const found: number[] = []
  for (let d = 1; d <= most && d <= n; d++) if (n % d === 0) found.push(d)
  return found.join(', ')
}

/**
 * What is wrong with a scenario's layout; empty where it can be placed. Memory is not judged here.
 *
 * Rules: tp·pp·cp·dp = chips; heads and MLP over tp (a vocabulary is padded); experts over ep; ep·etp over tp·cp·dp; global batch over
 * dp·microBatch; sequence over cp (twice, for causal balance) and over tp with sequence parallelism; layers over stages and
 * chunks; micro-batches over stages where chunks are interleaved (Megatron-LM asserts it).
 */
export function checkLayout(scenario: Scenario): readonly Issue[] {
  const phase = mainPhase(scenario)
  const { training, parallelism: layout } = phase
  const { model } = scenario
  const pool = trainerPool(scenario)
  const { tp, pp, cp, ep, etp, dp, vpp, microBatch } = layout
  const issues: Issue[] = []
  const report = (code: string, field: string, message: string, section = 'parallelism') =>
    issues.push({ code, path: [...phase.path, section, field], message })

  const product = tp * pp * cp
  if (pool.chips % product !== 0) {
    report(
      'layout.chips',
      'tp',
      `tp·pp·cp = ${tp}·${pp}·${cp} = ${product} does not divide ${pool.chips} chips: ${nearestMultiples(pool.chips, product)}`,
    )
    return issues
  }
  if (product * dp !== pool.chips) {
    report(
      'layout.chips',
      'dp',
      `tp·pp·cp·dp = ${tp}·${pp}·${cp}·${dp} = ${product * dp}, but the cluster has ${pool.chips} chips; dp = ${pool.chips / product} would use all of them`,
    )
    return issues
  }
  if (model.heads % tp !== 0) {
    report(
      'layout.heads',
      'tp',
      `${model.heads} attention heads cannot be split over tp = ${tp}; tp can be ${divisors(model.heads, 64)}`,
    )
  }
  if (model.kvHeads % tp !== 0 && tp % model.kvHeads !== 0) {
    report('layout.heads', 'tp', `${model.kvHeads} key-value heads and tp = ${tp}: one must divide the other`)
  }
  if (model.ffnHidden % tp !== 0) {
    report('layout.ffn', 'tp', `ffnHidden = ${model.ffnHidden} cannot be split over tp = ${tp}`)
  }
  if (model.moe === null) {
    if (ep > 1) report('layout.experts', 'ep', `ep = ${ep}, but ${model.name} has no experts; ep must be 1`)
    if (etp > 1) report('layout.experts', 'etp', `etp = ${etp}, but ${model.name} has no experts; etp must be 1`)
  } else {
    if (model.moe.experts % ep !== 0) {
      report(
        'layout.experts',
        'ep',
        `${model.moe.experts} experts cannot be split over ep = ${ep}; ep can be ${divisors(model.moe.experts, 256)}`,
      )
    }
    if (model.moe.sharedFfn % tp !== 0) {
      report('layout.ffn', 'tp', `shared experts of width ${model.moe.sharedFfn} cannot be split over tp = ${tp}`)
    }
    if (model.moe.expertFfn % etp !== 0) {
      report('layout.experts', 'etp', `experts of width ${model.moe.expertFfn} cannot be split over etp = ${etp}`)
    }
  }
  if ((tp * cp * dp) % (ep * etp) !== 0) {
    report('layout.experts', 'ep', `ep·etp = ${ep * etp} does not divide tp·cp·dp = ${tp * cp * dp}`)
  }
  if (training.globalBatch % (dp * microBatch) !== 0) {
    report(
      'layout.batch',
      'globalBatch',
      `a global batch of ${training.globalBatch} sequences does not divide by dp·microBatch = ${dp}·${microBatch} = ${dp * microBatch}: ${nearestMultiples(training.globalBatch, dp * microBatch)}`,
      'training',
    )
  }
  const pieces = (cp > 1 ? 2 * cp : 1) * (layout.sequenceParallel ? tp : 1)
  if (training.sequenceLength % pieces !== 0) {
    report(
      'layout.sequence',
      'cp',
      `a sequence of ${training.sequenceLength} tokens cannot be cut into ${pieces} pieces (2·cp, times tp with sequence parallelism)`,
    )
  }
  if (pp > model.layers) {
    report('layout.layers', 'pp', `pp = ${pp} stages for ${model.layers} layers; every stage needs one`)
  } else {
    const perStage = layersPerStage(model.layers, pp, layout.layerSplit)
    if (perStage === null) {
      report('layout.layers', 'layerSplit', `the split does not add up to ${model.layers} layers on ${pp} stages`)
    } else if (vpp > 1 && pp === 1) {
      report('layout.layers', 'vpp', `vpp = ${vpp} needs a pipeline; with pp = 1 it must be 1`)
    } else if (vpp > Math.max(...perStage)) {
      report('layout.layers', 'vpp', `vpp = ${vpp} chunks, but a stage has at most ${Math.max(...perStage)} layers`)
    }
  }
  if (layout.schedule === 'interleaved' && vpp === 1 && pp > 1) {
    report('layout.schedule', 'schedule', 'an interleaved schedule needs vpp of 2 or more; with vpp = 1 it is 1f1b')
  }
  const microBatches = training.globalBatch / (dp * microBatch)
  if (vpp > 1 && Number.isInteger(microBatches) && microBatches < pp) {
    report(
      'layout.batch',
      'vpp',
      `interleaved chunks need at least pp = ${pp} micro-batches, not ${microBatches} (globalBatch/(dp·microBatch))`,
    )
  }
  if (layout.schedule !== 'interleaved' && vpp > 1) {
    report('layout.schedule', 'schedule', `vpp = ${vpp} needs schedule: interleaved`)
  }
  return issues
}

function nearestMultiples(value: number, of: number): string {
  const below = Math.floor(value / of) * of
  return below > 0 ? `${below} or ${below + of} would` : `${of} would`
}
