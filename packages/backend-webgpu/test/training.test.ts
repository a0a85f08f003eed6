import { expect, test } from 'vitest'
import { jit, jvp, key, mean, reshape, slice, square, uniform, zeros, type Tensor } from '@spikeward/core'
import { cpu } from '@spikeward/backend-cpu'
import { region } from '@spikeward/problems'
import { rar, type Snapshot } from '@spikeward/train'
import { webgpu } from '../src/index.js'
import { adapterMissing } from './support/adapter.js'
import { eventsOf, firstAndLast, lossesOf, shortRun, tinyRun } from './support/training.js'

const absent = await adapterMissing()

test('training on the Mexican hat has the losses of the cpu backend for the same key', async (context) => {
  if (absent !== null) context.skip(absent)
  await using gpu = await webgpu()
  await using host = await cpu({ threads: 1 })
  const [found, expected] = [lossesOf(await eventsOf(shortRun(gpu))), lossesOf(await eventsOf(shortRun(host)))]
  expect(expected).toHaveLength(12)
  for (const [i, loss] of expected.entries()) expect(Math.abs(found[i]! - loss)).toBeLessThan(2e-3 * loss)
  expect(gpu.stats().liveBuffers).toBe(0)
})

test('rar finds the points that it finds on the cpu backend, in their order', async (context) => {
  if (absent !== null) context.skip(absent)
  await using gpu = await webgpu()
  await using host = await cpu({ threads: 1 })
  const [count, candidates] = [300, 4]
  const points = (first: Tensor): Tensor =>
    rar({ share: 1, candidates }).points!({
      axes: ['x', 't'],
      interior: region([
        [0, 1],
        [0, 1],
      ]),
      count,
      residuals: (x) => reshape(slice(x, [0, 0], [candidates * count, 1]), [candidates * count]),
      terms: () => first,
      trained: first,
      key: key(3),
    })
  const [found, expected] = await Promise.all(
    [gpu, host].map(async (backend) => {
      const f = jit(points, { backend })
      const values = await f(zeros([1])).data()
      f.dispose()
      return [...values]
    }),
  )
  expect(found).toEqual(expected)
  const x = expected!.filter((_, i) => i % 2 === 0)
  expect(x).toEqual(x.toSorted((a, b) => b - a))
})

test('600 steps neither allocate nor compile anything after the first', async (context) => {
  if (absent !== null) context.skip(absent)
  await using backend = await webgpu()
  const { first, last } = await firstAndLast(backend, 600)
  expect(last).toEqual(first)
})

test('a lost device gives an error with a code, and the run continues from its checkpoint on a new device', async (context) => {
  if (absent !== null) context.skip(absent)
  const run = { steps: 12, every: 4, checkpointEvery: 4 }
  const doomed = await webgpu()
  const expected = lossesOf(await eventsOf(tinyRun(doomed, run)))
  let resume: Snapshot | undefined
  await expect(
    eventsOf(tinyRun(doomed, run), (event) => {
      if (event.type !== 'checkpoint') return
      resume = event.snapshot
      if (event.step === 8) doomed.device.destroy()
    }),
  ).rejects.toMatchObject({ code: 'DEVICE_LOST' })
  expect(await doomed.lost).toMatchObject({ code: 'DEVICE_LOST' })
  expect(() => doomed.allocate(4)).toThrow(/DEVICE_LOST/)
  await doomed[Symbol.asyncDispose]()

  await using fresh = await webgpu()
  const rest = lossesOf(await eventsOf(tinyRun(fresh, { ...run, resume: resume! })))
  expect(resume!.step).toBe(8)
  expect(rest).toEqual(expected.slice(2))
})

test('a run is one command buffer, and reads nothing back', async (context) => {
  if (absent !== null) context.skip(absent)
  await using backend = await webgpu()
  const f = jit((x: Tensor) => jvp((v: Tensor) => mean(square(v)), [x], [x])[1])
  const x = uniform(key(0, { backend }), [300, 7])
  f(x).dispose()
  const queue = backend.device.queue
  const submit = queue.submit.bind(queue)
  const submitted: number[] = []
  queue.submit = (buffers) => {
    submitted.push([...buffers].length)
    return submit(buffers)
  }
  f(x).dispose()
  expect(submitted).toEqual([1])
})
