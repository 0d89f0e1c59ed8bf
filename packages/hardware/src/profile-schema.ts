/**
 * Schemas of profiles as a user writes them: quantities as text with units or SI numbers, unknown keys and impossible
 * values refused. A profile that extends another is checked after the two are merged.
 */

import * as z from 'zod'
import { kernelConstants } from './kernel-constants.ts'
import { COLLECTIVES, type Collective, PRECISIONS, type Precision } from './profile.ts'
import { quantity, type SpreadInput, uncertain } from './quantity-schema.ts'
import type { Uncertain } from './uncertain.ts'

const HOUR = 3600

function whole(max: number, describe: string): z.ZodInt {
  return z.int().min(1).max(max).describe(describe)
}

function record<K extends string, S extends z.ZodType>(keys: readonly K[], schema: S): Record<K, S> {
  return Object.fromEntries(keys.map((key) => [key, schema])) as Record<K, S>
}

const source = z
  .strictObject({
    title: z.string().min(1),
    url: z.url().exactOptional(),
    date: z.string().min(1).describe('ISO date, year or year-month'),
  })
  .describe('Where the numbers come from')

const common = {
  id: z.string().min(1).max(80).optional(),
  name: z.string().min(1).max(200).optional(),
  source: source.optional(),
}

const share = (describe: string): z.ZodType<number, string | number> =>
  quantity('fraction', { exclusiveMin: 0, max: 1, describe })
const latency = (describe: string): z.ZodType<number, string | number> =>
  quantity('time', { min: 0, max: 0.1, describe })

const peak = quantity('flopRate', { exclusiveMin: 0, max: 1e18, describe: 'Dense peak, without structured sparsity' })

const chipShape = z.strictObject({
  ...common,
  vendor: z.string().min(1),
  family: z
    .string()
    .min(1)
    .describe('Chips whose kernels behave alike: ampere, hopper, blackwell, cdna3, neuron-v3, tpu-v5p, …'),
  launchYear: z.int().min(2010).max(2100).optional(),
  peakFlops: z.strictObject(record<Precision, z.ZodOptional<typeof peak>>(PRECISIONS, peak.optional())),
  memory: z.strictObject({
    bytes: quantity('bytes', { min: 1e9, max: 1e14, describe: 'What a program can have' }),
    basis: z.string().optional(),
    bandwidth: quantity('bandwidth', { min: 1e10, max: 1e14 }),
  }),
  cores: z.strictObject({ kind: z.string().min(1), count: whole(1e5, 'SM, CU, NeuronCore or TensorCore') }),
  clockHz: quantity('frequency', { min: 1e8, max: 1e10 }).optional(),
  computeDies: whole(64, 'Dies that compute'),
  tdp: quantity('power', { min: 10, max: 10_000, describe: 'Thermal design power' }),
  hostBandwidth: quantity('bandwidth', { min: 1e8, max: 1e13, describe: 'Host link, one direction' }).optional(),
  kernels: kernelConstants.optional(),
})

type ChipFields = z.output<typeof chipShape>

/** Dense bf16 FLOP per cycle and SM: an SM of the family does no more. */
const FLOP_PER_CYCLE: Readonly<Record<string, number>> = { ampere: 2048, hopper: 4096, blackwell: 8192 }
const SLACK = 1.1

/** Most dense bf16 FLOP/s that a die of this year does: 1.25e15 in 2025 (B300), about 2e15 announced for 2026 (Rubin). */
function mostPerDie(year: number | undefined): number {
  return (year ?? 2025) < 2026 ? 1.5e15 : 2.5e15
}

/** Most of a narrow format over bf16: each halving doubles, but Trainium3 (2025) and Rubin (2026) do better. */
function mostOverBf16(chip: ChipFields, precision: 'fp8' | 'fp4'): number {
  const year = chip.launchYear ?? 2024
  if (precision === 'fp8') return year < 2025 || chip.family === 'blackwell' ? 2.1 : 4.6
  return year < 2026 ? 6.5 : 10
}

const tera = (value: number): string => `${Number((value / 1e12).toPrecision(4))} TFLOP/s`

/** What is wrong with the peaks of a chip, by path: above all a sparse figure in the place of the dense one. */
function peakFaults(chip: ChipFields): { readonly precision: Precision; readonly message: string }[] {
  const faults: { precision: Precision; message: string }[] = []
  const { bf16, fp8, fp4 } = chip.peakFlops
  if (Object.values(chip.peakFlops).every((value) => value === undefined)) {
    return [{ precision: 'bf16', message: 'no peak is given: give at least the dense bf16 peak' }]
  }
  if (bf16 === undefined) return faults
  const looksSparse = (value: number, limit: string): string =>
    `${tera(value)} looks like a sparse peak: the dense figure is half, ${tera(value / 2)} (${limit})`
  const perDie = mostPerDie(chip.launchYear)
  const cycle = Object.hasOwn(FLOP_PER_CYCLE, chip.family) ? FLOP_PER_CYCLE[chip.family] : undefined
  const byCycle =
    cycle === undefined || chip.clockHz === undefined ? undefined : cycle * chip.cores.count * chip.clockHz * SLACK
  if (bf16 > perDie * chip.computeDies) {
    faults.push({ precision: 'bf16', message: looksSparse(bf16, `a die does at most ${tera(perDie)} in bf16`) })
  } else if (byCycle !== undefined && bf16 > byCycle) {
    faults.push({ precision: 'bf16', message: looksSparse(bf16, `${cycle} FLOP a cycle and SM in this family`) })
  }
  for (const [precision, value] of [
    ['fp8', fp8],
    ['fp4', fp4],
  ] as const) {
    const most = mostOverBf16(chip, precision)
    if (value === undefined || value <= most * bf16) continue
    faults.push({ precision, message: looksSparse(value, `at most ${most} times the bf16 peak for its year`) })
  }
  return faults
}

/** Schema of a chip. */
export const chipSchema = chipShape.superRefine((chip, context) => {
  for (const { precision, message } of peakFaults(chip)) {
    context.addIssue({ code: 'custom', path: ['peakFlops', precision], message, params: { code: 'profile.peak' } })
  }
  for (const format of Object.keys(chip.kernels?.gemm ?? {})) {
    if (chip.peakFlops[format as Precision] !== undefined) continue
    const message = `the chip has no ${format} peak that a share could be of`
    const params = { code: 'profile.kernels' }
    context.addIssue({ code: 'custom', path: ['kernels', 'gemm', format], message, params })
  }
})

const collectiveShares = z.strictObject(
  record<Collective, z.ZodType<number, string | number>>(COLLECTIVES, share('Bus bandwidth over link rate')),
)

const linkShape = z.strictObject({
  ...common,
  topology: z.enum(['switched', 'torus', 'mesh', 'host']),
  bandwidth: quantity('bandwidth', { min: 1e8, max: 1e14, describe: 'All links of a chip together, one direction' }),
  achieved: collectiveShares,
  baseLatency: latency('Before the first hop'),
  allToAllLatency: latency('Before the first hop of an all-to-all; absent: baseLatency').optional(),
  hopLatency: latency('Each hop'),
  chunkBytes: quantity('bytes', { min: 0, max: 1e12, describe: 'What a chip holds back a hop to fill the ring' }),
  allToAllChunkBytes: quantity('bytes', {
    min: 0,
    max: 1e12,
    describe: 'The same of an all-to-all; absent: chunkBytes',
  }).optional(),
  copyBandwidth: quantity('bandwidth', {
    min: 1e8,
    max: 1e14,
    describe: 'Copy of the own part of a buffer; absent: not counted',
  }).optional(),
  inSwitchReduction: z.boolean(),
  inSwitchShare: quantity('fraction', {
    exclusiveMin: 0,
    max: 2,
    describe: 'Bus bandwidth of an all-reduce in the switch over link rate',
  }).optional(),
  slices: z.boolean().optional(),
  axes: z
    .array(
      z.strictObject({
        chips: whole(4096, 'Chips along the axis'),
        linkBandwidth: quantity('bandwidth', { min: 1e8, max: 1e13 }),
      }),
    )
    .min(1)
    .max(8)
    .optional(),
})

/** Schema of a scale-up link. */
export const linkSchema = linkShape.superRefine((link, context) => {
  const refuse = (path: string, message: string): void => {
    context.addIssue({ code: 'custom', path: [path], message, params: { code: 'profile.link' } })
  }
  if (link.topology === 'torus' && link.axes === undefined)
    refuse('axes', 'a torus needs its axes: chips along each, and the rate of one link')
  if (link.topology !== 'torus' && link.axes !== undefined) refuse('axes', 'only a torus has axes')
  if (link.inSwitchReduction && link.inSwitchShare === undefined)
    refuse('inSwitchShare', 'a switch that adds needs its bus bandwidth over the link rate')
  const neighbours = link.axes?.reduce((sum, axis) => sum + Math.min(2, axis.chips - 1) * axis.linkBandwidth, 0)
  if (neighbours !== undefined && link.bandwidth > neighbours * 1.01) {
    refuse('bandwidth', 'more than the links to all neighbours carry together')
  }
})

/** Schema of a scale-out network. */
export const fabricSchema = z.strictObject({
  ...common,
  kind: z.enum(['infiniband', 'ethernet', 'efa']),
  linkBandwidth: quantity('bandwidth', { min: 1e8, max: 1e12, describe: 'One port, one direction' }),
  achieved: share('Of the link rate, in large collectives with all ranks busy'),
  baseLatency: latency('Before the first hop'),
  hopLatency: latency('Each hop between nodes'),
  levelLatency: latency('Each level of a tree between nodes; absent: hopLatency').optional(),
  messageLatency: latency('Each member of a ring through the network; absent: none').optional(),
  chunkBytes: quantity('bytes', {
    min: 0,
    max: 1e12,
    describe: "What a chip's share of the cards holds back a level of a tree",
  }).optional(),
  switchRadix: z.int().min(2).max(4096).describe('Ports of a switch'),
  tiers: whole(6, 'Tiers of switches'),
  rails: z.boolean().optional().describe('Cards of one place in all nodes meet at one switch'),
  leafOversubscription: z.number().min(1).max(1000).optional().describe('Bandwidth below over above the first switch'),
  podChips: whole(1e8, 'Chips below one full-bandwidth pod').optional(),
  oversubscription: z
    .number()
    .min(1, 'bandwidth below over bandwidth above the pod: 1 is full bisection, 7 leaves a seventh')
    .max(1000),
  adaptiveRouting: z.boolean(),
  flowsPerPort: whole(4096, 'Flows of a port where each keeps the route of its hash; absent: 4').optional(),
  inSwitchReduction: z.boolean(),
})

const reference = (what: string): z.ZodUnknown =>
  z.unknown().meta({
    description: `Id of ${what}, an object, or an object that extends one`,
    anyOf: [{ type: 'string' }, { type: 'object' }],
  })

const systemNumbersShape = z.strictObject({
  ...common,
  chipsPerNode: whole(1024, 'Chips of a node'),
  domainChips: whole(1e5, 'Chips that reach each other over the scale-up link'),
  nicsPerNode: whole(1024, 'NIC ports of a node'),
  hostPower: quantity('power', { min: 0, max: 1e6, describe: 'A node besides its chips' }),
  networkPower: quantity('power', { min: 0, max: 1e5, describe: 'Switches and optics, per chip' }),
  allInPower: quantity('power', {
    min: 10,
    max: 1e5,
    describe: 'Per chip with host and network; derived where absent',
  }).optional(),
  price: z.string().optional(),
})

const systemShape = systemNumbersShape.extend({
  chip: reference('a chip'),
  scaleUp: reference('a scale-up link'),
  fabric: reference('a network'),
})

function checkDomain(
  { chipsPerNode, domainChips }: z.output<typeof systemNumbersShape>,
  context: z.core.$RefinementCtx,
): void {
  if (domainChips % chipsPerNode === 0 || chipsPerNode % domainChips === 0) return
  const message = `a scale-up domain of ${domainChips} chips does not divide into nodes of ${chipsPerNode}, nor a node into domains`
  context.addIssue({ code: 'custom', path: ['domainChips'], message, params: { code: 'profile.domain' } })
}

/** Schema of a system; its chip, link and network are references that resolve apart. */
export const systemSchema = systemShape.superRefine(checkDomain)

/** A system less its chip, link and network. */
export const systemNumbersSchema = systemNumbersShape.superRefine(checkDomain)

const rentalUsd = uncertain('price', {
  exclusiveMin: 0,
  max: 1000 / HOUR,
  describe: 'Price of a chip; a plain number is USD per chip-hour',
})
const purchaseUsd = uncertain('money', {
  exclusiveMin: 0,
  max: 1e7,
  describe: 'Price of a chip; a plain number is USD per chip',
})

const priceShape = z.strictObject({
  ...common,
  kind: z.enum(['rental', 'purchase']),
  chip: z.string().min(1),
  term: z.string().min(1),
  usd: z.unknown().meta({
    description: 'USD per chip-hour (rental) or per chip (purchase): a quantity, a number or a spread',
    anyOf: [{ type: ['string', 'number'] }, { type: 'object' }],
    examples: ['2.50 USD/chip-hour', 2.5],
  }),
})

/** A plain number in a rental is USD per chip-hour, the unit of `Price.usd`; elsewhere a plain number is SI. */
function perSecond(input: unknown): unknown {
  const plain = typeof input === 'string' && /^\s*[\d.]+\s*$/.test(input) ? Number(input) : input
  return typeof plain === 'number' ? plain / HOUR : input
}

function mapSpread(input: unknown, change: (value: unknown) => unknown): string | number | SpreadInput {
  if (typeof input !== 'object' || input === null) return change(input) as string | number
  return Object.fromEntries(
    Object.entries(input).map(([key, value]) => [key, key === 'law' ? value : change(value)]),
  ) as unknown as SpreadInput
}

function perHour({ p5, p50, p95, law }: Uncertain): Uncertain {
  const hourly = (value: number): number => Number((value * HOUR).toPrecision(12))
  return { p5: hourly(p5), p50: hourly(p50), p95: hourly(p95), law }
}

/** Schema of a price. */
export const priceSchema = priceShape.transform((price, context) => {
  const rental = price.kind === 'rental'
  const parsed = rental ? rentalUsd.safeParse(mapSpread(price.usd, perSecond)) : purchaseUsd.safeParse(price.usd)
  if (parsed.success) return { ...price, usd: rental ? perHour(parsed.data) : parsed.data }
  for (const issue of parsed.error.issues) {
    const params = issue.code === 'custom' ? issue.params : undefined
    context.addIssue({ code: 'custom', path: ['usd', ...issue.path], message: issue.message, params })
  }
  return z.NEVER
})

/** The object shapes behind the schemas, by kind of profile: what keys there are. */
export const PROFILE_SHAPES = {
  chips: chipShape,
  links: linkShape,
  fabrics: fabricSchema,
  systems: systemShape,
  prices: priceShape,
} as const
