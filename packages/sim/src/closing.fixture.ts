/** A script that simulates on threads, closes them and has nothing more to do. */

import { MIXED } from './run.fixture.ts'
import { simulateRun } from './simulate-run.ts'
import { threadExecutor } from './thread-executor.ts'

const executor = threadExecutor({ threads: 2, worker: new URL(process.argv[2] ?? '') })
const { trials } = await simulateRun(MIXED, { trials: 20, executor })
await executor.close()
console.log(trials)
