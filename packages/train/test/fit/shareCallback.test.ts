import { type Backend, type DType, type ShareOut, full, inOrder, referenceBackend, tensor } from '@spikeward/core'
import { expect, it } from 'vitest'
import { shareCallback } from '../../src/fit/session.js'
import { fit } from '../../src/index.js'
import { type TestOptions, collect, lastOf, smallRun } from '../fixtures.js'

type Only = NonNullable<TestOptions['callbacks']>[number]

/** Sets the readout's bias to 1 in parts; in one piece to 32 or 64, the bits of the widest type that it receives. */
const callback = (shared: { readonly dtype?: 'f64' }): Only => {
  const withBias = (trained: Parameters<Only['run']>[0]['trained'], value: number): ReturnType<Only['run']> => {
    const { weight, bias } = trained.readout
    return { ...trained, readout: { weight, bias: full(bias.shape, value, bias.dtype) } }
  }
  return {
    every: 1,
    run: ({ trained }, _, precision) => withBias(trained, precision === 'f64' ? 64 : 32),
    shared: {
      ...shared,
      parts: 2,
      prepare: () => [],
      part: () => full([1], 1),
      merge: ([first]) => first!,
      finish: ({ trained }) => withBias(trained, 1),
    },
  }
}

/** The bias of the readout at the end of a run on a backend with these element types. */
async function biasOn(
  dtypes: readonly DType[],
  shared: { readonly dtype?: 'f64' },
  share = inOrder as ShareOut | null,
): Promise<number> {
  const whole = referenceBackend()
  const backend: Backend = { ...whole, capabilities: { ...whole.capabilities, dtypes } }
  const events = await collect(
    fit(smallRun({ steps: 1, backend, ...(share === null ? {} : { share }), callbacks: [callback(shared)] })),
  )
  const { tensors } = lastOf(events, 'end').snapshot
  return Number(tensors.get('trained.readout.bias')!.data[0])
}

it('a callback whose parts need a type that the backend lacks runs in one piece on every rank, and receives the widest', async () => {
  expect(await biasOn(['f32', 'f64', 'i32', 'u32', 'bool'], { dtype: 'f64' })).toBe(1)
  expect(await biasOn(['f32', 'i32', 'u32', 'bool'], { dtype: 'f64' })).toBe(32)
  expect(await biasOn(['f32', 'i32', 'u32', 'bool'], {})).toBe(1)
  expect(await biasOn(['f32', 'f64', 'i32', 'u32', 'bool'], {}, null)).toBe(64)
})

it('what a callback prepared is freed if its parts fail', async () => {
  const backend = referenceBackend()
  const { shared } = callback({})
  const failing = shareCallback(
    {
      ...shared!,
      prepare: () => [full([5], 1)],
      merge: () => {
        throw new Error('no sum')
      },
    },
    inOrder,
  )
  const given = { fixed: [], data: [] }
  const state = { trained: { bias: tensor([1], { backend }) } }
  const before = backend.stats().liveBuffers
  await expect(failing.run(state as never, given as never)).rejects.toThrow('no sum')
  failing.dispose()
  expect(backend.stats().liveBuffers).toBeLessThanOrEqual(before)
})
