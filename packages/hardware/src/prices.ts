/**
 * Prices by source and date: USD per chip-hour (rental) or per chip (purchase). A published range is taken as the 5 % and
 * 95 % quantiles, with the published median between them, or the geometric mean where there is none.
 */

import type { Price, Source } from './profile.ts'
import { checked, doubtful, SOURCES } from './sources.ts'
import { certain, type Uncertain } from './uncertain.ts'

function between(low: number, high: number, median?: number): Uncertain {
  const middle = Math.round(Math.sqrt(low * high) * 1000) / 1000
  return { p5: low, p50: median ?? middle, p95: high, law: 'lognormal' }
}

interface Quote {
  readonly id: string
  readonly chip: string
  readonly term: string
  readonly usd: Uncertain
  readonly source: Source
  readonly note?: string
  readonly verified?: boolean
}

function price(kind: Price['kind'], unit: string, quote: Quote): Price {
  const { id, chip, term, usd, source, note, verified = true } = quote
  const provenance = { '*': (verified ? checked : doubtful)(source, note) }
  return { id, name: `${chip}, ${term}, ${source.date}, ${unit}`, kind, chip, term, usd, provenance }
}

const rental = (quote: Quote): Price => price('rental', 'USD per chip-hour', quote)
const purchase = (quote: Quote): Price => price('purchase', 'USD per chip', quote)

const reserved =
  'Median of one-year reservations; spread from the ranges that specialised clouds and the long tail asked in 2026'
const reservedGuess = 'Median of one-year reservations; spread of a third up and down assumed'

const RENTALS: readonly Price[] = [
  rental({
    id: 'a100-40-reserved',
    chip: 'a100-sxm-40',
    term: '1-year',
    usd: between(1.12, 2.4, 1.58),
    source: SOURCES.epochChips,
    note: '2024: 1.58 to 2.40 for one year, 1.12 to 1.45 for three',
  }),
  rental({
    id: 'a100-80-reserved',
    chip: 'a100-sxm-80',
    term: '1-year',
    usd: between(1.1, 3, 1.75),
    source: SOURCES.reservedMedians,
    note: reserved,
  }),
  rental({
    id: 'h100-reserved',
    chip: 'h100-sxm',
    term: '1-year',
    usd: between(1.99, 3.5, 2.5),
    source: SOURCES.reservedMedians,
    note: reserved,
  }),
  rental({
    id: 'h100-contract-2025-10',
    chip: 'h100-sxm',
    term: '1-year',
    usd: certain(1.7),
    source: SOURCES.h100ContractIndex,
    note: 'Index of October 2025',
  }),
  rental({
    id: 'h100-contract-2026-03',
    chip: 'h100-sxm',
    term: '1-year',
    usd: certain(2.35),
    source: SOURCES.h100ContractIndex,
    note: 'Index of March 2026',
  }),
  rental({
    id: 'h800-reserved',
    chip: 'h800-sxm',
    term: '1-year',
    usd: between(1.75, 3, 2.25),
    source: SOURCES.reservedMedians,
    note: reservedGuess,
    verified: false,
  }),
  rental({
    id: 'h200-reserved',
    chip: 'h200-sxm',
    term: '1-year',
    usd: between(2.5, 4.5, 3.5),
    source: SOURCES.reservedMedians,
    note: reserved,
  }),
  rental({
    id: 'b200-reserved',
    chip: 'b200-sxm',
    term: '1-year',
    usd: between(3.75, 6.65, 5),
    source: SOURCES.reservedMedians,
    note: reservedGuess,
    verified: false,
  }),
  rental({
    id: 'gb200-reserved',
    chip: 'gb200',
    term: '1-year',
    usd: between(4.5, 8, 6),
    source: SOURCES.reservedMedians,
    note: reservedGuess,
    verified: false,
  }),
  rental({
    id: 'h100-on-demand',
    chip: 'h100-sxm',
    term: 'on-demand',
    usd: between(1.99, 5, 2.95),
    source: SOURCES.gpuIndex,
    note: 'Median of 37 providers; ends of the ranges of May 2026 (Mercatus)',
  }),
  rental({
    id: 'a100-80-on-demand',
    chip: 'a100-sxm-80',
    term: 'on-demand',
    usd: between(0.8, 3),
    source: SOURCES.mercatus,
    note: 'Long tail to hyperscaler',
  }),
  rental({
    id: 'h200-on-demand',
    chip: 'h200-sxm',
    term: 'on-demand',
    usd: between(2.5, 7),
    source: SOURCES.mercatus,
    note: 'Long tail to hyperscaler',
  }),
  rental({
    id: 'h100-on-demand-2023',
    chip: 'h100-sxm',
    term: 'on-demand',
    usd: between(1.99, 10, 4.76),
    source: SOURCES.epochChips,
    note: '10 quotes of 2023: least, median, most',
  }),
  rental({
    id: 'h100-on-demand-2024',
    chip: 'h100-sxm',
    term: 'on-demand',
    usd: between(2.99, 4.78, 3.95),
    source: SOURCES.epochChips,
    note: '11 quotes of 2024: least, median, most',
  }),
  rental({
    id: 'h100-on-demand-2025',
    chip: 'h100-sxm',
    term: 'on-demand',
    usd: between(2.45, 12.29, 3.62),
    source: SOURCES.epochChips,
    note: '8 quotes of early 2025: least, median, most',
  }),
  rental({
    id: 'a100-40-on-demand-2022',
    chip: 'a100-sxm-40',
    term: 'on-demand',
    usd: between(1.1, 4.1, 3.09),
    source: SOURCES.epochChips,
    note: '22 quotes of 2022: least, median, most',
  }),
  rental({
    id: 'a100-80-on-demand-2022',
    chip: 'a100-sxm-80',
    term: 'on-demand',
    usd: between(1.85, 5.12, 3.67),
    source: SOURCES.epochChips,
    note: '18 quotes of 2022: least, median, most',
  }),
  rental({
    id: 'a100-80-on-demand-2024',
    chip: 'a100-sxm-80',
    term: 'on-demand',
    usd: between(1.94, 5.12, 2.73),
    source: SOURCES.epochChips,
    note: '11 quotes of 2024: least, median, most',
  }),
  rental({
    id: 'a100-pcie-on-demand',
    chip: 'a100-pcie-80',
    term: 'on-demand',
    usd: between(1.29, 1.64, 1.48),
    source: SOURCES.epochChips,
    note: '4 quotes of 2025: least, median, most',
  }),
  rental({
    id: 'h100-pcie-on-demand',
    chip: 'h100-pcie',
    term: 'on-demand',
    usd: between(1.98, 2.49, 2.42),
    source: SOURCES.epochChips,
    note: '4 quotes of 2025: least, median, most',
  }),
  rental({
    id: 'aws-p4d-on-demand',
    chip: 'a100-sxm-40',
    term: 'on-demand',
    usd: certain(2.7447),
    source: SOURCES.dataReceipts,
    note: '21.957642 USD/h an instance of 8',
  }),
  rental({
    id: 'aws-p4de-on-demand',
    chip: 'a100-sxm-80',
    term: 'on-demand',
    usd: certain(3.4309),
    source: SOURCES.dataReceipts,
    note: '27.44705 USD/h an instance of 8',
  }),
  rental({
    id: 'aws-p5-on-demand',
    chip: 'h100-sxm',
    term: 'on-demand',
    usd: certain(6.88),
    source: SOURCES.dataReceipts,
    note: '55.04 USD/h an instance of 8',
  }),
  rental({
    id: 'aws-p5en-on-demand',
    chip: 'h200-sxm',
    term: 'on-demand',
    usd: certain(7.912),
    source: SOURCES.dstack,
    note: '63.296 USD/h an instance of 8',
  }),
  rental({
    id: 'aws-p5en-spot',
    chip: 'h200-sxm',
    term: 'spot',
    usd: certain(3.325),
    source: SOURCES.dstack,
    note: '26.60 USD/h an instance of 8',
  }),
  rental({
    id: 'aws-p6-b200-on-demand',
    chip: 'b200-sxm',
    term: 'on-demand',
    usd: certain(14.2416),
    source: SOURCES.awsOnDemand,
    note: '113.9328 USD/h an instance of 8, read in a copy',
    verified: false,
  }),
  rental({
    id: 'aws-trn1-on-demand',
    chip: 'trn1',
    term: 'on-demand',
    usd: certain(1.34375),
    source: SOURCES.awsOnDemand,
    note: '21.50 USD/h an instance of 16, read in copies',
    verified: false,
  }),
  rental({
    id: 'aws-trn1-capacity-block',
    chip: 'trn1',
    term: 'capacity-block',
    usd: certain(0.596),
    source: SOURCES.awsCapacityBlocks,
    note: '9.532 USD/h an instance of 16',
  }),
  rental({
    id: 'aws-trn2-capacity-block',
    chip: 'trn2',
    term: 'capacity-block',
    usd: certain(2.235),
    source: SOURCES.awsCapacityBlocks,
    note: '35.7608 USD/h an instance of 16; there is no public on-demand price',
  }),
  rental({
    id: 'aws-p5en-capacity-block',
    chip: 'h200-sxm',
    term: 'capacity-block',
    usd: certain(7.895),
    source: SOURCES.awsCapacityBlocks,
    note: '63.158 USD/h an instance of 8',
  }),
  rental({
    id: 'aws-p5-capacity-block-2024',
    chip: 'h100-sxm',
    term: 'capacity-block',
    usd: certain(4.916),
    source: SOURCES.awsCapacityBlocks2024,
  }),
  rental({
    id: 'aws-p4d-capacity-block-2024',
    chip: 'a100-sxm-40',
    term: 'capacity-block',
    usd: certain(1.844),
    source: SOURCES.awsCapacityBlocks2024,
  }),
  rental({
    id: 'aws-trn1-capacity-block-2024',
    chip: 'trn1',
    term: 'capacity-block',
    usd: certain(0.968),
    source: SOURCES.awsCapacityBlocks2024,
  }),
  rental({
    id: 'gcp-h100-on-demand-2025',
    chip: 'h100-sxm',
    term: 'on-demand',
    usd: certain(11.06),
    source: SOURCES.epochChips,
    note: 'March 2025',
  }),
  rental({
    id: 'gcp-h100-1-year-2025',
    chip: 'h100-sxm',
    term: '1-year',
    usd: certain(7.67),
    source: SOURCES.epochChips,
    note: 'March 2025',
  }),
  rental({
    id: 'gcp-h100-3-year-2025',
    chip: 'h100-sxm',
    term: '3-year',
    usd: certain(4.86),
    source: SOURCES.epochChips,
    note: 'March 2025',
  }),
]

const PURCHASES: readonly Price[] = [
  purchase({
    id: 'a100-80-purchase',
    chip: 'a100-sxm-80',
    term: 'market',
    usd: certain(17349),
    source: SOURCES.epochChips,
    note: 'March 2025',
  }),
  purchase({
    id: 'h100-purchase',
    chip: 'h100-sxm',
    term: 'market',
    usd: between(31120, 36018),
    source: SOURCES.epochChips,
    note: 'Baseboard of 8, September 2023 to July 2024',
  }),
  purchase({
    id: 'h100-purchase-dgx',
    chip: 'h100-sxm',
    term: 'market',
    usd: certain(46875),
    source: SOURCES.epochChips,
    note: 'DGX H100 at 375,000 USD, March 2025',
  }),
  purchase({
    id: 'h100-purchase-2026',
    chip: 'h100-sxm',
    term: 'market',
    usd: between(21000, 39000, 30000),
    source: SOURCES.streetPrices,
    note: 'Street price, 20 to 40 % either way',
  }),
  purchase({
    id: 'h200-purchase',
    chip: 'h200-sxm',
    term: 'market',
    usd: certain(33821),
    source: SOURCES.epochChips,
    note: 'Baseboard of 8, March 2024',
  }),
  purchase({
    id: 'h200-purchase-2026',
    chip: 'h200-sxm',
    term: 'market',
    usd: between(24500, 45500, 35000),
    source: SOURCES.streetPrices,
    note: 'Street price, 20 to 40 % either way',
  }),
  purchase({
    id: 'b200-purchase',
    chip: 'b200-sxm',
    term: 'market',
    usd: between(28000, 52000, 40000),
    source: SOURCES.streetPrices,
    note: 'Street price, 20 to 40 % either way',
  }),
  purchase({
    id: 'gb200-purchase',
    chip: 'gb200',
    term: 'market',
    usd: certain(41667),
    source: SOURCES.nvl72Price,
    note: 'Rack of 72 at 3,000,000 USD',
  }),
  purchase({
    id: 'trn2-purchase',
    chip: 'trn2',
    term: 'market',
    usd: certain(4000),
    source: SOURCES.trainium2Capex,
    note: 'Cost to AWS, second-hand',
    verified: false,
  }),
]

export const PRICES: readonly Price[] = [...RENTALS, ...PURCHASES]
