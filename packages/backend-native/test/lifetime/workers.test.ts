import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { loadAddon } from '../../src/addon.js'
import { networkPlan, numbers } from '../cases.js'
import { encoded, instructionSets, reason } from '../setup.js'

/** A worker that uses nothing but the addon, in plain JavaScript, since a worker has no loader for TypeScript. */
const program = `
const { parentPort, workerData: { path, blob, inputs, outputBytes } } = require('node:worker_threads')
const { NativeBackend } = require(path)
const core = new NativeBackend(2, 'auto')
const ins = inputs.map((x) => { const b = core.allocate(x.byteLength); core.write(b, x); return b })
const outs = outputBytes.map((bytes) => core.allocate(bytes))
const { id } = core.compile(blob)
for (let i = 0; i < 20; i++) core.run(id, Float64Array.from([...ins, ...outs]))
const result = new Float32Array(outputBytes[0] / 4)
core.read(outs[0], result)
parentPort.postMessage(result) // and ends without dispose: the environment takes its memory and threads with it
`

const plan = networkPlan(64, 9, 40, 6, 3)
const inputs = plan.slots.flatMap((slot, i) => (slot.kind === 'input' ? [numbers(slot.size, i + 1)] : []))
const outputBytes = plan.slots.flatMap((slot) => (slot.kind === 'output' ? [4 * slot.size] : []))

function inWorker(path: string, blob: Float64Array): Promise<Float32Array> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(program, { eval: true, workerData: { path, blob, inputs, outputBytes } })
    let result: Float32Array | null = null
    worker.on('message', (x: Float32Array) => (result = x))
    worker.on('error', reject)
    worker.on('exit', (code) =>
      result && code === 0 ? resolve(result) : reject(new Error(`the worker ended with ${code}`)),
    )
  })
}

test('several workers at once, each with its own backend, end without disposing of it', async (context) => {
  context.skip(instructionSets.length === 0, reason)
  const addon = loadAddon()
  const blob = encoded(plan)
  const results = await Promise.all([1, 2, 3].map(() => inWorker(addon.path, blob)))
  expect(results[0]!.some((x) => x !== 0)).toBe(true)
  expect(results[1]).toEqual(results[0])
  expect(results[2]).toEqual(results[0])
})
