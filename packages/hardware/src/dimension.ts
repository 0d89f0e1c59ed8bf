/** What can be measured, its base unit, and how a user writes it. */

export interface DimensionInfo {
  /** Name with its article, as an error says it. */
  readonly label: string
  /** Unit that a plain number is taken in. */
  readonly base: string
  /** How the text after the number is read. */
  readonly kind: 'unit' | 'rate' | 'price' | 'money' | 'tokens' | 'count' | 'fraction'
  /** Valid ways to write one; the first stands in messages. */
  readonly examples: readonly [string, ...string[]]
  /** Unit names offered for a mistyped one. */
  readonly units: readonly string[]
}

const byteUnits = [
  'B',
  'kB',
  'MB',
  'GB',
  'TB',
  'PB',
  'KiB',
  'MiB',
  'GiB',
  'TiB',
  'bytes',
  'b',
  'Mb',
  'Gb',
  'Tb',
  'bits',
]
const timeUnits = [
  's',
  'ms',
  'us',
  'ns',
  'min',
  'minutes',
  'h',
  'hour',
  'hours',
  'day',
  'days',
  'week',
  'month',
  'year',
  'years',
  'seconds',
]
const flopUnits = ['FLOP', 'GFLOP', 'TFLOP', 'PFLOP', 'EFLOP', 'ZFLOP']
const perUnits = ['chip', 'GPU', 'node']

const table = {
  time: { label: 'a time', base: 's', kind: 'unit', examples: ['30 min', '6.5 s', '54 days'], units: timeUnits },
  bytes: {
    label: 'an amount of bytes',
    base: 'B',
    kind: 'unit',
    examples: ['80 GiB', '2.1 TB', '512 MB'],
    units: byteUnits,
  },
  bandwidth: {
    label: 'a bandwidth',
    base: 'B/s',
    kind: 'unit',
    examples: ['50 GB/s', '400 Gb/s', '3.35 TB/s'],
    units: [...byteUnits, 'Gbps', 'Mbps', 'Tbps', 'GBps', 's'],
  },
  flop: {
    label: 'an amount of FLOP',
    base: 'FLOP',
    kind: 'unit',
    examples: ['3.8e25 FLOP', '2 PFLOP'],
    units: flopUnits,
  },
  flopRate: {
    label: 'a rate of FLOP/s',
    base: 'FLOP/s',
    kind: 'unit',
    examples: ['989 TFLOP/s', '2.25 PFLOP/s'],
    units: [...flopUnits, 'GFLOPS', 'TFLOPS', 'PFLOPS', 's'],
  },
  power: {
    label: 'a power',
    base: 'W',
    kind: 'unit',
    examples: ['700 W', '10.2 kW', '150 MW'],
    units: ['W', 'kW', 'MW', 'GW'],
  },
  energy: {
    label: 'an energy',
    base: 'J',
    kind: 'unit',
    examples: ['36.7 GWh', '5 kWh', '1 MJ'],
    units: ['J', 'kJ', 'MJ', 'GJ', 'Wh', 'kWh', 'MWh', 'GWh', 'TWh'],
  },
  money: {
    label: 'an amount of money',
    base: 'USD',
    kind: 'money',
    examples: ['12.3M USD', '$80M', '25000 USD'],
    units: ['USD', 'K', 'M', 'B', 'T', ...perUnits],
  },
  price: {
    label: 'a price of a chip over time',
    base: 'USD/s',
    kind: 'price',
    examples: ['2.50 USD/chip-hour', '$2.50/h'],
    units: ['USD', ...timeUnits, ...perUnits],
  },
  energyPrice: {
    label: 'a price of energy',
    base: 'USD/J',
    kind: 'unit',
    examples: ['0.08 USD/kWh', '80 USD/MWh'],
    units: ['USD', 'kWh', 'MWh', 'GWh', 'J'],
  },
  rate: {
    label: 'a rate of events',
    base: 's^-1',
    kind: 'rate',
    examples: ['1/(16.4 years)', '0.87/day', '6.1 %/year'],
    units: [...timeUnits, 'Hz', ...perUnits],
  },
  count: {
    label: 'a count',
    base: '',
    kind: 'count',
    examples: ['16384', '16K', '405B'],
    units: ['K', 'M', 'B', 'T', 'Ki', 'Mi', 'Gi'],
  },
  tokens: {
    label: 'an amount of tokens',
    base: '',
    kind: 'tokens',
    examples: ['15.6T tokens', '300B', '16M tokens'],
    units: ['tokens', 'token', 'K', 'M', 'B', 'T', 'Ki', 'Mi', 'Gi'],
  },
  fraction: { label: 'a share', base: '', kind: 'fraction', examples: ['34 %', '0.34'], units: ['%'] },
  frequency: {
    label: 'a frequency',
    base: 'Hz',
    kind: 'unit',
    examples: ['1830 MHz', '1.98 GHz'],
    units: ['Hz', 'kHz', 'MHz', 'GHz'],
  },
} as const satisfies Readonly<Record<string, DimensionInfo>>

/** What a quantity measures. */
export type Dimension = keyof typeof table

/** Base unit, examples and unit names by dimension. */
export const DIMENSIONS: Readonly<Record<Dimension, DimensionInfo>> = table
