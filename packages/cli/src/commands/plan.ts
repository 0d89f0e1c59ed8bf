import { setImmediate } from 'node:timers/promises'
import { describePlan, type LayoutSearch, newPlan, planBinding, planFront, type SearchResult } from '@walltime/core'
import { EXIT, type ExitCode, worst } from '../exit-code.ts'
import { type Loaded, loadScenarios } from '../input/load-scenarios.ts'
import type { ScenarioOptions } from '../input/options.ts'
import { planReport } from '../plan/plan-report.ts'
import { type PlanOptions, type PlanRequest, readRequest } from '../plan/request.ts'
import { grouped } from '../report/format.ts'
import { onInterrupt } from '../terminal/interrupt.ts'
import { progressBar } from '../terminal/progress.ts'
import { standardOutput } from '../terminal/terminal.ts'
import { note, print, printJson } from '../terminal/write.ts'
import { UserError } from '../user-error.ts'

export interface PlanCommandOptions extends ScenarioOptions, PlanOptions {
  readonly explain?: true | undefined
  readonly front?: true | undefined
}

const TOP = 10

export async function planCommand(files: readonly string[], options: PlanCommandOptions): Promise<ExitCode> {
  const codes: ExitCode[] = []
  const loaded = await loadScenarios(files, options, true)
  const requests = loaded.map((one) => {
    refuseOverride(one)
    return { ...one, request: readRequest(one.scenario, options, options.top ?? TOP) }
  })
  const interrupt = onInterrupt()
  try {
    for (const [i, { file, scenario, data, request }] of requests.entries()) {
      const search = newPlan(scenario, request.choices, request.options)
      const complete = await runSearch(search, options.quiet === true, interrupt.signal)
      const { result } = search
      const plan = describePlan(scenario, result, hasLayout(data))
      const more = complete ? extras(scenario, request, result, options) : {}
      if (options.json === true) {
        printJson({ ...plan, objective: request.objective.text, complete, ...more })
      } else {
        const terminal = standardOutput(options.color)
        if (i > 0) print(['', ''])
        print(planReport({ scenario, plan, request, complete, more, explain: options.explain === true }, terminal))
      }
      codes.push(plan.candidates.length > 0 ? EXIT.done : EXIT.no)
      if (plan.candidates.length === 0) note(`${file}: no layout ${complete ? 'can be used' : 'was found yet'}`)
      if (!complete) {
        note(`interrupted: the best of ${grouped(plan.size)} layouts so far`)
        return EXIT.interrupted
      }
    }
  } finally {
    interrupt.release()
  }
  return worst(codes)
}

function refuseOverride({ file, scenario }: Loaded): void {
  if (Object.keys(scenario.override).length === 0) return
  const message = 'a scenario whose step is overridden cannot be planned: every layout would take the same'
  throw new UserError([{ code: 'plan.override', path: 'override', file, message }])
}

/** Whether the file has a layout of its own. */
function hasLayout(data: unknown): boolean {
  if (typeof data !== 'object' || data === null) return false
  const { parallelism, phases } = data as { readonly parallelism?: unknown; readonly phases?: unknown }
  return parallelism !== 'auto' && (parallelism !== undefined || phases !== undefined)
}

/** Runs a search with progress; false where `signal` cut it short. */
async function runSearch(search: LayoutSearch, quiet: boolean, signal: AbortSignal): Promise<boolean> {
  const progress = await progressBar('layouts', quiet)
  try {
    for (const { done, size } of search.run()) {
      progress.update(done, size)
      await setImmediate()
      if (signal.aborted) return done === size
    }
    return true
  } finally {
    progress.stop()
  }
}

/** What is asked for beside the candidates. */
export interface PlanExtras {
  readonly front?: ReturnType<typeof planFront>
  readonly binding?: ReturnType<typeof planBinding>
}

function extras(
  scenario: Loaded['scenario'],
  { choices, options }: PlanRequest,
  { found: [best] }: SearchResult,
  { front, explain }: PlanCommandOptions,
): PlanExtras {
  return {
    ...(front === true ? { front: planFront(scenario, choices, options) } : {}),
    ...(explain === true && best !== undefined ? { binding: planBinding(scenario, choices, options, best) } : {}),
  }
}
