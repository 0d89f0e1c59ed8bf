import type { GroupName } from '../layout/placement.ts'
import type { Work } from '../schedule/chunk-work.ts'
import { LAYER_THREADS } from './threads.ts'
import { type CompleteEvent, span } from './trace-event.ts'

/**
 * Collectives inside one item: those of a kind together, one after the other from the item's start, as long as they
 * take on their link. Where in the item each layer's own runs is not modelled; where they outlast the item, because
 * they run beside kernels on both links, they are drawn shorter (`args.seconds` is the time on the link).
 */
export function layerTraffic(
  work: Work,
  pid: number,
  label: string,
  start: number,
  end: number,
  ranks: (group: GroupName) => number,
): readonly CompleteEvent[] {
  const events: CompleteEvent[] = []
  for (const [link, tid] of Object.entries(LAYER_THREADS)) {
    const own = work.communications.filter((communication) => communication.link === link)
    const total = own.reduce((seconds, { seconds: one }) => seconds + one, 0)
    const scale = total > end - start ? (end - start) / total : 1
    let from = start
    for (const { part, collective, group, bytes, count, seconds, algorithm } of own) {
      const to = from + scale * seconds
      const args = { collective, group, ranks: ranks(group), bytes, count, algorithm, seconds }
      events.push(span({ pid, tid }, part, `${collective} ${group} ${label}`, from, to, args))
      from = to
    }
  }
  return events
}
