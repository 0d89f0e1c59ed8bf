/** The measured steps that lie nearest to a job, and how far from all of them it is. */

import { builtinCatalog } from '@walltime/hardware'
import { MEASURED_SOURCES, MEASURED_STEPS } from './measured-rows.ts'
import type { Place } from './place.ts'

/** A measured step and its distance. */
export interface NearStep {
  /** Of its row among those that ship (`data/validation/rows.json`). */
  readonly id: string
  /** Title of the source. */
  readonly source: string
  readonly chip: string
  /** Bits of the operands of the large products. */
  readonly bits: number
  readonly experts: boolean
  readonly chips: number
  readonly parameters: number
  readonly sequenceLength: number
  readonly framework: string
  readonly year: number
  readonly distance: number
  /** What the job has that the step has not, in words, the largest difference first. */
  readonly differs: readonly string[]
}

/**
 * Differences that count as a distance of 1, assumed: halving the operands' bits, and a factor of 8 in chips (a node, a
 * rail of nodes, a fabric), parameters or sequence. Kernels do not carry over to another family of chips, and experts
 * bring routing, grouped products and an all-to-all: more than any factor of 8. Among the rows that ship, errors of cells
 * of one kind (dense or experts) do not grow up to a distance of 1.5 to the nearest cell of another collection, and are
 * up to twice as large beyond (`WIDENING`).
 */
const UNIT_FACTOR = Math.log(8)
const FAMILY = 3
const OTHER_CHIP = 0.5
const EXPERTS = 2
const CONTEXT = 0.5

/** Distance up to which measured steps speak for a job, and the widening for each unit beyond, at most the last. */
const NEAR = 1.5
const WIDENING = 0.4
const MOST_WIDENING = 2

/** Distance from which no measured step is near: another family, or a factor of 64 in chips, parameters or sequence. */
const FAR = 2

/** Steps that an estimate names. */
const NAMED = 3

const CODES = new Map<string, number>()

/** A number for each name, so that names compare as numbers. */
function code(name: string): number {
  const known = CODES.get(name) ?? CODES.size
  CODES.set(name, known)
  return known
}

const column = (value: (step: (typeof MEASURED_STEPS)[number]) => number): Float64Array =>
  Float64Array.from(MEASURED_STEPS, value)
const scale = (value: number): number => Math.log(value) / UNIT_FACTOR

const FAMILIES = column(([, , chip]) => code(builtinCatalog.chips[chip]?.family ?? chip))
const CHIPS = column(([, , chip]) => code(`chip ${chip}`))
const BITS = column(([, , , bits]) => Math.log2(bits))
const EXPERTS_OF = column(([, , , , experts]) => Number(experts))
const CONTEXT_OF = column(([, , , , , context]) => Number(context))
const COUNTS = column(([, , , , , , chips]) => scale(chips))
const PARAMETERS = column(([, , , , , , , parameters]) => scale(parameters))
const SEQUENCES = column(([, , , , , , , , sequence]) => scale(sequence))

const at = (values: Float64Array, i: number): number => values[i] as number
const stepAt = (i: number) => MEASURED_STEPS[i] as (typeof MEASURED_STEPS)[number]

/** A place in the numbers of the columns. */
interface Coordinates {
  readonly family: number
  readonly chip: number
  readonly bits: number
  readonly experts: number
  readonly context: number
  readonly chips: number
  readonly parameters: number
  readonly sequence: number
}

function coordinates(place: Place): Coordinates {
  return {
    family: CODES.get(place.family) ?? -1,
    chip: CODES.get(`chip ${place.chip}`) ?? -1,
    bits: Math.log2(place.bits),
    experts: Number(place.experts),
    context: Number(place.context),
    chips: scale(place.chips),
    parameters: scale(place.parameters),
    sequence: scale(place.sequence),
  }
}

const square = (value: number): number => value * value

/** Squared distance to the i-th measured step. */
function squaredDistance(from: Coordinates, i: number): number {
  return (
    (at(FAMILIES, i) !== from.family ? FAMILY * FAMILY : at(CHIPS, i) !== from.chip ? OTHER_CHIP * OTHER_CHIP : 0) +
    square(at(BITS, i) - from.bits) +
    square(EXPERTS * (at(EXPERTS_OF, i) - from.experts)) +
    square(CONTEXT * (at(CONTEXT_OF, i) - from.context)) +
    square(at(COUNTS, i) - from.chips) +
    square(at(PARAMETERS, i) - from.parameters) +
    square(at(SEQUENCES, i) - from.sequence)
  )
}

/** Distance of a place to the nearest measured step: 0 where one was measured there. Pure; a few microseconds. */
export function regionDistance(place: Place): number {
  const from = coordinates(place)
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < MEASURED_STEPS.length; i++) least = Math.min(least, squaredDistance(from, i))
  return Math.sqrt(least)
}

/** Factor by which an interval widens with the distance to the nearest measured step: 1 up to `NEAR`. */
export function widening(distance: number): number {
  return Math.min(MOST_WIDENING, 1 + WIDENING * Math.max(0, distance - NEAR))
}

/** Whether no measured step is near. */
export function isFar(distance: number): boolean {
  return distance >= FAR
}

/** A difference in words, and its part of the distance. */
type Difference = readonly [size: number, words: string]

const shown = (ratio: number): string => String(Number(ratio.toPrecision(2)))

/** `4 times the chips`, `1/3 of the sequence`; nothing within a factor of 1.5. */
function addFactor(differences: Difference[], own: number, other: number, of: string): void {
  const ratio = own / other
  if (ratio >= 1.5) differences.push([scale(ratio), `${shown(ratio)} times the ${of}`])
  else if (ratio <= 1 / 1.5) differences.push([scale(1 / ratio), `1/${shown(1 / ratio)} of the ${of}`])
}

function differencesTo(place: Place, i: number): readonly string[] {
  const [, , chip, bits, experts, context, chips, parameters, sequence] = stepAt(i)
  const found: Difference[] = []
  if (at(FAMILIES, i) !== CODES.get(place.family)) found.push([FAMILY, 'another family of chips'])
  else if (chip !== place.chip) found.push([OTHER_CHIP, 'another chip of the family'])
  if (bits !== place.bits) found.push([Math.abs(Math.log2(bits / place.bits)), `${place.bits} bits, not ${bits}`])
  if (experts !== place.experts) found.push([EXPERTS, place.experts ? 'experts' : 'no experts'])
  if (context !== place.context) found.push([CONTEXT, place.context ? 'context parallelism' : 'no context parallelism'])
  addFactor(found, place.chips, chips, 'chips')
  addFactor(found, place.parameters, parameters, 'parameters')
  addFactor(found, place.sequence, sequence, 'sequence')
  return found.sort((a, b) => b[0] - a[0]).map(([, words]) => words)
}

function nearStep(place: Place, i: number, square: number): NearStep {
  const [id, source, chip, bits, experts, , chips, parameters, sequenceLength, framework, year] = stepAt(i)
  return {
    id,
    source: MEASURED_SOURCES[source] ?? '',
    chip,
    bits,
    experts,
    chips,
    parameters,
    sequenceLength,
    framework,
    year,
    distance: Math.sqrt(square),
    differs: differencesTo(place, i),
  }
}

/** The measured steps nearest to a place, the nearest first. */
export function nearestSteps(place: Place): readonly NearStep[] {
  const from = coordinates(place)
  const nearest: { readonly i: number; readonly square: number }[] = []
  let last = Number.POSITIVE_INFINITY
  for (let i = 0; i < MEASURED_STEPS.length; i++) {
    const square = squaredDistance(from, i)
    if (square >= last) continue
    nearest.push({ i, square })
    nearest.sort((a, b) => a.square - b.square)
    if (nearest.length > NAMED) nearest.pop()
    if (nearest.length === NAMED) last = nearest[NAMED - 1]?.square ?? last
  }
  return nearest.map(({ i, square }) => nearStep(place, i, square))
}
