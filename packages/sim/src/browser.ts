/** Web workers for '@walltime/sim'. */
export { browserWorker, serveTrials, type TrialWorker, type WorkerLike, workerExecutor } from './worker-executor.ts'
