import type { LeftOut, Validation } from '@walltime/core/validate'

/** The validation as scripts read it. */
export function validationDocument(validation: Validation, leftOut: LeftOut | null): object {
  const { rows, score, groups, baseline, memory, worst, grids, gridMeans } = validation
  return {
    rows: rows.map(({ collection: _, modelFlops: __, measuredPeakBytes: ___, breakdown: ____, ...row }) => row),
    score,
    ...(leftOut === null ? {} : { leftOut }),
    groups,
    baseline,
    memory,
    worst,
    ...(grids.length === 0 ? {} : { grids, gridMeans }),
  }
}
