import { Command, Option } from '@commander-js/extra-typings'
import type { ExitCode } from './exit-code.ts'
import { dateOption } from './input/date.ts'
import { shareOption } from './input/share.ts'
import { wholeNumberOption } from './input/whole-number.ts'
import { MAX_PLAN_CANDIDATES, MAX_SWEEP_POINTS, MAX_THREADS, MAX_TRIALS } from './limits.ts'

function append(value: string, list: readonly string[] = []): readonly string[] {
  return [...list, value]
}

/**
 * The command line. Each command's module is loaded when the command runs, so that `--help` answers at once.
 *
 * @param version printed by `--version`
 * @param finish is told the exit code
 */
export function createProgram(version: string, finish: (code: ExitCode) => void) {
  const program = new Command('walltime')
    .description('How long will the training run take, what will it cost, and how sure are we.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText(
      'after',
      `
Start with
  $ walltime init                          writes scenario.yaml
  $ walltime run scenario.yaml             step, memory, days, dollars
  $ walltime compare scenario.yaml --swap cluster.system=dgx-b200

Exit codes: 0 done, 1 computed and the answer is no (does not fit), 2 the input
is wrong, 3 interrupted (what was finished is kept), 70 a bug.`,
    )

  const command = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--json', 'one JSON document a scenario, one a line, and nothing else')
      .option('--quiet', 'no progress and no notes')
      .option('--no-color', 'no colour (as does the variable NO_COLOR)')

  const scenarioCommand = (name: string, description: string) =>
    command(name, description)
      .argument('[scenario...]', 'scenario files; "-" reads standard input')
      .option('--set <path=value>', 'replace a value of the scenario (repeatable)', append)
      .option('--profiles <file>', 'chips, systems, models … of your own (repeatable)', append)

  const trials = wholeNumberOption(1, MAX_TRIALS)
  const threads = wholeNumberOption(1, MAX_THREADS)
  const trialCommand = (name: string, description: string) =>
    scenarioCommand(name, description)
      .option('--trials <n>', 'runs to simulate (10,000 unless given)', trials)
      .option('--seed <text>', 'same seed, same numbers, on any number of threads')
      .option('--threads <n>', 'threads (as does the variable WALLTIME_THREADS)', threads)

  const runCommandOf = (name: string, description: string) =>
    trialCommand(name, description)
      .option(
        '--until-error <share>',
        'go on until P50 and P95 of time and cost are this precise, such as 1%',
        shareOption,
      )
      .option('--start <date>', 'when it begins, such as 2026-03-01: says when it ends', dateOption)

  runCommandOf('run', 'estimate, then simulate, then money: one report').action(async (files, options) => {
    const { runCommand } = await import('./commands/run.ts')
    finish(await runCommand(files, options))
  })
  scenarioCommand('estimate', 'step time, memory, traffic, utilisation')
    .option('--explain', 'list every assumption with its source, the traffic and the groups')
    .option('--trace <file>', 'write the schedule of one step, for ui.perfetto.dev')
    .action(async (files, options) => {
      const { estimateCommand } = await import('./commands/estimate.ts')
      finish(await estimateCommand(files, options))
    })
  runCommandOf('simulate', 'Monte Carlo of the run: days, dollars, goodput')
    .option('--timeline <file>', 'write one trial, as .csv or as .json for ui.perfetto.dev (repeatable)', append)
    .option('--trial <which>', 'the trial of a timeline: p5, p50 (unless given), p95 or a number (repeatable)', append)
    .option('--tune <path[=values]>', 'find the best value: checkpoint.interval, spares=0..40, … (repeatable)', append)
    .addOption(new Option('--by <what>', 'what --tune makes least').choices(['cost', 'time'] as const))
    .action(async (files, options) => {
      const { tune } = options
      if (tune !== undefined) {
        const { tuneCommand } = await import('./commands/tune.ts')
        finish(await tuneCommand(files, { ...options, tune }))
        return
      }
      const { simulateCommand } = await import('./commands/simulate.ts')
      finish(await simulateCommand(files, options))
    })
  trialCommand('sweep', 'many points over any scenario paths: one row a point')
    .option('--vary <path=values>', 'a,b,c or lo..hi+step or lo..hixfactor or lo..hilogN (repeatable: a grid)', append)
    .option('--zip', 'go through the values of all paths together')
    .option('--study <file>', 'a YAML file with vary, zip, sample, where, objective …')
    .option('--sample <how>', 'random, latin-hypercube or sobol points of the ranges')
    .option('--points <n>', 'points of the sample', wholeNumberOption(1, MAX_SWEEP_POINTS))
    .option('--with <what>', 'estimate (unless given) or simulate: distributions too')
    .option('--where <expr>', 'keep the points that meet it: "step.mfu > 0.4 and memory.peakBytes < 70 GB"')
    .option('--objective <expr>', 'what is best where it is lowest (MFU, throughput, goodput: highest)')
    .option('--out <file>', 'write .csv, .ndjson or .parquet')
    .option('--resume', 'go on behind the rows of a file that exists')
    .option('--save-plot <file>', 'draw the objective over one or two paths, .svg or .png')
    .action(async (files, options) => {
      const { sweepCommand } = await import('./commands/sweep.ts')
      finish(await sweepCommand(files, options))
    })
  trialCommand('compare', 'scenarios side by side, or one with swaps')
    .option('--swap <path=value,...>', 'a candidate: the first scenario with these values (repeatable)', append)
    .action(async (files, options) => {
      const { compareCommand } = await import('./commands/compare.ts')
      finish(await compareCommand(files, options))
    })
  scenarioCommand('plan', 'search the layouts that the software could run: best first, with why the others lose')
    .option('--top <n>', 'how many to show (10 unless given)', wholeNumberOption(1, MAX_PLAN_CANDIDATES))
    .option(
      '--objective <expr>',
      'time (unless given), cost, energy, or what is best where it is lowest (MFU: highest)',
    )
    .option('--where <expr>', 'keep the layouts that meet it: "memory.peakBytes < 70 GB" (repeatable)', append)
    .option('--choose <path=values>', 'only these values: parallelism.tp=1,2,4,8 (repeatable)', append)
    .option('--front', 'the fastest layouts in ever less memory too')
    .option('--explain', 'the first beside the next part by part, and what binds')
    .action(async (files, options) => {
      const { planCommand } = await import('./commands/plan.ts')
      finish(await planCommand(files, options))
    })
  trialCommand('size', 'the smallest or largest value of a number that meets a condition')
    .option('--find <path[=lo..hi]>', 'the number: cluster.chips, training.tokens, cost.price, …')
    .option('--until <expr>', 'the condition: "wallClockSeconds.p90 <= 90 days and costUsd.p95 <= 80e6"')
    .option('--smallest', 'the smallest value; which extreme is told by the ends of the range unless given')
    .option('--largest', 'the largest value')
    .addHelpText(
      'after',
      `
Example
  $ walltime size scenario.yaml --find cluster.chips --until "wallClockSeconds.p90 <= 90 days"

Each value is simulated 2,000 times, unless --trials says otherwise, with the same luck.
Exit codes: 0 found, 1 cannot be met (with the nearest miss).`,
    )
    .action(async (files, options) => {
      const { sizeCommand } = await import('./commands/size.ts')
      finish(await sizeCommand(files, options))
    })
  command('validate', 'hold the model against measured steps, or whole runs: score, baseline, worst rows')
    .argument('[file]', 'measured rows (or runs) as JSON; those that ship unless given, "-" is standard input')
    .option('--runs', 'chip-hours of whole published runs in the place of steps')
    .addOption(
      new Option(
        '--swaps',
        'the same training on two chips: ratios of tokens per chip, measured and predicted',
      ).conflicts('runs'),
    )
    .action(async (file, options) => {
      const { validateCommand } = await import('./commands/validate.ts')
      finish(await validateCommand(file, options))
    })
  command('show', 'list or print chips, links, fabrics, systems, prices, models, software, failures, scenarios')
    .argument('[what]', 'what to list')
    .argument('[id]', 'the one to print, with the source of every number')
    .option('--profiles <file>', 'chips, systems, models … of your own (repeatable)', append)
    .action(async (what, id, options) => {
      const { showCommand } = await import('./commands/show.ts')
      finish(await showCommand(what, id, options))
    })
  command('init', 'write a commented scenario to start from')
    .argument('[file]', 'where to; "-" is standard output', 'scenario.yaml')
    .option('--force', 'replace a file that exists')
    .action(async (file, options) => {
      const { initCommand } = await import('./commands/init.ts')
      finish(await initCommand(file, options))
    })
  command('schema', 'print the JSON Schema of a scenario file').action(async (options) => {
    const { schemaCommand } = await import('./commands/schema.ts')
    finish(await schemaCommand(options))
  })
  return program
}
