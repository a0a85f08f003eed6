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

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    key: { type: 'string', default: '1' },
    set: { type: 'string', default: 'auto' },
    addon: { type: 'string' },
  },
})
const root = fileURLToPath(new URL('..', import.meta.url))
const addon =
  values.addon ??
  [`prebuilds/${process.platform}-${process.arch}/spikeward.node`, 'build/spikeward.node']
    .map((path) => root + path)
    .find((path) => existsSync(path))
if (addon === undefined) throw new Error('there is no addon: run scripts/build-native.mjs first')

/**
 * A plan of one kernel that computes y = x · x + x many times, encoded for interface version 7 of the addon
 * (src/encode.ts).
 */
function blob() {
  const [f32, load, add, mul] = [0, 1, 13, 15]
  const points = 4096
  const nodes = [[load, f32, 0]]
  for (let i = 0; i < 60; i++) nodes.push([i % 2 === 0 ? mul : add, f32, i, Math.floor(i / 2)])
  return Float64Array.from([
    ...[0x5350494b, 7, 1, 1, 0],
    ...[2, 0, 0, f32, points, 1, 0, f32, points],
    ...[-1, 1, 0],
    ...[1, 0, 0, 0, 1, 1, 0, 0],
    ...[0, 1, points, -1, 0, 1, f32, 0, 1],
    ...[nodes.length, 0, 1],
    ...nodes.flat(),
    ...[f32, 0, 1, nodes.length - 1, 1, 0],
  ])
}

const program = `
const { parentPort, workerData: { addon, blob, set } } = require('node:worker_threads')
const { NativeBackend } = require(addon)
parentPort.postMessage('begun')
for (;;) {
  const core = new NativeBackend(2, set)
  const buffers = Float64Array.from([core.allocate(4 * 4096), core.allocate(4 * 4096)])
  for (let i = 0; i < 5; i++) {
    const { id } = core.compile(blob)
    core.run(id, buffers)
    core.runAsync(id, buffers)
    try { core.compile(blob.subarray(0, 20 + i)) } catch (error) { if (error.code !== 'INVALID_PLAN') throw error }
    core.disposeExecutable(id)
  }
  core.dispose()
}
`

let state = Number(values.key) >>> 0
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32

const data = blob()
const count = Number(values.count)
let begun = 0
let ended = 0
async function one() {
  const worker = new Worker(program, { eval: true, workerData: { addon, blob: data, set: values.set } })
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
