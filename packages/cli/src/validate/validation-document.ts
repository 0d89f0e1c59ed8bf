import type { Validation } from '@walltime/core/validate'

/** The validation as scripts read it. */
export function validationDocument(validation: Validation): object {
  const { rows, score, groups, baseline, memory, worst, grids, gridMeans } = validation
  return {
    rows: rows.map(({ collection: _, modelFlops: __, measuredPeakBytes: ___, breakdown: ____, ...row }) => row),
    score,
    groups,
    baseline,
    memory,
    worst,
    ...(grids.length === 0 ? {} : { grids, gridMeans }),
  }
}
