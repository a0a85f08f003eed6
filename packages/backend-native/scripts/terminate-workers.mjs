/**
 * Ends worker threads at random moments while they compile, run and dispose with the native backend. The process must
 * survive.
 *
 *     node scripts/terminate-workers.mjs [--count 2000] [--key 1] [--set avx2]
 *
 * It prints one JSON object: the number of workers ended and how many of them had begun. A crash ends the process with
 * a signal.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { native } from '@spikeward/backend-native'
import { add, jit, mul, tensor, toBackend } from '@spikeward/core'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    key: { type: 'string', default: '1' },
    set: { type: 'string', default: 'auto' },
    addon: { type: 'string' },
  },
})
const root = fileURLToPath(new URL('..', import.meta.url))
const addon = values.addon ?? `${root}build/spikeward.node`
if (!existsSync(addon)) throw new Error('there is no addon: run scripts/build-native.mjs first')

process.env['SPIKEWARD_NATIVE'] = addon
const set = values.set === 'auto' ? {} : { instructionSet: values.set }
const points = 4096

/** The plan of yₖ₊₁ = yₖ · yₖ + x, as the package compiles it. */
async function planOf() {
  const backend = await native({ threads: 1, ...set })
  let found
  const watched = { ...backend, compile: (plan) => backend.compile((found = plan)) }
  const x = await toBackend(tensor(new Float32Array(points)), watched)
  await jit((v) => Array.from({ length: 30 }).reduce((y) => add(mul(y, y), v), v))(x).data()
  await backend[Symbol.asyncDispose]()
  return found
}

const program = `
const { parentPort, workerData: { entry, addon, plan, set, bytes } } = require('node:worker_threads')
const { NativeBackend } = require(addon)
import(entry).then(async ({ native }) => {
  parentPort.postMessage('begun')
  for (;;) {
    const backend = await native({ threads: 2, ...set })
    const [x, y] = [backend.allocate(bytes), backend.allocate(bytes)]
    const bare = new NativeBackend(1, 'auto')
    for (let i = 0; i < 5; i++) {
      const executable = backend.compile(plan)
      executable.run([x], [y])
      void executable.runAsync([x], [y])
      try { bare.compile(new Float64Array(20 + i)) } catch (error) { if (error.code !== 'INVALID_PLAN') throw error }
      executable.dispose()
    }
    bare.dispose()
    await backend[Symbol.asyncDispose]()
  }
})
`

let state = Number(values.key) >>> 0
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32

const workerData = {
  ...{ entry: import.meta.resolve('@spikeward/backend-native'), addon, set },
  ...{ plan: await planOf(), bytes: 4 * points },
}
const count = Number(values.count)
let begun = 0
let ended = 0
async function one() {
  const worker = new Worker(program, { eval: true, workerData })
  worker.on('error', (error) => {
    throw error
  })
  const start = new Promise((resolve) => worker.once('message', resolve))
  const delay = random() * 8
  if (random() < 0.9) {
    await start
    begun++
  }
  await new Promise((resolve) => setTimeout(resolve, delay))
  await worker.terminate()
  ended++
}
async function lane() {
  while (ended + running < count) {
    running++
    await one()
    running--
  }
}
let running = 0
await Promise.all([lane(), lane(), lane(), lane()])
console.log(JSON.stringify({ ended, begun }))
