/** A worker process that a test kills: `node stubWorker.js URL LEDGER LOCK_MS`. */
import { appendFileSync } from 'node:fs'
import { startWorker } from '../../src/index.js'
import { connectMs } from './limits.js'
import { stubTrials, watchPauses } from './stub.js'

const [url = '', ledger = '', lockMs = ''] = process.argv.slice(2)
watchPauses(ledger, Number(lockMs))
await startWorker(
  { url },
  { execute: stubTrials(ledger, String(process.pid)), atOnce: 2, lockMs: Number(lockMs), connectMs },
)
appendFileSync(ledger, `ready - ${process.pid}\n`)
