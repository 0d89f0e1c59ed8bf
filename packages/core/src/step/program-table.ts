/** What the programs of a rank cost, by the shard of the model that it works on: a table that fills as shards are met. */

import { newGroups, placeWithinLayers } from '../layout/placement.ts'
import type { Architecture } from '../model/architecture.ts'
import { LAYER_KINDS, type LayerKind } from '../model/layers.ts'
import type { Pool } from '../scenario/scenario.ts'
import type { Machine } from './machine.ts'
import { LOSS } from './operators.ts'
import { LayoutCollectives, ProgramSums, SUMS } from './program-sums.ts'
import { attentionProgram, embeddingProgram, headProgram, mlpProgram, type Shard } from './programs.ts'

const KINDS = LAYER_KINDS.length

/** The first kind with experts; the ones before attend alike. */
const MIXTURE = LAYER_KINDS.findIndex(({ mixture }) => mixture)

/** Where the sums of the model's ends stand in a row, behind those of a layer of each kind. */
export const EMBEDDING = KINDS * SUMS
export const HEAD = EMBEDDING + SUMS
const ROW = HEAD + SUMS

/** Rows at first, and the most that are kept: 5.5 MB. */
const FEWEST = 8
const MOST = 4096

/** Numbers of a slot: the axes of a shard, and its row (from 1; 0 where the slot is empty). */
const SLOT = 8
const AXES = 7
const NUMBER = AXES

/** Multiplier that mixes bits (Knuth). */
const MIX = 0x9e3779b1

/**
 * A hash table of rows by all that kernels and collectives within a layer depend on: the groups that share it, the
 * micro-batch and what runs again. Pipeline, replicas and their traffic are no part of it. A class because it grows.
 */
export class ProgramTable {
  /** Rows of sums: those of a layer of each kind (zeros where the model has none), of the embedding and of the head. */
  sums = new Float64Array(FEWEST * ROW)
  private slots = new Int32Array(2 * FEWEST * SLOT)
  /** Slots, less one. */
  private mask = 2 * FEWEST - 1
  private readonly key = new Int32Array(SLOT)
  private rows = 0
  private readonly model: Architecture
  private readonly pool: Pool
  /** Layers of each kind in the model. */
  private readonly counts: readonly number[]
  private readonly groups = newGroups()
  private readonly collectives: LayoutCollectives
  private readonly attention: ProgramSums
  private readonly program: ProgramSums

  constructor(model: Architecture, pool: Pool, machine: Machine, counts: readonly number[]) {
    this.model = model
    this.pool = pool
    this.counts = counts
    this.collectives = new LayoutCollectives(machine, this.groups)
    this.attention = new ProgramSums(machine, this.collectives)
    this.program = new ProgramSums(machine, this.collectives)
  }

  /** Where the row of a shard begins of which the modules `covered` run again before the backward pass. */
  find(shard: Shard, covered: number): number {
    const { key } = this
    key[0] = shard.tp
    key[1] = shard.cp
    key[2] = shard.ep
    key[3] = shard.etp
    key[4] = shard.microBatch
    key[5] = shard.sequenceParallel ? 1 : 0
    key[6] = covered
    const row = this.slots[this.place(key, 0) + NUMBER] ?? 0
    return row > 0 ? ROW * (row - 1) : this.add(shard, covered)
  }

  private add(shard: Shard, covered: number): number {
    if (this.rows === MOST) this.clear()
    else if (ROW * (this.rows + 1) > this.sums.length) this.grow()
    const row = ROW * this.rows++
    this.key[NUMBER] = this.rows
    this.slots.set(this.key, this.place(this.key, 0))
    this.tell(shard, covered, row)
    return row
  }

  /** Where the slot of the key that begins at `from` of `keys` begins, or the empty one in which it would stand. */
  private place(keys: Int32Array, from: number): number {
    const { slots, mask } = this
    let slot = 0
    for (let axis = 0; axis < AXES; axis++) slot = Math.imul(slot ^ (keys[from + axis] ?? 0), MIX)
    slot ^= slot >>> 15
    for (;;) {
      const at = SLOT * (slot & mask)
      if (slots[at + NUMBER] === 0) return at
      let axis = 0
      while (axis < AXES && slots[at + axis] === keys[from + axis]) axis++
      if (axis === AXES) return at
      slot++
    }
  }

  /** Fills a row with the programs of a shard. */
  private tell(shard: Shard, covered: number, row: number): void {
    const { model, counts, attention, program } = this
    placeWithinLayers(this.groups, shard, this.pool)
    this.collectives.start()
    // Layers of a kind differ behind their attention only: dense and mixture layers share it.
    for (let local = 0; local < MIXTURE; local++) {
      if (counts[local] === 0 && counts[MIXTURE + local] === 0) continue
      attention.start(covered)
      attentionProgram(attention, model, LAYER_KINDS[local] as LayerKind, shard)
      for (let kind = local; kind < KINDS; kind += MIXTURE) {
        if (counts[kind] === 0) continue
        program.startAfter(attention)
        mlpProgram(program, model, LAYER_KINDS[kind] as LayerKind, shard)
        this.keep(row + SUMS * kind)
      }
    }
    program.start(0)
    embeddingProgram(program, model, shard)
    this.keep(row + EMBEDDING)
    program.start(LOSS)
    headProgram(program, model, shard, 1 + model.mtpLayers)
    this.keep(row + HEAD)
  }

  /** Ends the program told last and writes its sums. */
  private keep(at: number): void {
    const { program, sums } = this
    program.end()
    for (let column = 0; column < SUMS; column++) sums[at + column] = program.sums[column] ?? 0
  }

  private grow(): void {
    const { sums, slots } = this
    this.sums = new Float64Array(2 * sums.length)
    this.sums.set(sums)
    this.slots = new Int32Array(2 * slots.length)
    this.mask = 2 * this.mask + 1
    for (let at = 0; at < slots.length; at += SLOT)
      if (slots[at + NUMBER] !== 0) this.slots.set(slots.subarray(at, at + SLOT), this.place(slots, at))
  }

  private clear(): void {
    this.slots.fill(0)
    this.rows = 0
  }
}
