import { SpikewardError } from '@spikeward/core'
import { describe, expect, test, vi } from 'vitest'
import { openBackend } from '../src/backends.js'
import { standard } from '../src/settings.js'
import type { StepSettings } from '../src/settings.js'
import { checkAdapters, timeStep } from '../src/step/timeStep.js'

/** Why there is no adapter here; null where there is one. */
async function adapterMissing(): Promise<string | null> {
  try {
    await (await openBackend('webgpu', 1))[Symbol.asyncDispose]()
    return null
  } catch (error) {
    if (error instanceof SpikewardError && ['NO_ADAPTER', 'WEBGPU_UNAVAILABLE'].includes(error.code))
      return error.message
    throw error
  }
}

// Peers start, and compile shaders on a machine that may have no GPU.
vi.setConfig({ testTimeout: 300_000 })

const absent = await adapterMissing()
const small: StepSettings = { ...standard, widths: [2, 9, 7, 1], time: 4, batch: 24 }
const here = { backend: 'webgpu', threads: 1, repeat: 1, compile: false } as const

describe('jax-js and TensorFlow.js on our adapter', () => {
  test.for<Partial<StepSettings>>([{ directions: 3, beta: 0.9 }, { estimator: 'bp' }])(
    'take the same step: %o',
    async (change, context) => {
      if (absent !== null) context.skip(absent)
      const { result } = await timeStep({ ...small, ...change }, { ...here, peers: ['jax-js', 'tfjs'] })
      expect(result.device).not.toBe('')
      expect(new Set(result.peers.map((p) => p.name))).toEqual(new Set(['jax-js', 'tfjs']))
      for (const peer of result.peers)
        expect(peer).toMatchObject({ adapter: result.device, ratio: expect.any(Number) as number })
    },
  )

  test('another adapter than ours is refused, and what is on none is not asked', () => {
    const peer = (adapter: string | null) => [{ name: 'jax-js', adapter }]
    expect(() => checkAdapters(peer('nvidia hopper'), 'mesa software')).toThrow(
      /jax-js runs on another adapter.*on nvidia hopper, we on mesa software/,
    )
    expect(() => checkAdapters(peer('mesa software'), 'mesa software')).not.toThrow()
    expect(() => checkAdapters(peer(null), 'mesa software')).not.toThrow()
  })
})
