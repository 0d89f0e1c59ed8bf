/** From a scenario file's fields to a `Scenario`: references looked up, defaults filled in and written down as assumptions. */

import {
  certain,
  formatQuantity,
  type Issue,
  parseQuantity,
  type Resolved,
  resolveFabric,
  resolveSystem,
  type System,
  type Uncertain,
  uncertain,
} from '@walltime/hardware'
import type { Architecture } from '../model/architecture.ts'
import { countParameters } from '../model/parameters.ts'
import { SECONDS_PER_HOUR } from '../run/run.ts'
import { matrixFormat } from '../step/machine.ts'
import type { Path } from './document.ts'
import type { FailureSet } from './failure-presets.ts'
import {
  type FailureClassInput,
  failureClassInput,
  type ParallelismInput,
  parallelismInput,
  type ScenarioInput,
  softwareInput,
  type TrainingInput,
} from './input-schema.ts'
import { show, toIssues, unknownName } from './object-schema.ts'
import { OPTIMIZERS } from './optimizers.ts'
import { isIssues, lookUp, type Profiles, resolveModel } from './profiles.ts'
import type {
  Assumption,
  Checkpoint,
  Cluster,
  Cost,
  FailureClass,
  LayerSplit,
  Parallelism,
  Pool,
  Recompute,
  Reliability,
  Scenario,
  SoftwareStack,
  Training,
  Warning,
} from './scenario.ts'
import { defaultSoftware } from './software-presets.ts'

/** Facility watts over IT watts where nothing is given: the middle of hyperscalers' 1.1 and the industry's 1.56. */
const DEFAULT_PUE = 1.2

/** Bytes of a checkpoint for each parameter: 16-bit weights, 32-bit master weights and two moments. */
const CHECKPOINT_BYTES_PER_PARAMETER = 14

/** Seconds training stands still for a checkpoint that is copied to host memory and written behind it (ByteRobust, arXiv:2509.16293, table 8: 0.01 to 1.84 s). */
const SNAPSHOT_SECONDS = 2

/** Bytes/s that storage takes from one node and from a whole cluster (node: DGX SuperPOD reference designs; cluster: 50 to 200 GB/s in published runs). */
const STORAGE_PER_NODE = 2e9
const STORAGE_CLUSTER = 200e9

/** Restart of a large job: 5 to 20 minutes (Kokolis et al., HPCA 2025), 10 at 16,384 chips. */
const DEFAULT_RESTART: Uncertain = { p5: 300, p50: 600, p95: 1200, law: 'lognormal' }

const DETECTION_SECONDS = 60
const REPAIR = { automaticShare: 0.2, automaticSeconds: 2 * SECONDS_PER_HOUR, manualSeconds: 48 * SECONDS_PER_HOUR }

/** Collects what goes wrong and what is assumed while a scenario is put together. */
interface Notes {
  readonly issues: Issue[]
  readonly assumptions: Assumption[]
  readonly warnings: Warning[]
}

const ASSUMED = 'default'

function assume(notes: Notes, path: string, value: string, source: string = ASSUMED): void {
  notes.assumptions.push({ path, value, source })
}

function report(notes: Notes, code: string, path: Path, message: string): undefined {
  notes.issues.push({ code, path, message })
  return undefined
}

function take<T>(notes: Notes, result: Resolved<T>, path: Path): T | undefined {
  if (result.ok) return result.value
  notes.issues.push(...result.issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] })))
  return undefined
}

type PoolInput = NonNullable<ScenarioInput['cluster']['pools']>[number]

function resolvePool(notes: Notes, profiles: Profiles, input: PoolInput, path: Path): Pool | undefined {
  const system = take(notes, resolveSystem(input.system, profiles), [...path, 'system'])
  if (system === undefined) return undefined
  const chips = countChips(notes, input, system, path)
  const fabric =
    input.fabric === undefined ? system.fabric : take(notes, resolveFabric(input.fabric, profiles), [...path, 'fabric'])
  if (input.fabric === undefined)
    assume(notes, 'cluster.fabric', system.fabric.name, `the usual network of ${system.name}`)
  if (input.pue === undefined) assume(notes, 'cluster.pue', String(DEFAULT_PUE))
  if (chips === undefined || fabric === undefined) return undefined
  return {
    id: input.id ?? 'main',
    site: input.site ?? 'main',
    system,
    chips,
    fabric,
    pue: input.pue ?? DEFAULT_PUE,
  }
}

function countChips(notes: Notes, input: PoolInput, system: System, path: Path): number | undefined {
  const { chips, nodes } = input
  const { chipsPerNode } = system
  if (chips !== undefined && nodes !== undefined && chips !== nodes * chipsPerNode) {
    return report(
      notes,
      'cluster.chips',
      [...path, 'nodes'],
      `${nodes} nodes of ${chipsPerNode} chips are ${nodes * chipsPerNode} chips, but chips says ${chips}; give one of them`,
    )
  }
  const count = chips ?? (nodes === undefined ? undefined : nodes * chipsPerNode)
  if (count === undefined) {
    return report(
      notes,
      'scenario.missing',
      [...path, 'chips'],
      'missing; give the number of chips or nodes that train',
    )
  }
  if (count > chipsPerNode && count % chipsPerNode !== 0) {
    notes.warnings.push({
      code: 'cluster.partial-node',
      path: 'cluster.chips',
      message: `${count} chips do not fill nodes of ${chipsPerNode}`,
    })
  }
  return count
}

function resolveCluster(notes: Notes, profiles: Profiles, input: ScenarioInput['cluster']): Cluster | undefined {
  const path = ['cluster']
  const { pools, links, ...short } = input
  if (pools !== undefined) {
    const extra = Object.keys(short).find((key) => short[key as keyof typeof short] !== undefined)
    if (extra !== undefined) {
      return report(notes, 'cluster.pools', [...path, extra], `give either pools or ${extra}, not both`)
    }
    if (pools.length > 1) {
      return report(notes, 'cluster.pools', [...path, 'pools', 1], 'more than one pool is not computed yet; give one')
    }
    const resolved = pools.map((pool, i) => resolvePool(notes, profiles, pool, [...path, 'pools', i]))
    const whole = resolved.filter((pool) => pool !== undefined)
    return whole.length === pools.length ? { pools: whole, links: links ?? [] } : undefined
  }
  if (short.system === undefined) {
    return report(
      notes,
      'scenario.missing',
      [...path, 'system'],
      'missing; name a system such as dgx-h100 (walltime show systems lists them)',
    )
  }
  const pool = resolvePool(notes, profiles, short as PoolInput, path)
  return pool === undefined ? undefined : { pools: [pool], links: links ?? [] }
}

function countSequences(notes: Notes, input: TrainingInput, path: Path): number | undefined {
  const { globalBatch, sequenceLength } = input
  const here = [...path, 'globalBatch']
  if (typeof globalBatch === 'number' || /^\s*\d+\s*$/.test(globalBatch)) {
    const count = Number(globalBatch)
    if (Number.isInteger(count) && count >= 1 && count <= 1e9) return count
    return report(
      notes,
      'scenario.value',
      here,
      `a global batch is a whole number of sequences, not ${show(globalBatch)}`,
    )
  }
  try {
    const tokens = parseQuantity(globalBatch, 'tokens')
    const count = tokens / sequenceLength
    if (Number.isInteger(count) && count >= 1) return count
    const near = Math.max(1, Math.round(count))
    return report(
      notes,
      'layout.batch',
      here,
      `${show(globalBatch)} does not divide into sequences of ${sequenceLength} tokens; ${near} sequences are ${near * sequenceLength} tokens`,
    )
  } catch (error) {
    return report(notes, 'quantity.syntax', here, error instanceof Error ? error.message : String(error))
  }
}

function resolveTraining(notes: Notes, pool: Pool | undefined, input: TrainingInput, path: Path): Training | undefined {
  const globalBatch = countSequences(notes, input, path)
  if (input.precision === undefined) assume(notes, 'training.precision', 'bf16')
  if (input.optimizer === undefined) assume(notes, 'training.optimizer', 'adam')
  const precision = input.precision ?? 'bf16'
  const chip = pool?.system.chip
  if (chip !== undefined && chip.peakFlops[matrixFormat(precision)] === undefined) {
    const known = Object.keys(chip.peakFlops).join(', ')
    report(
      notes,
      'training.precision',
      [...path, 'precision'],
      `${chip.name} has no ${matrixFormat(precision)} matrix unit for ${precision}; it has ${known}`,
    )
  }
  const name = input.optimizer ?? 'adam'
  const optimizer = lookUp(OPTIMIZERS, name)
  if (optimizer === undefined) {
    return report(
      notes,
      'scenario.unknown',
      [...path, 'optimizer'],
      unknownName('optimizer', name, Object.keys(OPTIMIZERS)),
    )
  }
  if (globalBatch === undefined) return undefined
  return { tokens: input.tokens, sequenceLength: input.sequenceLength, globalBatch, precision, optimizer }
}

function resolveRecompute(input: ParallelismInput['recompute']): Recompute {
  if (input === undefined || input === 'none') return { mode: 'none', modules: [] }
  if (input === 'full') return { mode: 'full', modules: ['layer'] }
  if (input === 'selective') return { mode: 'selective', modules: ['attention'] }
  return { mode: input.modules.length === 0 ? 'none' : 'selective', modules: input.modules }
}

function resolveSplit(input: ParallelismInput['layerSplit']): LayerSplit {
  if (input === undefined) return {}
  if (Array.isArray(input)) return { stages: input }
  return {
    ...(input.first === undefined ? {} : { first: input.first }),
    ...(input.last === undefined ? {} : { last: input.last }),
  }
}

/** `dp` that is not whole is left so: the layout check says which numbers would be right. */
function resolveParallelism(notes: Notes, input: ParallelismInput, chips: number): Parallelism {
  const { tp = 1, pp = 1, cp = 1, ep = 1, etp = 1, vpp = 1, microBatch = 1 } = input
  if (input.microBatch === undefined) assume(notes, 'parallelism.microBatch', '1')
  if (input.zero === undefined) assume(notes, 'parallelism.zero', '1')
  return {
    tp,
    pp,
    cp,
    ep,
    etp,
    vpp,
    microBatch,
    dp: input.dp ?? chips / (tp * pp * cp),
    zero: (input.zero ?? 1) as Parallelism['zero'],
    sequenceParallel: (input.sequenceParallel ?? true) && tp > 1,
    schedule: input.schedule ?? (vpp > 1 ? 'interleaved' : '1f1b'),
    recompute: resolveRecompute(input.recompute),
    layerSplit: resolveSplit(input.layerSplit),
  }
}

function resolveSoftware(
  notes: Notes,
  profiles: Profiles,
  input: unknown,
  pool: Pool | undefined,
): SoftwareStack | undefined {
  const path = ['software']
  const known = Object.keys(profiles.software)
  const named = (id: string, at: Path): SoftwareStack | undefined =>
    lookUp(profiles.software, id) ?? report(notes, 'scenario.unknown', at, unknownName('software stack', id, known))
  if (input === undefined) {
    const id = pool === undefined ? 'megatron-core' : defaultSoftware(pool.system.chip)
    assume(notes, 'software', id, 'newest stack known for the chip')
    return named(id, path)
  }
  if (typeof input === 'string') return named(input, path)
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return report(notes, 'scenario.type', path, 'a software stack is an id such as megatron-core, or a map')
  }
  const { extends: base, ...own } = input as Record<string, unknown>
  const from = named(base === undefined ? 'megatron-core' : String(base), [...path, 'extends'])
  const result = softwareInput.safeParse(own)
  if (!result.success) notes.issues.push(...toIssues(result.error, path))
  if (from === undefined || !result.success) return undefined
  const { launch, reserve, ...fields } = result.data
  const changed = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  return {
    ...from,
    ...changed,
    id: `${from.id}*`,
    launchSeconds: launch ?? from.launchSeconds,
    reserveBytes: reserve ?? from.reserveBytes,
  }
}

function resolveFailureClass(notes: Notes, input: FailureClassInput, path: Path): FailureClass | undefined {
  const { mtbf, rate, per } = input
  if ((mtbf === undefined) === (rate === undefined)) {
    return report(notes, 'failures.rate', path, 'give either mtbf or rate of a failure class')
  }
  const { repair } = input
  return {
    id: input.id,
    per,
    rate: rate ?? 1 / (mtbf ?? 1),
    detection: input.detection ?? DETECTION_SECONDS,
    losesNode: input.losesNode ?? (per === 'chip' || per === 'node'),
    repair: {
      automaticShare: repair?.automaticShare ?? REPAIR.automaticShare,
      automaticSeconds: repair?.automatic ?? REPAIR.automaticSeconds,
      manualSeconds: repair?.manual ?? REPAIR.manualSeconds,
    },
    source: input.source ?? 'given by the user',
  }
}

function resolveFailures(notes: Notes, profiles: Profiles, input: unknown): FailureSet | undefined {
  const path = ['reliability', 'failures']
  if (input === undefined) assume(notes, 'reliability.failures', 'llama3-2024', 'the largest published set of causes')
  const reference = input ?? 'llama3-2024'
  if (typeof reference === 'string') {
    const known = Object.keys(profiles.failures)
    return (
      lookUp(profiles.failures, reference) ??
      report(notes, 'scenario.unknown', path, unknownName('set of failures', reference, known))
    )
  }
  if (!Array.isArray(reference)) {
    return report(notes, 'scenario.type', path, 'failures are the id of a set, or a list of classes')
  }
  const classes: FailureClass[] = []
  for (const [i, item] of reference.entries()) {
    const result = failureClassInput.safeParse(item)
    if (!result.success) notes.issues.push(...toIssues(result.error, [...path, i]))
    else {
      const one = resolveFailureClass(notes, result.data, [...path, i])
      if (one !== undefined) classes.push(one)
    }
  }
  return { id: 'custom', name: 'given by the user', source: 'given by the user', classes, fleet: certain(1) }
}

function resolveCheckpoint(
  notes: Notes,
  input: NonNullable<ScenarioInput['reliability']>['checkpoint'],
  model: Architecture,
  pool: Pool,
): Checkpoint {
  const bytes = countParameters(model).total * (input?.bytesPerParameter ?? CHECKPOINT_BYTES_PER_PARAMETER)
  const nodes = pool.chips / pool.system.chipsPerNode
  const bandwidth = input?.bandwidth ?? Math.min(STORAGE_CLUSTER, nodes * STORAGE_PER_NODE)
  if (input?.blocking === undefined) {
    assume(
      notes,
      'reliability.checkpoint.blocking',
      `${SNAPSHOT_SECONDS} s`,
      'copied to host memory, written behind the training',
    )
  }
  const given = input?.blocking !== undefined && input.bandwidth === undefined
  const durableAfter = input?.durableAfter ?? (given ? 0 : bytes / bandwidth)
  if (input?.durableAfter === undefined && !given) {
    assume(
      notes,
      'reliability.checkpoint.durableAfter',
      formatQuantity(durableAfter, 'time'),
      `${formatQuantity(bytes, 'bytes')} at ${formatQuantity(bandwidth, 'bandwidth')}`,
    )
  }
  return { interval: input?.interval ?? 'auto', blocking: input?.blocking ?? SNAPSHOT_SECONDS, durableAfter, bytes }
}

function resolveReliability(
  notes: Notes,
  profiles: Profiles,
  input: ScenarioInput['reliability'],
  model: Architecture,
  pool: Pool,
): Reliability | undefined {
  const failures = resolveFailures(notes, profiles, input?.failures)
  if (failures === undefined) return undefined
  if (input?.restart === undefined)
    assume(notes, 'reliability.restart', '10 min (5 to 20)', 'Kokolis et al., HPCA 2025')
  if (input?.spares === undefined) assume(notes, 'reliability.spares.nodes', '0')
  return {
    failures: { id: failures.id, classes: failures.classes },
    fleet: input?.fleet ?? failures.fleet,
    checkpoint: resolveCheckpoint(notes, input?.checkpoint, model, pool),
    restart: input?.restart ?? DEFAULT_RESTART,
    startup: input?.startup ?? 0,
    spares: { nodes: input?.spares?.nodes ?? 0, paid: input?.spares?.paid ?? true },
  }
}

function perHour(u: Uncertain): Uncertain {
  return { ...u, p5: u.p5 * SECONDS_PER_HOUR, p50: u.p50 * SECONDS_PER_HOUR, p95: u.p95 * SECONDS_PER_HOUR }
}

/** No chip rents for more by the hour; a larger number was meant per hour and not per second. */
const MAX_USD_PER_HOUR = 1000

function resolveCost(notes: Notes, profiles: Profiles, input: ScenarioInput['cost'], pool: Pool): Cost | undefined {
  const path = ['cost', 'price']
  const given = input?.price
  const id = given ?? pool.system.price
  if (typeof id === 'string') {
    const preset = lookUp(profiles.prices, id)
    if (preset !== undefined) {
      if (preset.kind !== 'rental')
        return report(notes, 'cost.price', path, `${id} is a purchase price; name a rental price`)
      if (given === undefined) assume(notes, 'cost.price', `${preset.usd.p50} USD/chip-hour`, preset.name)
      return { price: { id, usdPerChipHour: preset.usd, source: preset.name } }
    }
    if (/^[a-z][\w.-]*$/i.test(id)) {
      return report(notes, 'scenario.unknown', path, unknownName('price', id, Object.keys(profiles.prices)))
    }
  }
  if (id === undefined) {
    return report(
      notes,
      'scenario.missing',
      ['cost'],
      `no price is known for ${pool.system.name}; give cost.price, such as "2.50 USD/chip-hour"`,
    )
  }
  const result = uncertain('price', { min: 0 }).safeParse(id)
  if (!result.success) {
    notes.issues.push(...toIssues(result.error, path))
    return undefined
  }
  const usdPerChipHour = perHour(result.data)
  if (usdPerChipHour.p50 > MAX_USD_PER_HOUR) {
    return report(
      notes,
      'cost.price',
      path,
      `${formatQuantity(result.data.p50, 'price')} is too much for a chip; a plain number is per second: write "${show(id).replaceAll('"', '')} USD/chip-hour"`,
    )
  }
  return { price: { id: 'given', usdPerChipHour, source: 'given by the user' } }
}

interface PhaseFields {
  readonly name: string
  readonly training: TrainingInput
  readonly parallelism: ParallelismInput | undefined
  readonly path: Path
}

function phaseFields(notes: Notes, input: ScenarioInput): PhaseFields | undefined {
  const { phases, training, parallelism } = input
  if (parallelism === 'auto') {
    return report(notes, 'parallelism.auto', ['parallelism'], 'auto is not computed yet; give tp, pp and the others')
  }
  if (phases !== undefined) {
    if (training !== undefined)
      return report(notes, 'scenario.phases', ['training'], 'give either phases or training, not both')
    if (phases.length > 1)
      return report(notes, 'scenario.phases', ['phases', 1], 'more than one phase is not computed yet; give one')
    const phase = phases[0]
    if (phase === undefined) return undefined
    const layout = phase.parallelism ?? parallelism
    return {
      name: phase.name ?? 'training',
      training: phase.training,
      parallelism: layout,
      path: ['phases', 0, 'training'],
    }
  }
  if (training === undefined)
    return report(notes, 'scenario.missing', ['training'], 'missing; give tokens, sequenceLength and globalBatch')
  return { name: 'training', training, parallelism, path: ['training'] }
}

function resolveRoles(notes: Notes, input: ScenarioInput['roles'], pools: readonly Pool[]): Scenario['roles'] {
  const roles = input ?? [{ name: 'trainer' as const, pool: pools[0]?.id ?? 'main' }]
  roles.forEach((role, i) => {
    if (role.name !== 'trainer')
      report(
        notes,
        'scenario.roles',
        ['roles', i, 'name'],
        `the role ${role.name} is not computed yet; only trainer is`,
      )
    if (!pools.some((pool) => pool.id === role.pool)) {
      report(
        notes,
        'scenario.roles',
        ['roles', i, 'pool'],
        unknownName(
          'pool',
          role.pool,
          pools.map((pool) => pool.id),
        ),
      )
    }
  })
  return roles
}

/** Puts a scenario together. Either a scenario or everything that is wrong with it. */
export function resolveScenario(input: ScenarioInput, profiles: Profiles): Scenario | readonly Issue[] {
  const notes: Notes = { issues: [], assumptions: [], warnings: [] }
  for (const [i, message] of (input.caveats ?? []).entries()) {
    notes.warnings.push({ code: 'scenario.caveat', path: `caveats.${i}`, message })
  }
  const model = resolveModel(input.model, profiles.models, ['model'])
  if (isIssues(model)) notes.issues.push(...model)
  const cluster = resolveCluster(notes, profiles, input.cluster)
  const pool = cluster?.pools[0]
  const fields = phaseFields(notes, input)
  const training = fields && resolveTraining(notes, pool, fields.training, fields.path)
  const software = resolveSoftware(notes, profiles, input.software, pool)
  const roles = cluster === undefined ? [] : resolveRoles(notes, input.roles, cluster.pools)
  const { override } = input
  if (override?.stepSeconds !== undefined && override.mfu !== undefined) {
    report(notes, 'override', ['override', 'mfu'], 'give either stepSeconds or mfu, not both')
  }
  if (isIssues(model) || cluster === undefined || pool === undefined) return notes.issues
  const reliability = resolveReliability(notes, profiles, input.reliability, model, pool)
  const cost = resolveCost(notes, profiles, input.cost, pool)
  if (
    notes.issues.length > 0 ||
    fields === undefined ||
    training === undefined ||
    software === undefined ||
    reliability === undefined ||
    cost === undefined
  ) {
    return notes.issues
  }
  const layout = fields.parallelism ?? parallelismInput.parse({})
  const parallelism = resolveParallelism(notes, layout, pool.chips)
  const measured = (input.measured ?? []).map(({ stepSeconds, chips, globalBatch, parallelism: own }) => ({
    stepSeconds,
    chips,
    globalBatch: globalBatch ?? training.globalBatch,
    parallelism: resolveParallelism({ ...notes, assumptions: [] }, own, chips),
  }))
  return {
    name: input.name ?? `${model.name} on ${pool.chips} ${pool.system.chip.name}`,
    model,
    cluster,
    phases: [{ name: fields.name, training, parallelism }],
    roles,
    software,
    measured,
    override: {
      ...(override?.stepSeconds === undefined ? {} : { stepSeconds: override.stepSeconds }),
      ...(override?.mfu === undefined ? {} : { mfu: override.mfu }),
    },
    reliability,
    cost,
    assumptions: notes.assumptions,
    warnings: notes.warnings,
  }
}
