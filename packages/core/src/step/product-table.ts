/** Times of a scenario's usual matrix products, worked out before any layout is evaluated. */

import type { Architecture } from '../model/architecture.ts'
import { LAYER_KINDS, type LayerKind } from '../model/layers.ts'
import type { Parallelism } from '../scenario/scenario.ts'
import { productSeconds } from './kernels.ts'
import type { Machine } from './machine.ts'
import type { ProgramSink } from './operators.ts'
import { attentionProgram, headProgram, mlpProgram, shapeShard } from './programs.ts'

/** Tensor parallelism up to which, and times that a sequence is cut or gathered in micro-batches up to which, shapes are usual. */
const MOST_TENSOR = 64
const MOST_CUTS = 16
const MOST_SEQUENCES = 8

/** Numbers of a slot: three of the shape, three of the seconds, two to fill a cache line. */
const SLOT = 8

/** A hash table by shape, of products without groups; a class because it grows while it is open. */
export class ProductTable {
  /** Whether shapes that it lacks are added. */
  open = true
  private readonly machine: Machine
  private slots = new Float64Array(SLOT * 64)
  private mask = 63
  private count = 0

  constructor(machine: Machine) {
    this.machine = machine
  }

  /** Fills `seconds` as `productSeconds` does; false where the table lacks the shape. */
  find(seconds: Float64Array, m: number, n: number, k: number, low: boolean): boolean {
    const inner = low ? k : -k
    let at = this.place(m, n, inner)
    if (this.slots[at] !== m) {
      if (!this.open) return false
      at = this.add(m, n, inner)
    }
    const { slots } = this
    seconds[0] = slots[at + 3] ?? 0
    seconds[1] = slots[at + 4] ?? 0
    seconds[2] = slots[at + 5] ?? 0
    return true
  }

  private add(m: number, n: number, inner: number): number {
    if (++this.count * 2 > this.mask) this.grow()
    const at = this.place(m, n, inner)
    const { slots } = this
    slots[at] = m
    slots[at + 1] = n
    slots[at + 2] = inner
    productSeconds(this.machine, slots.subarray(at + 3, at + 6), m, n, Math.abs(inner), 1, inner > 0)
    return at
  }

  /** The slot of a shape, or the empty one where it would stand. `inner` is negative for products in 16 bits. */
  private place(m: number, n: number, inner: number): number {
    const { slots, mask } = this
    let slot = hash(m, n, inner) & mask
    for (;;) {
      const at = SLOT * slot
      const own = slots[at] ?? 0
      if (own === 0 || (own === m && slots[at + 1] === n && slots[at + 2] === inner)) return at
      slot = (slot + 1) & mask
    }
  }

  private grow(): void {
    const { slots } = this
    this.mask = 2 * this.mask + 1
    this.slots = new Float64Array(SLOT * (this.mask + 1))
    for (let at = 0; at < slots.length; at += SLOT) {
      const m = slots[at] ?? 0
      if (m === 0) continue
      this.slots.set(slots.subarray(at, at + SLOT), this.place(m, slots[at + 1] ?? 0, slots[at + 2] ?? 0))
    }
  }
}

/** Mixes the bits of a shape (multipliers of Knuth, Murmur and xxHash). */
function hash(m: number, n: number, inner: number): number {
  const mixed = Math.imul(m, 0x9e3779b1) ^ Math.imul(n, 0x85ebca77) ^ Math.imul(inner, 0xc2b2ae3d)
  return mixed ^ (mixed >>> 15)
}

/**
 * Tells the programs of a model's layers and output as layouts usually cut them, by powers of two, to a sink that looks
 * its products up in an open table. The sink is the one that layouts use: calls to several kinds of sinks are slow.
 */
export function tellUsualProducts(
  sink: ProgramSink,
  model: Architecture,
  shard: Parameters<typeof shapeShard>[0],
  layout: Parallelism,
): void {
  const kinds = LAYER_KINDS.filter((kind) => !kind.local && (model.moe !== null || !kind.mixture))
  for (let tp = 1; tp <= MOST_TENSOR && model.heads % tp === 0; tp *= 2) {
    for (let cp = MOST_CUTS; cp >= 1 / MOST_SEQUENCES; cp /= 2) {
      for (const sequenceParallel of tp > 1 ? [true, false] : [false]) {
        shapeShard(shard, { ...layout, tp, cp, ep: 1, etp: 1, microBatch: 1, sequenceParallel })
        attentionProgram(sink, model, LAYER_KINDS[0] as LayerKind, shard)
        for (const kind of kinds) mlpProgram(sink, model, kind, shard)
        headProgram(sink, model, shard, 1 + model.mtpLayers)
      }
    }
  }
}
