/**
 * One rank of an MPI job that runs the contract tests; rank 0 prints what all found. Its argument is a file of
 * arrivals.
 */
import { appendFileSync, statSync } from 'node:fs'
import { communicatorFailures } from '@spikeward/testkit'
import { mpi } from '../src/mpi.js'

const communicator = mpi({ timeoutSeconds: 60 })
const file = process.argv[2]!
const arrivals = { add: () => appendFileSync(file, '.'), count: () => statSync(file).size }
const text = JSON.stringify(await communicatorFailures(communicator, arrivals))
const bytes = new Uint8Array(1 << 14)
bytes.set(new TextEncoder().encode(text))
const all = await communicator.allgather(bytes)
if (communicator.rank === 0) {
  const found = all.map((b) => JSON.parse(new TextDecoder().decode(b.subarray(0, b.indexOf(0)))) as unknown)
  console.log(JSON.stringify(found))
}
await communicator.close()
