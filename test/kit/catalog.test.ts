import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { builtinProfiles } from '@walltime/core'
import { expect, test } from 'vitest'

const KIT = fileURLToPath(new URL('../../kit/calibrate/', import.meta.url))
const VENDORS = ['NVIDIA', 'AMD']
const FORMATS = ['bf16', 'fp16', 'fp8'] as const

/** What the calibration kit needs to know of the catalog: peaks, bandwidths, cores, and which system holds what. */
function kitCatalog() {
  const { chips, systems, links, fabrics } = builtinProfiles
  const known = Object.values(chips).filter(({ vendor }) => VENDORS.includes(vendor))
  const holders = Object.values(systems).filter(({ chip }) => known.some(({ id }) => id === chip.id))
  const used = (ids: readonly string[], id: string) => ids.includes(id)
  const linkIds = holders.map(({ scaleUp }) => scaleUp.id)
  const fabricIds = holders.map(({ fabric }) => fabric.id)
  const record = <T extends { readonly id: string }>(items: readonly T[], fields: (item: T) => object) =>
    Object.fromEntries(items.map((item) => [item.id, fields(item)]))
  return {
    chips: record(known, ({ peakFlops, memory, cores }) => ({
      peakFlops: Object.fromEntries(FORMATS.flatMap((f) => (peakFlops[f] === undefined ? [] : [[f, peakFlops[f]]]))),
      memoryBandwidth: memory.bandwidth,
      cores: cores.count,
    })),
    systems: record(holders, ({ chip, scaleUp, fabric, price = null, nicsPerNode, chipsPerNode }) => ({
      ...{ chip: chip.id, link: scaleUp.id, fabric: fabric.id, price, nicsPerNode, chipsPerNode },
    })),
    links: record(
      Object.values(links).filter(({ id }) => used(linkIds, id)),
      ({ topology, bandwidth, inSwitchReduction }) => ({ topology, bandwidth, inSwitchReduction }),
    ),
    fabrics: record(
      Object.values(fabrics).filter(({ id }) => used(fabricIds, id)),
      ({ linkBandwidth, adaptiveRouting }) => ({ linkBandwidth, adaptiveRouting }),
    ),
  }
}

test('chips.json is the catalog (npx vitest run --project test kit/catalog -u writes it)', async () => {
  await expect(`${JSON.stringify(kitCatalog(), null, 2)}\n`).toMatchFileSnapshot(`${KIT}chips.json`)
})

test('every device name of the kit leads to a chip that ships', () => {
  const script = readFileSync(`${KIT}calibrate.py`, 'utf8')
  const named = [...script.matchAll(/\(r".*", "([^"]+)"\)/g)].map(([, id]) => id)
  expect(named.length).toBeGreaterThan(10)
  for (const id of named) expect(kitCatalog().chips).toHaveProperty([id ?? ''])
})
