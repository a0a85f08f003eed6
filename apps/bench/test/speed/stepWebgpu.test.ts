import { UnavailableError } from '@spikeward/core'
import { webgpu } from '@spikeward/backend-webgpu'
import { describe, expect, test } from 'vitest'
import { openBackend } from '../../src/backends.js'
import { type StepSettings, standard } from '../../src/step/stepSettings.js'
import { checkAdapters, timeStep } from '../../src/step/timeStep.js'
import { makeWorkload } from '../../src/step/workload.js'
import { bench } from '../support/fakeIo.js'

/** The reason why there is no adapter here, or null. */
async function adapterMissing(): Promise<string | null> {
  try {
    await (await openBackend('webgpu', 1))[Symbol.asyncDispose]()
    return null
  } catch (error) {
    if (error instanceof UnavailableError) return error.message
    throw error
  }
}

const absent = await adapterMissing()
/** Two steps of time: the peers compile a shader for each operation of each step. */
const small: StepSettings = { ...standard, widths: [2, 9, 7, 1], time: 2, batch: 24 }
const here = { backend: 'webgpu', threads: 1, repeat: 1, compile: false } as const

describe('jax-js and TensorFlow.js on our adapter', () => {
  test.for<Partial<StepSettings>>([{ beta: 0.9 }, { estimator: 'bp' }])(
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

  test('an adapter other than ours is refused, and a peer without one is not checked', () => {
    const peer = (adapter: string | null) => [{ name: 'jax-js', adapter }]
    expect(() => checkAdapters(peer('nvidia hopper'), 'mesa software')).toThrow(
      /jax-js runs on another adapter.*it uses nvidia hopper, we use mesa software/,
    )
    expect(() => checkAdapters(peer('mesa software'), 'mesa software')).not.toThrow()
    expect(() => checkAdapters(peer(null), 'mesa software')).not.toThrow()
  })
})

describe('the dispatches of a step', () => {
  const deep: StepSettings = { ...standard, widths: [2, 32, 24, 1], batch: 16 }

  // The tests of backend-webgpu count the dispatches of other lengths and widths.
  test.for([16])('are at most 12 for two hidden layers by rfg over %i time steps', async (time, context) => {
    if (absent !== null) context.skip(absent)
    await using backend = await webgpu()
    const workload = await makeWorkload({ ...deep, time }, backend, false)
    expect(workload.dispatches).toBeGreaterThan(0)
    expect(workload.dispatches).toBeLessThanOrEqual(12)
    expect(await workload.step()).toBeGreaterThan(0)
    workload.dispose()
  })

  test('are printed and stored by the command', async (context) => {
    if (absent !== null) context.skip(absent)
    const line = '--backend webgpu --widths 2,9,7,1 --time 2 --batch 24 --repeat 1 --peers none --json'
    const { code, out, err } = await bench('step', ...line.split(' '))
    expect(code).toBe(0)
    const { dispatches } = JSON.parse(out) as { readonly dispatches: number }
    expect(err).toContain(`${dispatches} dispatches per step.`)
  })

  test('are not counted if the backend does not report them', async () => {
    const { result } = await timeStep(small, { ...here, backend: 'reference', peers: [] })
    expect(result).not.toHaveProperty('dispatches')
  })
})
