/** Body of a thread: piscina calls the default export with one batch. */
export { runBatch as default } from './batch.ts'
