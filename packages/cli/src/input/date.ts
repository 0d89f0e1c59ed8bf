import { InvalidArgumentError } from 'commander'

const DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(Z|[+-]\d\d:\d\d)?)?$/

/** A parser for commander: a date, or a date and time; UTC unless it says another zone. */
export function dateOption(text: string): Date {
  const [, day = '', time = '00:00', zone = 'Z'] = DATE.exec(text.trim()) ?? []
  const midnight = new Date(`${day}T00:00Z`)
  const date = new Date(`${day}T${time}${zone}`)
  // A 30th of February would be taken for one of March.
  const real = !Number.isNaN(date.getTime()) && midnight.toISOString().startsWith(day)
  if (!real) throw new InvalidArgumentError('It must be a date such as 2026-03-01 or 2026-03-01T09:00Z.')
  return date
}
