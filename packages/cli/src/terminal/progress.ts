/** A bar on standard error that says how fast it goes and how long it takes; nothing where that is no terminal. */
export interface ProgressBar {
  readonly update: (done: number, total: number) => void
  readonly stop: () => void
}

const SILENT: ProgressBar = { update: () => {}, stop: () => {} }

export async function progressBar(unit: string, quiet: boolean): Promise<ProgressBar> {
  if (quiet || !process.stderr.isTTY) return SILENT
  const { SingleBar, Presets } = await import('cli-progress')
  const format = `{bar} {percentage} % of {total} ${unit} | {rate} ${unit}/s | {eta_formatted} left`
  const bar = new SingleBar(
    { format, barsize: 24, clearOnComplete: true, hideCursor: true, fps: 8, stream: process.stderr },
    Presets.shades_classic,
  )
  const start = performance.now()
  let started = false
  return {
    update: (done, total) => {
      const rate = Math.round(done / ((performance.now() - start) / 1000))
      if (started) bar.update(done, { rate })
      else bar.start(total, done, { rate })
      started = true
    },
    stop: () => {
      if (started) bar.stop()
    },
  }
}
