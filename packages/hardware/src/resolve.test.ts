import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { builtinCatalog } from './catalog.ts'
import { extendCatalog } from './extend-catalog.ts'
import type { Resolved } from './issues.ts'
import { resolveChip, resolveFabric, resolveLink, resolvePrice, resolveSystem } from './resolve.ts'

function value<T>(result: Resolved<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.issues))
  return result.value
}

function issues(
  result: Resolved<unknown>,
): readonly { code: string; path: readonly (string | number)[]; message: string }[] {
  if (result.ok) throw new Error('accepted')
  return result.issues
}

const chip = (ref: unknown) => resolveChip(ref, builtinCatalog)
const link = (ref: unknown) => resolveLink(ref, builtinCatalog)
const fabric = (ref: unknown) => resolveFabric(ref, builtinCatalog)
const system = (ref: unknown) => resolveSystem(ref, builtinCatalog)
const price = (ref: unknown) => resolvePrice(ref, builtinCatalog)

const b300 = {
  vendor: 'NVIDIA',
  family: 'blackwell',
  launchYear: 2025,
  peakFlops: { bf16: '2.5 PFLOP/s', fp8: '5 PFLOP/s', fp4: '15 PFLOP/s' },
  memory: { bytes: '288 GB', bandwidth: '8 TB/s' },
  cores: { kind: 'SM', count: 160 },
  computeDies: 2,
  tdp: '1400 W',
}

describe('references', () => {
  it('finds an id', () => {
    expect(value(chip('h100-sxm'))).toBe(builtinCatalog.chips['h100-sxm'])
    expect(value(system('dgx-h100'))).toBe(builtinCatalog.systems['dgx-h100'])
  })

  it.each([
    ['h100', 'h100-sxm'],
    ['h100-smx', 'h100-sxm'],
    ['H100-SXM', 'h100-sxm'],
    ['b200', 'b200-sxm'],
  ])('offers the nearest id for %s', (id, near) => {
    expect(issues(chip(id))).toMatchObject([
      { code: 'chip.unknown', path: [], message: expect.stringContaining(`did you mean "${near}"?`) },
    ])
  })

  it.each(['__proto__', 'constructor', 'toString', '', 'x'.repeat(1e5)])('finds nothing behind a hostile id', (id) => {
    expect(issues(chip(id))[0]?.code).toBe('chip.unknown')
    expect(issues(chip(id))[0]?.message.length).toBeLessThan(300)
  })

  it('changes what the object names and says who gave it', () => {
    const changed = value(
      chip({ extends: 'h100-sxm', memory: { bandwidth: '3 TB/s' }, source: { title: 'Our lab', date: '2026-05' } }),
    )
    expect(changed).toMatchObject({ id: 'h100-sxm-custom', memory: { bandwidth: 3e12, bytes: 81559 * 2 ** 20 } })
    expect(changed.provenance['memory.bandwidth']).toEqual({
      source: { title: 'Our lab', date: '2026-05' },
      verified: true,
    })
    expect(changed.provenance['*']).toBe(builtinCatalog.chips['h100-sxm']?.provenance['*'])
    expect(value(chip({ extends: 'h100-sxm', tdp: 650 })).provenance.tdp).toEqual({
      source: { title: 'given by the user', date: '' },
      verified: false,
    })
  })

  it('takes a whole chip', () => {
    expect(value(chip(b300))).toMatchObject({
      id: 'custom',
      memory: { bytes: 288e9, basis: 'as given' },
      peakFlops: { fp4: 15e15 },
    })
  })

  it.each([
    [
      'TPU7x',
      {
        ...b300,
        vendor: 'Google',
        family: 'tpu',
        peakFlops: { bf16: '2307 TFLOP/s', fp8: '4614 TFLOP/s' },
        cores: { kind: 'TensorCore', count: 4 },
      },
    ],
    [
      'MI300X',
      {
        ...b300,
        vendor: 'AMD',
        family: 'cdna3',
        launchYear: 2023,
        peakFlops: { bf16: '1307 TFLOP/s', fp8: '2614 TFLOP/s' },
        computeDies: 8,
      },
    ],
    [
      'Trainium3',
      {
        ...b300,
        vendor: 'AWS',
        family: 'neuron-v4',
        peakFlops: { bf16: '671 TFLOP/s', fp8: '2517 TFLOP/s', fp4: '2517 TFLOP/s' },
      },
    ],
  ])('takes %s', (_name, ref) => {
    expect(chip(ref).ok).toBe(true)
  })
})

describe('slices of a torus', () => {
  const axis = { chips: 4, linkBandwidth: '90 GB/s' }

  it('has the axes of the slice and the rest of the pod', () => {
    const slice = value(system({ extends: 'tpu-v5p-pod', domainChips: 64, scaleUp: { axes: [axis, axis, axis] } }))
    expect(slice.domainChips).toBe(64)
    expect(slice.scaleUp.axes).toEqual([4, 4, 4].map((chips) => ({ chips, linkBandwidth: 90e9 })))
    expect(slice.scaleUp.bandwidth).toBe(540e9)
    expect(slice.price).toBe('tpu-v5p-on-demand')
  })

  it('refuses axes of other chips than the domain', () => {
    const wrong = system({ extends: 'tpu-v5p-pod', domainChips: 128, scaleUp: { axes: [axis, axis, axis] } })
    expect(issues(wrong)[0]).toMatchObject({ code: 'profile.domain' })
  })
})

describe('a link that extends another', () => {
  it('keeps what it does not name', () => {
    const slower = value(link({ extends: 'nvlink4', bandwidth: '400 GB/s', copyBandwidth: '500 GB/s' }))
    expect(slower).toMatchObject({ bandwidth: 400e9, copyBandwidth: 500e9, chunkBytes: 4.94e6, inSwitchShare: 1.139 })
    expect(value(link('pcie5-host'))).not.toHaveProperty('copyBandwidth')
  })
})

describe('refusals', () => {
  it.each([
    [
      { extends: 'h100-sxm', peakFlops: { bf16: '1979 TFLOP/s' } },
      'profile.peak',
      ['peakFlops', 'bf16'],
      /sparse peak: the dense figure is half, 989\.5/,
    ],
    [
      { extends: 'a100-sxm-80', peakFlops: { bf16: '624 TFLOP/s' } },
      'profile.peak',
      ['peakFlops', 'bf16'],
      /half, 312 TFLOP/,
    ],
    [{ extends: 'h100-sxm', peakFlops: { fp8: '3958 TFLOP/s' } }, 'profile.peak', ['peakFlops', 'fp8'], /sparse peak/],
    [{ extends: 'b200-sxm', peakFlops: { fp4: '18 PFLOP/s' } }, 'profile.peak', ['peakFlops', 'fp4'], /sparse peak/],
    [{ extends: 'h100-sxm', memory: { bytes: 80 } }, 'quantity.range', ['memory', 'bytes'], /least allowed/],
    [
      { extends: 'h100-sxm', memory: { bandwidth: '3.35 PB/s' } },
      'quantity.range',
      ['memory', 'bandwidth'],
      /most allowed/,
    ],
    [{ extends: 'h100-sxm', tdp: -700 }, 'quantity.range', ['tdp'], /least allowed/],
    [{ extends: 'h100-sxm', tdp: '700 kW' }, 'quantity.range', ['tdp'], /most allowed/],
    [{ extends: 'h100-sxm', cores: { count: 0 } }, 'profile.range', ['cores', 'count'], /count/],
    [{ extends: 'h100-sxm', tpd: 700 }, 'profile.key', ['tpd'], /did you mean "tdp"/],
    [
      { extends: 'h100-sxm', memory: { bandwith: 1 } },
      'profile.key',
      ['memory', 'bandwith'],
      /did you mean "bandwidth"/,
    ],
    [{ extends: 'h100-sxm', provenance: {} }, 'profile.key', ['provenance'], /source/],
    [{ extends: 'h101-sxm' }, 'chip.unknown', ['extends'], /did you mean/],
    [{ extends: 5 }, 'profile.type', ['extends'], /id of a chip/],
    [{ vendor: 'x' }, 'profile.missing', ['family'], /missing/],
    [JSON.parse('{"extends":"h100-sxm","__proto__":{"tdp":1}}'), 'profile.key', ['__proto__'], /not a key/],
    [null, 'profile.type', [], /an id/],
    [['h100-sxm'], 'profile.type', [], /an id/],
  ])('refuses chip %j', (ref, code, path, message) => {
    const [first] = issues(chip(ref))
    expect(first).toMatchObject({ code, path })
    expect(first?.message).toMatch(message)
  })

  it.each([
    [{ extends: 'nvlink4', achieved: { allReduce: 1.2 } }, 'quantity.range', ['achieved', 'allReduce']],
    [{ extends: 'nvlink4', achieved: { allReduce: 0 } }, 'quantity.range', ['achieved', 'allReduce']],
    [{ extends: 'nvlink4', achieved: { allredcue: 0.5 } }, 'profile.key', ['achieved', 'allredcue']],
    [{ extends: 'nvlink4', topology: 'torus' }, 'profile.link', ['axes']],
    [{ extends: 'nvlink4', axes: [{ chips: 4, linkBandwidth: 1e11 }] }, 'profile.link', ['axes']],
    [{ extends: 'neuronlink-v3', bandwidth: '2 TB/s' }, 'profile.link', ['bandwidth']],
    [{ extends: 'nvlink4', topology: 'swiched' }, 'profile.value', ['topology']],
    [{ extends: 'nvlink4', chunkBytes: -1 }, 'quantity.range', ['chunkBytes']],
    [{ extends: 'nvlink4', inSwitchShare: 2.5 }, 'quantity.range', ['inSwitchShare']],
    [{ extends: 'pcie5-host', inSwitchReduction: true }, 'profile.link', ['inSwitchShare']],
    [{ extends: 'ici-v5p', axes: [{ chips: 8, linkBandwidth: '90 GB/s' }] }, 'profile.link', ['bandwidth']],
  ])('refuses link %j', (ref, code, path) => {
    expect(issues(link(ref))[0]).toMatchObject({ code, path })
  })

  it.each([
    [{ extends: 'roce-400', oversubscription: 0.5 }, 'profile.range', ['oversubscription']],
    [{ extends: 'roce-400', achieved: '120 %' }, 'quantity.range', ['achieved']],
    [{ extends: 'roce-400', linkBandwidth: 400 }, 'quantity.range', ['linkBandwidth']],
    [{ extends: 'roce-400', hopLatency: '-1 us' }, 'quantity.range', ['hopLatency']],
    [{ extends: 'roce-400', tiers: 1.5 }, 'profile.type', ['tiers']],
  ])('refuses fabric %j', (ref, code, path) => {
    expect(issues(fabric(ref))[0]).toMatchObject({ code, path })
  })

  it.each([
    [{ extends: 'dgx-h100', domainChips: 12 }, 'profile.domain', ['domainChips']],
    [{ extends: 'trn2-ultra', domainChips: 32 }, 'profile.domain', ['domainChips']],
    [{ extends: 'dgx-h100', allInPower: '500 W' }, 'profile.power', ['allInPower']],
    [{ extends: 'dgx-h100', price: 'h100-reservd' }, 'price.unknown', ['price']],
    [
      { extends: 'dgx-h100', chip: { memory: { bandwidth: '5 GB' } } },
      'quantity.dimension',
      ['chip', 'memory', 'bandwidth'],
    ],
    [{ extends: 'dgx-h100', fabric: { extends: 'roce-401' } }, 'fabric.unknown', ['fabric', 'extends']],
    [{ extends: 'dgx-h100', scaleUp: 7 }, 'profile.type', ['scaleUp']],
    [{}, 'profile.missing', ['chip']],
  ])('refuses system %j', (ref, code, path) => {
    expect(issues(system(ref))).toContainEqual(expect.objectContaining({ code, path }))
  })

  it.each([
    [{ extends: 'h100-reserved', usd: '3 USD' }, 'quantity.dimension', ['usd']],
    [{ extends: 'h100-reserved', usd: 0 }, 'quantity.range', ['usd']],
    [{ extends: 'h100-reserved', usd: { p5: 4 } }, 'spread.order', ['usd']],
    [{ extends: 'h100-reserved', kind: 'rent' }, 'profile.value', ['kind']],
  ])('refuses price %j', (ref, code, path) => {
    expect(issues(price(ref))[0]).toMatchObject({ code, path })
  })
})

describe('systems', () => {
  it('changes a part in place and derives the power again', () => {
    const changed = value(
      system({ extends: 'dgx-h100', chip: { tdp: '650 W' }, fabric: { extends: 'roce-400', oversubscription: 7 } }),
    )
    expect(changed.chip).toMatchObject({ id: 'h100-sxm-custom', tdp: 650, peakFlops: { bf16: 989.4e12 } })
    expect(changed.fabric).toMatchObject({ oversubscription: 7, podChips: 3072 })
    expect(changed.allInPower).toBe(650 + 4600 / 8 + 100)
    expect(changed.price).toBe('h100-reserved')
  })

  it('leaves the price of another chip behind', () => {
    expect(value(system({ extends: 'dgx-h100', chip: 'h200-sxm' }))).not.toHaveProperty('price')
  })

  it('puts the path of the caller before its own', () => {
    const result = resolveSystem({ extends: 'dgx-h100', hostPower: 'x' }, builtinCatalog, ['cluster', 'system'])
    expect(issues(result)[0]?.path).toEqual(['cluster', 'system', 'hostPower'])
  })
})

describe('prices', () => {
  it('keeps USD per chip-hour, however given', () => {
    const certain3 = { p5: 3, p50: 3, p95: 3, law: 'fixed' }
    expect(value(price({ extends: 'h100-reserved', usd: '3 USD/chip-hour' })).usd).toEqual(certain3)
    expect(value(price({ extends: 'h100-reserved', usd: 3 })).usd).toEqual(certain3)
    expect(value(price({ extends: 'h100-reserved', usd: '72 USD/chip-day' })).usd).toEqual(certain3)
    expect(value(price({ extends: 'h100-reserved', usd: { p95: 4 } })).usd).toEqual({
      p5: 1.99,
      p50: 2.5,
      p95: 4,
      law: 'lognormal',
    })
    expect(value(price({ extends: 'h100-purchase-dgx', usd: '$40K' })).usd.p50).toBe(40000)
  })
})

describe('extendCatalog', () => {
  it('adds entries that extend built-in ones and each other', () => {
    const extended = value(
      extendCatalog(builtinCatalog, {
        chips: {
          second: { extends: 'first', tdp: 600 },
          first: { extends: 'h100-sxm', memory: { bandwidth: '4 TB/s' } },
          'h100-sxm': { extends: 'h100-sxm', tdp: 650 },
        },
        systems: { box: { extends: 'dgx-h100', chip: 'second' } },
      }),
    )
    expect(extended.systems.box?.chip).toMatchObject({ id: 'second', tdp: 600, memory: { bandwidth: 4e12 } })
    expect(extended.chips['h100-sxm']?.tdp).toBe(650)
    expect(builtinCatalog.chips['h100-sxm']?.tdp).toBe(700)
    expect(extended.fabrics['roce-400']).toBe(builtinCatalog.fabrics['roce-400'])
  })

  it('refuses a circle once, where it closes', () => {
    const result = extendCatalog(builtinCatalog, {
      chips: { a: { extends: 'b' }, b: { extends: 'c' }, c: { extends: 'a' } },
    })
    expect(issues(result)).toEqual([
      {
        code: 'profile.cycle',
        path: ['chips', 'c', 'extends'],
        message: expect.stringContaining('chips.a → chips.b → chips.c → chips.a'),
      },
    ])
  })

  it('reports a broken entry once, not again where it is used', () => {
    const result = extendCatalog(builtinCatalog, {
      chips: { a: { extends: 'h100-sxm', tdp: 'x' } },
      systems: { s: { extends: 'dgx-h100', chip: 'a' } },
    })
    expect(issues(result)).toMatchObject([{ code: 'quantity.syntax', path: ['chips', 'a', 'tdp'] }])
  })

  it.each([
    [{ chps: {} }, 'profile.key', ['chps']],
    [{ chips: [] }, 'profile.type', ['chips']],
    [{ chips: { 'a b': {} } }, 'profile.id', ['chips', 'a b']],
    [JSON.parse('{"chips":{"__proto__":{"extends":"h100-sxm"}}}'), 'profile.id', ['chips', '__proto__']],
    [{ chips: { constructor: { extends: 'h100-sxm' } } }, 'profile.id', ['chips', 'constructor']],
    [[], 'profile.type', []],
    ['x', 'profile.type', []],
  ])('refuses %j', (profiles, code, path) => {
    expect(issues(extendCatalog(builtinCatalog, profiles))).toMatchObject([{ code, path }])
    expect(({} as Record<string, unknown>).extends).toBeUndefined()
  })
})

describe('any input', () => {
  it('is answered, never thrown at', () => {
    const keys = fc.constantFrom(
      'extends',
      'chip',
      'memory',
      'bytes',
      'usd',
      'p50',
      'kind',
      'axes',
      'id',
      'source',
      '__proto__',
      'tdp',
      'chips',
      'systems',
    )
    const leaf = fc.oneof(
      fc.constantFrom('h100-sxm', 'dgx-h100', 'nvlink4', 'roce-400', 'h100-reserved', '5 GB'),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
    )
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.dictionary(keys, tie('tree'), { maxKeys: 4 }),
        fc.array(tie('tree'), { maxLength: 2 }),
      ),
    }))
    fc.assert(
      fc.property(tree, (ref) => {
        for (const resolve of [resolveChip, resolveLink, resolveFabric, resolveSystem, resolvePrice])
          expect(resolve(ref, builtinCatalog)).toHaveProperty('ok')
        expect(extendCatalog(builtinCatalog, ref)).toHaveProperty('ok')
      }),
      { numRuns: 300 },
    )
  })

  it('may contain itself', () => {
    const ref: Record<string, unknown> = { extends: 'h100-sxm' }
    ref.memory = ref
    expect(chip(ref).ok).toBe(false)
    const whole: Record<string, unknown> = { extends: 'dgx-h100' }
    whole.chip = whole
    expect(system(whole).ok).toBe(false)
  })
})
