import type { CompiledClass, CompiledRun } from '../compile/compiled.ts'
import type { Duration } from '../duration.ts'

/**
 * What the inner loop asks of a failure class: of one shape in every run, with numbers in place of laws where they are
 * fixed (NaN: draw from the law in `of`).
 */
export class StruckClass {
  readonly of: CompiledClass
  readonly plain: boolean
  readonly noticeSeconds: number
  readonly nodesLost: number
  /** NaN: that of the run. */
  readonly restartSeconds: number
  readonly automaticShare: number
  readonly automaticSeconds: number
  readonly manualSeconds: number
  /** It costs one node, the right one, and the job waits until another stands in. */
  readonly exchangesOne: boolean

  constructor(of: CompiledClass, run: CompiledRun) {
    const { repair } = of
    this.of = of
    this.plain = of.plain
    this.noticeSeconds = of.noticeSeconds >= 0 ? of.noticeSeconds : Number.NaN
    this.nodesLost = of.nodesLost
    this.restartSeconds = of.restartSeconds ?? Number.NaN
    this.automaticShare = repair.automaticShare
    this.automaticSeconds = fixed(repair.automatic)
    this.manualSeconds = fixed(repair.manual)
    const one = of.nodesLost === 1 && of.wrongShare === 0 && of.overEviction === 0
    this.exchangesOne = one && run.pools !== undefined && run.elastic === undefined
  }
}

function fixed(law: Duration): number {
  return law.kind === 'fixed' ? law.a : Number.NaN
}
