/**
 * Mean seconds between failures of a job on `units` parts that each fail once in `mtbf` seconds: M = μ/N, the rate of
 * superposed exponential (or stationary) renewals. Also the mean time to the first failure of as many links. T. Herault
 * and Y. Robert (eds), Fault-Tolerance Techniques for High-Performance Computing, Springer 2015, ch. 1.
 */
export function jobMtbf(mtbf: number, units: number): number {
  return mtbf / units
}
