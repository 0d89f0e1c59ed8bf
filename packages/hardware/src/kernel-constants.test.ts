import { expect, test } from 'vitest'
import { builtinCatalog } from './catalog.ts'
import { provenanceOf } from './provenance.ts'
import { resolveChip } from './resolve.ts'

const chip = (kernels: unknown, base = 'h100-sxm') => resolveChip({ extends: base, kernels }, builtinCatalog, ['chip'])

test('a chip carries measured constants, quantities with units, each as given by the user', () => {
  const result = chip({
    gemm: { bf16: { share: '71 %', launch: '2.5 us', kRamp: 90 } },
    attention: { flash: { forward: 0.6, backward: 0.5 } },
    pointwise: 0.9,
    sustained: { bf16: 0.88 },
  })
  if (!result.ok) throw new Error(JSON.stringify(result.issues))
  expect(result.value.kernels).toEqual({
    gemm: { bf16: { share: 0.71, launch: 2.5e-6, kRamp: 90 } },
    attention: { flash: { forward: 0.6, backward: 0.5 } },
    pointwise: 0.9,
    sustained: { bf16: 0.88 },
  })
  expect(provenanceOf(result.value, 'kernels.gemm.bf16.share')?.source.title).toBe('given by the user')
  expect(provenanceOf(result.value, 'peakFlops.bf16')?.source.title).not.toBe('given by the user')
})

test.each([
  ['a share above the peak', { gemm: { bf16: { share: 1.2 } } }, 'quantity.range', ['gemm', 'bf16', 'share']],
  ['a share of nothing', { pointwise: 0 }, 'quantity.range', ['pointwise']],
  ['a launch of a second', { gemm: { bf16: { launch: '1 s' } } }, 'quantity.range', ['gemm', 'bf16', 'launch']],
  ['a launch in bytes', { gemm: { bf16: { launch: '1 GB' } } }, 'quantity.dimension', ['gemm', 'bf16', 'launch']],
  ['a ramp below zero', { gemm: { bf16: { kRamp: -1 } } }, 'quantity.range', ['gemm', 'bf16', 'kRamp']],
  ['an unknown constant', { gemm: { bf16: { speed: 1 } } }, 'profile.key', ['gemm', 'bf16', 'speed']],
  ['an unknown format', { gemm: { bf61: { share: 0.5 } } }, 'profile.key', ['gemm', 'bf61']],
  ['an unknown kernel', { attention: { flash3: { forward: 0.5 } } }, 'profile.key', ['attention', 'flash3']],
  ['a list', { gemm: [] }, 'profile.type', ['gemm']],
] as const)('%s is refused where it stands', (_, kernels, code, path) => {
  const result = chip(kernels)
  expect(result.ok ? [] : result.issues).toMatchObject([{ code, path: ['chip', 'kernels', ...path] }])
})

test('the nearest name is offered, and a share needs a peak', () => {
  const near = chip({ gemm: { bf61: { share: 0.5 } } })
  expect(near.ok ? '' : near.issues[0]?.message).toContain('"bf16"')
  const without = chip({ gemm: { fp4: { share: 0.5 } } })
  expect(without.ok ? [] : without.issues).toMatchObject([
    { code: 'profile.kernels', path: ['chip', 'kernels', 'gemm', 'fp4'], message: expect.stringContaining('fp4 peak') },
  ])
})
