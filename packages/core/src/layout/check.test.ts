import { describe, expect, it } from 'vitest'
import { readScenario } from '../scenario/read.ts'

const BASE = {
  model: 'llama-3-8b',
  cluster: { system: 'dgx-h100', chips: 64 },
  training: { tokens: 1e12, sequenceLength: 8192, globalBatch: 128 },
  cost: { price: '1 USD/chip-hour' },
}

function issues(fields: object) {
  const result = readScenario(JSON.stringify({ ...BASE, ...fields }))
  return result.ok ? [] : result.issues.map(({ code, path, message }) => ({ code, path: path.join('.'), message }))
}

const MOE = { model: 'mixtral-8x7b' }
const batch = (globalBatch: number, sequenceLength = 8192) => ({
  training: { tokens: 1e12, sequenceLength, globalBatch },
})

describe('a layout is refused with its code, its place and the right numbers', () => {
  it.each<[string, object, string, string, RegExp]>([
    [
      'chips that do not divide',
      { parallelism: { tp: 3 } },
      'layout.chips',
      'parallelism.tp',
      /3 .* 64 chips: 63 or 66/,
    ],
    [
      'more ranks than chips',
      { parallelism: { tp: 8, pp: 16 } },
      'layout.chips',
      'parallelism.tp',
      /8·16·1 = 128 .* 64 chips: 128 would/,
    ],
    ['a dp that leaves chips over', { parallelism: { tp: 8, dp: 4 } }, 'layout.chips', 'parallelism.dp', /32.*dp = 8 /],
    [
      'heads that do not split',
      { model: { extends: 'llama-3-8b', heads: 24, kvHeads: 8 }, parallelism: { tp: 16 } },
      'layout.heads',
      'parallelism.tp',
      /24 attention heads .* tp = 16; tp can be 1, 2, 3, 4, 6, 8, 12, 24/,
    ],
    [
      'key-value heads that do not split',
      { model: { extends: 'llama-3-8b', heads: 96, kvHeads: 6 }, parallelism: { tp: 32 } },
      'layout.heads',
      'parallelism.tp',
      /6 key-value heads and tp = 32/,
    ],
    [
      'an MLP that does not split',
      { model: { extends: 'llama-3-8b', ffnHidden: 14337 }, parallelism: { tp: 2 } },
      'layout.ffn',
      'parallelism.tp',
      /ffnHidden = 14337 .* tp = 2/,
    ],
    ['experts of a dense model', { parallelism: { ep: 2 } }, 'layout.experts', 'parallelism.ep', /ep = 2.*must be 1/],
    [
      'experts that do not split',
      { ...MOE, parallelism: { ep: 16 } },
      'layout.experts',
      'parallelism.ep',
      /8 experts .* ep = 16; ep can be 1, 2, 4, 8/,
    ],
    [
      'experts whose width does not split',
      { model: { extends: 'mixtral-8x7b', moe: { expertFfn: 1001 } }, parallelism: { etp: 2 } },
      'layout.experts',
      'parallelism.etp',
      /width 1001 .* etp = 2/,
    ],
    [
      'more expert ranks than a stage has',
      { ...MOE, parallelism: { tp: 2, pp: 16, ep: 8 } },
      'layout.experts',
      'parallelism.ep',
      /ep·etp = 8 does not divide tp·cp·dp = 4/,
    ],
    [
      'a batch that does not divide',
      { ...batch(100), parallelism: { tp: 2, microBatch: 2 } },
      'layout.batch',
      'training.globalBatch',
      /100 .*32·2 = 64: 64 or 128 would/,
    ],
    [
      'a batch smaller than the replicas',
      { ...batch(32), parallelism: {} },
      'layout.batch',
      'training.globalBatch',
      /64·1 = 64: 64 would/,
    ],
    [
      'a sequence that does not cut',
      { ...batch(128, 8190), parallelism: { cp: 2 } },
      'layout.sequence',
      'parallelism.cp',
      /8190 tokens .* 4 pieces/,
    ],
    [
      'a sequence that sequence parallelism does not cut',
      { ...batch(128, 8190), parallelism: { tp: 4 } },
      'layout.sequence',
      'parallelism.cp',
      /8190 tokens .* 4 pieces/,
    ],
    [
      'more stages than layers',
      { parallelism: { pp: 64 }, ...batch(128) },
      'layout.layers',
      'parallelism.pp',
      /64 stages for 32 layers/,
    ],
    [
      'a split that does not add up',
      { parallelism: { pp: 4, layerSplit: [8, 8, 8, 9] } },
      'layout.layers',
      'parallelism.layerSplit',
      /32 layers on 4 stages/,
    ],
    [
      'virtual stages without a pipeline',
      { parallelism: { tp: 8, vpp: 2 } },
      'layout.layers',
      'parallelism.vpp',
      /vpp = 2 needs a pipeline/,
    ],
    [
      'more chunks than layers',
      { parallelism: { tp: 2, pp: 4, vpp: 9 } },
      'layout.layers',
      'parallelism.vpp',
      /vpp = 9 chunks.* 8 layers/,
    ],
    [
      'interleaving without chunks',
      { parallelism: { pp: 2, schedule: 'interleaved' } },
      'layout.schedule',
      'parallelism.schedule',
      /vpp of 2 or more/,
    ],
    [
      'chunks without interleaving',
      { parallelism: { pp: 2, vpp: 2, schedule: '1f1b' } },
      'layout.schedule',
      'parallelism.schedule',
      /vpp = 2 needs schedule: interleaved/,
    ],
    [
      'shards of states that nothing shards',
      { parallelism: { tp: 8, zero: 0, shardGroup: 4 } },
      'layout.shards',
      'parallelism.shardGroup',
      /needs zero of 1 or more and two ranks/,
    ],
    [
      'shard groups that do not fill the replicas',
      { parallelism: { tp: 8, shardGroup: 3 } },
      'layout.shards',
      'parallelism.shardGroup',
      /3 does not divide dp·cp = 8·1 = 8; it can be 1, 2, 4, 8/,
    ],
    [
      'shard groups that split the replicas of an expert unevenly',
      { ...MOE, parallelism: { ep: 8, shardGroup: 4 } },
      'layout.shards',
      'parallelism.shardGroup',
      /16 shard groups of 4 do not divide the 8 replicas of an expert/,
    ],
    [
      'a schedule that folds without a pipeline',
      { parallelism: { tp: 8, schedule: 'zb-v' } },
      'layout.schedule',
      'parallelism.schedule',
      /zb-v needs a pipeline/,
    ],
    [
      'two chunks on a stage of one layer',
      { parallelism: { pp: 32, schedule: 'zb-v' } },
      'layout.layers',
      'parallelism.pp',
      /two chunks on every stage, but a stage has at most 1 layers/,
    ],
    [
      'an odd number of stages both ways',
      { ...batch(192), cluster: { system: 'dgx-h100', chips: 24 }, parallelism: { pp: 3, schedule: 'dualpipe' } },
      'layout.schedule',
      'parallelism.schedule',
      /both must be even/,
    ],
    [
      'too few micro-batches for both ways',
      { ...batch(8), parallelism: { tp: 2, pp: 8, schedule: 'dualpipe' } },
      'layout.schedule',
      'parallelism.schedule',
      /at least 2 micro-batches a stage, 16 here/,
    ],
    [
      'chunks of its own choice in a V',
      { ...batch(128), parallelism: { pp: 4, vpp: 2, schedule: 'dualpipe-v' } },
      'layout.schedule',
      'parallelism.schedule',
      /dualpipe-v lays two chunks on a stage by itself: leave vpp out/,
    ],
  ])('%s', (_, fields, code, path, message) => {
    const found = issues(fields)
    expect(found.map((issue) => issue.code)).toContain(code)
    const issue = found.find((one) => one.code === code && one.path === path)
    expect(issue?.message).toMatch(message)
  })

  it('and not where it divides', () => {
    expect(issues({ parallelism: { tp: 2, pp: 4, vpp: 4, cp: 2, microBatch: 2, zero: 1 } })).toEqual([])
    expect(issues({ ...MOE, parallelism: { tp: 2, pp: 2, ep: 8, etp: 2 } })).toEqual([])
    expect(issues({ model: { extends: 'llama-3-8b', kvHeads: 2 }, parallelism: { tp: 8 } })).toEqual([])
  })

  it('micro-batches that do not divide by the stages of an interleaved pipeline', () => {
    expect(issues({ ...batch(8), parallelism: { tp: 2, pp: 4, vpp: 2 } })).not.toEqual([])
  })

  it('a shared expert that does not split', () => {
    const model = { extends: 'deepseek-v3', moe: { sharedFfn: 2049 } }
    expect(issues({ model, parallelism: { tp: 8 } })).not.toEqual([])
  })

  it('tensor parallelism inside the experts of a dense model', () => {
    expect(issues({ parallelism: { tp: 2, etp: 2 } })).not.toEqual([])
  })
})
