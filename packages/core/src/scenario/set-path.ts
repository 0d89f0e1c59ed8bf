import { isRecord } from '@walltime/hardware'
import type { Path } from './document.ts'

/** One `--set PATH=VALUE`: a dotted path into the scenario file and the value that replaces what stands there. */
export interface Setting {
  readonly path: Path
  readonly value: unknown
  /** As the user wrote it, for messages. */
  readonly text: string
}

/** Names that would reach into every object. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])

/** Splits `cluster.fabric.oversubscription` or `phases[0].training.tokens`; null where it is no path. */
export function parsePath(text: string): Path | null {
  if (text.length === 0 || text.length > 200) return null
  const steps = text.replace(/\[(\d+)\]/g, '.$1').split('.')
  if (steps.some((step) => step === '' || FORBIDDEN.has(step))) return null
  return steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step))
}

/**
 * A copy of `data` with `value` at `path`. A preset's id on the way becomes `{extends: id}`, so that
 * `cluster.fabric.oversubscription=7` changes one number of the named fabric. Setting `cluster.chips` removes
 * `cluster.nodes` and the other way round.
 */
export function setPath(data: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  if (Array.isArray(data) && typeof step === 'number') {
    const copy = [...data]
    copy[Math.min(step, copy.length)] = setPath(data[step], rest, value)
    return copy
  }
  const base = typeof data === 'string' ? { extends: data } : isRecord(data) ? data : {}
  const next: Record<string, unknown> = { ...base, [step]: setPath(base[String(step)], rest, value) }
  if (rest.length === 0 && step === 'chips') delete next['nodes']
  if (rest.length === 0 && step === 'nodes') delete next['chips']
  return next
}
