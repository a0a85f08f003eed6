import { afterAll, describe, expect, test } from 'vitest'
import { bp, rfg } from '@spikeward/estimators'
import { webgpu, type WebGpuOptions } from '../src/index.js'
import { adapterMissing } from './support/adapter.js'
import { bareDevice } from './support/bare.js'
import { taken } from './support/steps.js'

const absent = await adapterMissing()

const deep = { hidden: [128, 128], estimator: rfg() } as const

describe('a training step of 2-128-128-1', () => {
  const backend = absent === null ? webgpu() : null
  afterAll(async () => (await backend)?.[Symbol.asyncDispose]())

  // One direction and many, small and large batches, short and long times; in chunks, and all of time at once.
  test.for([
    [1, 256, 16, null],
    [1, 512, 64, null],
    [8, 16, 64, 64],
    [8, 64, 250, null],
  ] as const)(
    'is at most 12 dispatches: directions %i, batch %i, steps of time %i, chunk %s',
    async ([directions, batch, time, chunk], context) => {
      if (absent !== null) context.skip(absent)
      const size = { ...deep, batch, time, ...(chunk === null ? {} : { chunk }) }
      const { dispatches } = await taken({ ...size, estimator: rfg({ directions }) }, (await backend)!, 0)
      expect(dispatches).toBeLessThanOrEqual(12)
    },
  )

  test.for([1, 8])('takes memory that does not grow with time: directions %i', async (directions, context) => {
    if (absent !== null) context.skip(absent)
    const estimator = rfg({ directions })
    const peaks: number[] = []
    const workspaces: number[] = []
    for (const time of [64, 256]) {
      await using backend = await webgpu()
      workspaces.push((await taken({ ...deep, batch: 16, time, estimator }, backend, 0)).workspaceBytes)
      peaks.push(backend.stats().peakBytes)
    }
    expect(workspaces[1]).toBe(workspaces[0])
    expect(peaks[1]).toBe(peaks[0])
  })
})

/** Devices that run tile-fused groups in different ways: one subgroup in step, workgroups with barriers. */
const ways = {
  'as created': () => Promise.resolve({}),
  'without subgroups': async () => ({ device: await bareDevice() }),
} satisfies Record<string, () => Promise<WebGpuOptions>>

describe('losses with tile-fused chunks of time equal those of all time at once, bit for bit', () => {
  const small = { hidden: [64, 40], time: 16, estimator: rfg({ directions: 2 }) } as const

  // A group of rows and a chunk of time that are not full have code of their own. The test in a page has full ones
  // alone.
  test.for([
    ['as created', 101, 20],
    ['without subgroups', 96, 16],
  ] as const)('%s, %i rows, %i steps of time', async ([way, batch, time], context) => {
    if (absent !== null) context.skip(absent)
    await using backend = await webgpu(await ways[way]())
    const whole = await taken({ ...small, batch, time }, backend, 3)
    const cut = await taken({ ...small, batch, time, chunk: 8 }, backend, 3)
    expect(cut.isTiled).toBe(true)
    expect(whole.isTiled).toBe(false)
    expect(cut.dispatches).toBeLessThanOrEqual(12)
    expect(cut.losses).toEqual(whole.losses)
  })

  test('by back-propagation, whose reverse loop the host walks', async (context) => {
    if (absent !== null) context.skip(absent)
    await using backend = await webgpu()
    const step = { ...small, batch: 96, estimator: bp() }
    const whole = await taken(step, backend, 3)
    const cut = await taken({ ...step, chunk: 8 }, backend, 3)
    for (const [i, loss] of whole.losses.entries()) expect(cut.losses[i]).toBeCloseTo(loss, 5)
  })
})

test('three layers are fused as well', async (context) => {
  if (absent !== null) context.skip(absent)
  await using backend = await webgpu()
  const { isTiled, dispatches } = await taken({ ...deep, hidden: [128, 64, 128], batch: 256, time: 64 }, backend, 0)
  expect(isTiled).toBe(true)
  expect(dispatches).toBeLessThanOrEqual(12)
})
