import { expect, test } from 'vitest'
import { array, assert, asyncProperty, constantFrom, integer, property } from 'fast-check'
import { tensor } from '@spikeward/core'
import { denseActivation, holdWeight, loihi2, weightRange } from '@spikeward/chip'
import type { SignMode } from '@spikeward/chip'

const modes = constantFrom<SignMode[]>('mixed', 'excitatory', 'inhibitory')

test('a held weight is the next lower one that the bits allow, and holding it again keeps it', () => {
  assert(
    property(modes, integer({ min: 1, max: 8 }), integer({ min: -256, max: 255 }), (signMode, bits, weight) => {
      const format = { signMode, bits, exponent: 0 }
      const [low, high] = weightRange(loihi2, format)
      if (weight < low || weight > high) {
        expect(() => holdWeight(loihi2, format, weight)).toThrow('CHIP_RANGE')
        return
      }
      const held = holdWeight(loihi2, format, weight)
      const step = 2 ** (8 - bits + (signMode === 'mixed' ? 1 : 0))
      expect(held).toBeLessThanOrEqual(weight)
      expect(weight - held).toBeLessThan(step)
      expect(held / step).toBe(Math.round(held / step))
    }),
  )
})

test('binary and graded spikes give the exact sum, shifted', async () => {
  const n = 5
  const weights = array(integer({ min: -256, max: 254 }), { minLength: n * 3, maxLength: n * 3 })
  const payloads = array(integer({ min: 0, max: 2 ** 14 }), { minLength: n, maxLength: n })
  await assert(
    asyncProperty(
      weights,
      payloads,
      integer({ min: -8, max: 7 }),
      constantFrom(1, 2 ** 14),
      async (w, p, exponent, largest) => {
        const spikes = p.map((one) => Math.min(one, largest))
        const found = await denseActivation(
          loihi2,
          { signMode: 'mixed', bits: 8, exponent },
          tensor([spikes], { dtype: 'i32' }),
          tensor(w, { shape: [n, 3], dtype: 'i32' }),
          largest,
        ).data()
        const sums = [0, 1, 2].map((o) => spikes.reduce((sum, s, i) => sum + s * w[3 * i + o]!, 0))
        expect([...found]).toEqual(sums.map((sum) => (exponent >= 0 ? (sum * 2 ** exponent) | 0 : sum >> -exponent)))
      },
    ),
    { numRuns: 60 },
  )
})
