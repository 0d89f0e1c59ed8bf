import { InvalidArgumentError } from 'commander'

/** Reads a whole number as people write it on a command line: `10000`, `10_000`, `1e4`. */
export function wholeNumber(text: string, min: number, max: number): number | undefined {
  if (!/^\d[\d_]*(?:\.\d+)?(?:e\d{1,2})?$/i.test(text)) return undefined
  const value = Number(text.replaceAll('_', ''))
  return Number.isInteger(value) && value >= min && value <= max ? value : undefined
}

/** A parser for commander: a whole number within bounds. */
export function wholeNumberOption(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = wholeNumber(text, min, max)
    if (value === undefined) throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
    return value
  }
}
