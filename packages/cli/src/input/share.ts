import { InvalidArgumentError } from 'commander'

/** A parser for commander: a share between 0 and 1, as `1%` or `0.01`. */
export function shareOption(text: string): number {
  const [, number, percent] = /^(\d+\.?\d*(?:e-?\d+)?|\.\d+)\s*(%?)$/i.exec(text.trim()) ?? []
  const share = Number(number) / (percent === '%' ? 100 : 1)
  if (!(share > 0 && share < 1)) throw new InvalidArgumentError('It must be a share such as 1% or 0.01.')
  return share
}
