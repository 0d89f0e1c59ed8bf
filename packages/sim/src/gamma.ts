const G = 7
const COEFFICIENTS = [
  0.999_999_999_999_809_9, 676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_1,
  -176.615_029_162_140_6, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_572e-6,
  1.505_632_735_149_311_6e-7,
] as const

/** Euler's Γ for x ≥ ½: C. Lanczos, SIAM J. Numer. Anal. B 1:86 (1964), g = 7 with nine terms; relative error below 1e-14. */
export function gamma(x: number): number {
  const z = x - 1
  const t = z + G + 0.5
  const sum = COEFFICIENTS.reduce((total, c, i) => (i === 0 ? c : total + c / (z + i)), 0)
  return Math.sqrt(2 * Math.PI) * t ** (z + 0.5) * Math.exp(-t) * sum
}
