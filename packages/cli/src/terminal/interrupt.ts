/** A signal that Ctrl-C (or SIGTERM) aborts; a second Ctrl-C ends the program at once. */
export function onInterrupt(): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController()
  const abort = () => controller.abort()
  process.once('SIGINT', abort)
  process.once('SIGTERM', abort)
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', abort)
      process.off('SIGTERM', abort)
    },
  }
}
