/**
 * Mean throughput of a data-parallel job that goes on without the replicas that are in repair, as a share of the full
 * one: 1/(1 + λ·MTTR) − N·λ·stall, with λ the failures of one replica per second and a standstill at each.
 */
export function elasticThroughput(replicas: number, rate: number, repairSeconds: number, stallSeconds: number): number {
  return 1 / (1 + rate * repairSeconds) - replicas * rate * stallSeconds
}
