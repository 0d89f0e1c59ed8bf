import type { Dimension } from '@walltime/hardware'

/** What the numbers of profiles measure, by their path; a number of none of these is a plain count. */
const DIMENSIONS_BY_PATH: readonly (readonly [pattern: RegExp, dimension: Dimension])[] = [
  [/(^|\.)peakFlops\.\w+$/, 'flopRate'],
  [/(^|\.)(bandwidth|linkBandwidth|hostBandwidth|copyBandwidth)$/, 'bandwidth'],
  [/(^|\.)(bytes|chunkBytes|allToAllChunkBytes|reserveBytes)$/, 'bytes'],
  [
    /(^|\.)(baseLatency|hopLatency|allToAllLatency|levelLatency|messageLatency|launchSeconds|detection|automaticSeconds|manualSeconds)$/,
    'time',
  ],
  [/(^|\.)(achieved(\.\w+)?|inSwitchShare)$/, 'fraction'],
  [/^kernels\.gemm\.\w+\.launch$/, 'time'],
  [/^kernels\.(pointwise|sustained\.\w+|.*\.(share|memoryShare|forward|backward))$/, 'fraction'],
  [/(^|\.)(tensorOverlap|dataOverlap|expertOverlap|pipelineOverlap|automaticShare|fragmentation)$/, 'fraction'],
  [/(^|\.)(tdp|hostPower|networkPower|allInPower)$/, 'power'],
  [/(^|\.)clockHz$/, 'frequency'],
  [/(^|\.)rate$/, 'rate'],
  [/(^|\.)(layers|hidden|ffnHidden|vocab)$/, 'count'],
]

export function dimensionOf(path: string): Dimension | undefined {
  return DIMENSIONS_BY_PATH.find(([pattern]) => pattern.test(path))?.[1]
}
