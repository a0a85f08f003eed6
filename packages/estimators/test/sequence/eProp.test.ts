import { key, treeLeaves, treePaths } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { bp, eProp } from '../../src/index.js'
import { sequenceLoss } from './sequenceLoss.js'

type Options = Parameters<typeof eProp>[0]

/**
 * The largest difference from back-propagation through time, by parameter, relative to the largest entry of its
 * gradient.
 */
async function differences(
  recurrence: 'none' | 'diagonal' | 'full',
  options: Options,
): Promise<Record<string, number>> {
  const { loss, params } = sequenceLoss(recurrence)
  const e = eProp(options)
  const mine = treeLeaves(e.estimate(loss, params, e.init(params), { key: key(0) }).grad)
  const truth = treeLeaves(bp().estimate(loss, params, {}, { key: key(0) }).grad)
  const pairs = await Promise.all(
    treePaths(params).map(async (path, i) => {
      const [a, b] = [await mine[i]!.data(), await truth[i]!.data()]
      const largest = Math.max(...Array.from(b, Math.abs))
      return [path, Math.max(...Array.from(a, (v, j) => Math.abs(Number(v) - Number(b[j])))) / largest] as const
    }),
  )
  return Object.fromEntries(pairs)
}

describe('eProp', () => {
  it('gives the gradient of bp where no recurrent weight acts, also for the recurrent weights', async () => {
    for (const one of Object.values(await differences('none', {}))) expect(one).toBeLessThan(1e-12)
  })

  it('gives the gradient of bp where neurons act on themselves alone, if traces follow the diagonal', async () => {
    for (const one of Object.values(await differences('diagonal', { recurrence: 'diagonal' }))) {
      expect(one).toBeLessThan(1e-12)
    }
    const without = await differences('diagonal', { recurrence: 'none' })
    expect(without['input.weight']).toBeGreaterThan(1e-3)
  })

  it('has an exact readout and a biased layer where neurons act on each other', async () => {
    for (const recurrence of ['none', 'diagonal'] as const) {
      const found = await differences('full', { recurrence })
      expect(found['readout.weight']).toBeLessThan(1e-12)
      expect(found['readout.bias']).toBeLessThan(1e-12)
      expect(found['recurrent']).toBeGreaterThan(1e-3)
      expect(found['leak']).toBeGreaterThan(1e-3)
    }
  })

  it('sends the error by feedback that takes the place of the readout', async () => {
    const random = await differences('none', { transport: 'random' })
    expect(random['readout.weight']).toBeLessThan(1e-12)
    expect(random['input.weight']).toBeGreaterThan(1e-2)
    const mirrored = await differences('none', { transport: 'weightMirror', alignment: 1 })
    expect(mirrored['input.weight']).toBeLessThan(1e-12)
  })

  it('refuses a loss that is not over time', () => {
    const { loss, params } = sequenceLoss('none')
    const e = eProp()
    expect(() => e.estimate((p) => loss(p), params, e.init(params), { key: key(0) })).toThrow(
      expect.objectContaining({ code: 'LOSS_WITHOUT_SEQUENCE' }),
    )
  })
})
