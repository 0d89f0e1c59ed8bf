import { parentPort } from 'node:worker_threads'
import nodeEndpoint from 'comlink/dist/umd/node-adapter.js'
import type { TrialBatch } from './batch.ts'
import { maybeDie } from './dying.fixture.ts'
import { serveTrials } from './worker-executor.ts'

const port = parentPort
if (port === null) throw new Error('not a worker')
// Before comlink hears a batch, the fixture may die of it.
port.on('message', (message: { argumentList?: readonly { value: TrialBatch }[] }) => {
  const batch = message.argumentList?.[0]?.value
  if (batch !== undefined) maybeDie(batch)
})
serveTrials(nodeEndpoint(port))
