import type { TrainingPrecision } from '../scenario/scenario.ts'

/** Words by which recipes of number formats are known, narrow ones first. */
const WORDS: readonly (readonly [RegExp, TrainingPrecision])[] = [
  [/fp4|nvfp4|mxfp4/i, 'nvfp4'],
  [/mxfp8|fp8[-_ ]?mx/i, 'mxfp8'],
  [/fp8.*(block|sub-?channel|\bSC\b)|block.*fp8/i, 'fp8-block'],
  [/fp8/i, 'fp8'],
  [/bf16|bfloat16/i, 'bf16'],
  [/fp16|float16|half/i, 'fp16'],
]

/** The recipe that a row's text names; undefined where it names none. */
export function rowPrecision(text: string): TrainingPrecision | undefined {
  return WORDS.find(([word]) => word.test(text))?.[1]
}
