/**
 * Mean seconds that a failure costs with checkpoints that take `checkpoint` seconds to reach their store, begin every
 * `interval` seconds and take `retrieve` seconds to load: t_ckpt + 1/(2f) + t_rtvl. Z. Wang et al., GEMINI, SOSP 2023,
 * section 2.3.
 */
export function wastedTime(checkpoint: number, interval: number, retrieve: number): number {
  return checkpoint + interval / 2 + retrieve
}
