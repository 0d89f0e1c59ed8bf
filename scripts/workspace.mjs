// The one way to install, build, test and run, on a bare machine with Node and npm alone.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PNPM = 'pnpm@10.34.9'
const MAIN_SCENARIO = 'scenarios/llama-3.1-405b-16k-h100.yaml'
const BUNDLED = ['--bundle', '--packages=external', '--platform=node', '--format=esm', '--log-level=warning']
const root = fileURLToPath(new URL('..', import.meta.url))
const [command = 'build', ...rest] = process.argv.slice(2)

const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 20) {
  console.error(`walltime needs Node 20 or later; this is Node ${process.versions.node}`)
  process.exit(1)
}

/** Runs a command in the workspace; ends this process with its exit code where it fails, unless `mayFail`. */
function run(file, args, { mayFail = false, env = {} } = {}) {
  const result = spawnSync(file, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
  if (result.error) {
    console.error(`${file} could not be started: ${result.error.message}`)
    process.exit(1)
  }
  const code = result.status ?? 1
  if (code !== 0 && !mayFail) process.exit(code)
  return code
}

const tool = (name) => `node_modules/.bin/${name}`

function sameLockFile() {
  const installed = 'node_modules/.pnpm/lock.yaml'
  const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
  return existsSync(new URL(`../${installed}`, import.meta.url)) && read(installed) === read('pnpm-lock.yaml')
}

function install() {
  if (sameLockFile()) return
  const flags = ['--config.confirmModulesPurge=false', '--frozen-lockfile', '--reporter=silent']
  run('npx', ['--yes', PNPM, ...flags, 'install'])
}

function build() {
  run(tool('tsc'), ['-b', 'packages/cli'])
  run('node', ['scripts/bundle-units.mjs'])
}

function test(config) {
  run(tool('tsc'), ['-b'])
  run(tool('tsc'), ['-p', 'tsconfig.tests.json'])
  run(tool('biome'), ['ci', '--error-on-warnings', '--colors=off', '.'])
  run(tool('knip'), [])
  return run(tool('vitest'), ['run', ...config, ...rest], { mayFail: true })
}

install()
switch (command) {
  case 'build':
    build()
    break
  case 'start':
    build()
    process.exit(
      run('node', ['packages/cli/bin/walltime.js', 'run', ...(rest.length > 0 ? rest : [MAIN_SCENARIO])], {
        mayFail: true,
      }),
    )
    break
  case 'test':
    build()
    process.exit(test(['--coverage']))
    break
  case 'test:long':
    build()
    process.exit(run(tool('vitest'), ['run', '--config', 'vitest.long.config.ts', ...rest], { mayFail: true }))
    break
  case 'bench':
    build()
    // Without a loader, whose threads detach buffers: every access to a column then asks whether its own is.
    run(tool('esbuild'), ['bench/bench.ts', ...BUNDLED, '--outfile=bench/dist/bench.mjs'])
    process.exit(run('node', ['bench/dist/bench.mjs', ...rest], { mayFail: true }))
    break
  case 'fit':
    process.exit(
      run('node', ['--conditions=@walltime/source', '--import', 'tsx', 'fit/src/main.ts', ...rest], { mayFail: true }),
    )
    break
  default:
    console.error(`unknown command ${command}`)
    process.exit(2)
}
