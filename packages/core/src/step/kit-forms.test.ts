import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { builtinCatalog } from '@walltime/hardware'
import { expect, test } from 'vitest'
import { CALIBRATION } from '../calibration/calibration.ts'
import { SOFTWARE_PRESETS } from '../scenario/software-presets.ts'
import { collectiveSeconds } from './collectives.ts'
import { attentionSeconds, gemmSeconds, kernelRates, pointwiseSeconds } from './kernels.ts'
import { buildMachine } from './machine.ts'

/** The calibration kit for users' own chips states the same forms in Python. */
const KIT = fileURLToPath(new URL('../../../../kit/calibrate/', import.meta.url))
const python = (args: readonly string[], input = '') =>
  spawnSync('python3', args, {
    cwd: KIT,
    input,
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  })
const withNumpy = test.skipIf(python(['-c', 'import numpy']).status !== 0)

const ASK = `
import json, sys, forms, calibrate
asked = json.load(sys.stdin)
chip = {**calibrate.catalog()["chips"]["h100-sxm"], "cores": 132}
link = calibrate.catalog()["links"]["nvlink4"]
c = asked["constants"]
out = [float(forms.gemm_seconds(m, n, k, "bf16", chip, c["gemm"])) for m, n, k in asked["gemm"]]
out += [float(forms.attention_seconds(1, heads, s, w, back, chip, c["attention"])) for heads, s, w, back in asked["attention"]]
out += [float(forms.pointwise_seconds(b, chip, c["pointwise"])) for b in asked["pointwise"]]
out += [float(forms.collective_seconds(name, n, b, link, c["link"])) for name, n, b in asked["collectives"]]
print(json.dumps(out))
`

withNumpy("the kit's forms are walltime's", () => {
  const system = builtinCatalog.systems['dgx-h100']
  const software = SOFTWARE_PRESETS['megatron-core']
  if (system === undefined || software === undefined) throw new Error('no DGX H100')
  const built = buildMachine(
    { id: 'main', site: 'main', system, chips: 8, fabric: system.fabric, pue: 1 },
    'bf16',
    software,
    CALIBRATION,
  )
  // Cool chips: the kit fits the sustained speed apart.
  const sustained = { ...built.kernels.sustained, bf16: 1 }
  const cool = { ...built.kernels, speed: 1, sustained, sustainedAttention: 1 }
  const plain = { ...CALIBRATION, unaligned: 1 }
  const rates = kernelRates(built.chip, cool, 'bf16', software.attention, plain, false)
  const machine = { ...built, kernels: cool, rates }
  const { kernels, scaleUp } = machine
  const products = [
    [8192, 8192, 8192],
    [2048, 6144, 4096],
    [16, 28672, 4096],
    [300, 700, 128],
  ] as const
  const attention = [
    [32, 4096, 128, false],
    [8, 8192, 128, true],
    [32, 2048, 64, false],
    [4, 1024, 64, true],
  ] as const
  const sizes = [1e6, 1e9]
  const collectives = (['allReduce', 'allGather', 'reduceScatter', 'allToAll', 'sendRecv'] as const).flatMap((name) =>
    (name === 'sendRecv' ? [2] : [2, 4, 8]).flatMap((n) =>
      [2 ** 16, 2 ** 22, 2 ** 29].map((b) => [name, n, b] as const),
    ),
  )
  const group = (size: number) => ({
    ...{ name: 'tp' as const, size, stride: 1, perDomain: size, perPod: size, terms: null },
  })
  const expected = [
    ...products.map(([m, n, k]) => gemmSeconds(machine, m, n, k, 1, false)),
    ...attention.map(([heads, s, width, back]) =>
      attentionSeconds(machine, 1, heads, s, s / 2, s, (back ? 10 : 4) * width, back),
    ),
    ...sizes.map((bytes) => pointwiseSeconds(machine, bytes)),
    ...collectives.map(([name, n, bytes]) => collectiveSeconds(machine, group(n), name, bytes, null)),
  ]
  const constants = {
    gemm: kernels.gemm.bf16,
    attention: kernels.attention.flash,
    pointwise: kernels.pointwise,
    link: {
      ...scaleUp,
      ...scaleUp.achieved,
      allToAllLatency: scaleUp.allToAllLatency ?? scaleUp.baseLatency,
      allToAllChunkBytes: scaleUp.allToAllChunkBytes ?? scaleUp.chunkBytes,
    },
  }
  const asked = { constants, gemm: products, attention, pointwise: sizes, collectives }
  const { stdout, stderr } = python(['-c', ASK], JSON.stringify(asked))
  const told: readonly number[] = JSON.parse(stdout === '' ? `"${stderr}"` : stdout)
  expect(told).toHaveLength(expected.length)
  told.forEach((seconds, i) => {
    expect(seconds / (expected[i] ?? 0)).toBeCloseTo(1, 9)
  })
})
