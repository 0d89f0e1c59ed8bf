import type { Scenario } from '@walltime/core'

/** Sections of a run that stand under `reliability` in a scenario by the same name. */
const SAME = /^(?:fleet|lemons|batches|spares|domain|elastic|cluster|restartSeconds|startupSeconds)(?:$|\.)/

/** Fields of a run that a scenario calls otherwise. */
const RENAMED: Readonly<Record<string, string>> = { nodesLost: 'radius', slowPace: 'pace', everySeconds: 'every' }

function fieldsOf(path: string): string {
  return path
    .split('.')
    .map((step) => RENAMED[step] ?? (/^\d+$/.test(step) ? `[${step}]` : step.replace(/Seconds$/, '')))
    .join('.')
    .replaceAll('.[', '[')
}

/** Where a value of a planned run (`planRun`) comes from: its path in the scenario file. */
export function scenarioPath(path: string, { reliability, phases }: Scenario): string {
  const [section = '', place = '', ...rest] = path.split('.')
  const below = rest.length === 0 ? '' : `.${fieldsOf(rest.join('.'))}`
  if (section === 'failures') {
    const id = place === '' ? undefined : reliability.failures.classes[Number(place)]?.id
    return `reliability.failures${id === undefined ? '' : `.${id}${below}`}`
  }
  if (section === 'intervalSeconds') return 'reliability.checkpoint.interval'
  if (section === 'checkpoint') {
    const { tiers } = reliability.checkpoint
    if (place === 'tiers')
      return `reliability.checkpoint.tiers[${Number(rest[0]) + 1}].${fieldsOf(rest.slice(1).join('.'))}`
    return `reliability.checkpoint${tiers.length === 0 ? '' : '.tiers[0]'}.${fieldsOf(place)}`
  }
  // The short form has no list of phases.
  if (section === 'phases' && phases[Number(place)]?.path.length === 0) return fieldsOf(rest.join('.'))
  if (section === 'repairCrews') return 'reliability.repair.crews'
  if (section === 'cost') return 'cost.price'
  return SAME.test(path) ? `reliability.${fieldsOf(path)}` : fieldsOf(path)
}
