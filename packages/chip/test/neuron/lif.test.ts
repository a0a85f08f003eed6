import { expect, test } from 'vitest'
import { array, assert, asyncProperty, integer, record } from 'fast-check'
import { cpu } from '@spikeward/backend-cpu'
import { tensor } from '@spikeward/core'
import { loihi1, runLif } from '@spikeward/chip'
import type { LifParameters } from '@spikeward/chip'

/** The equations for one neuron, in integers of arbitrary length. */
function byBigInt(p: LifParameters, activation: readonly number[]): number[][] {
  const U = 4096n
  const r = (x: bigint): bigint => (x < 0n ? -(-x / U) : x / U)
  const clip = (x: bigint): bigint => (x > 8388607n ? 8388607n : x < -8388607n ? -8388607n : x)
  let [u, v] = [0n, 0n]
  return activation.map((a) => {
    u = BigInt.asIntN(24, r(u * (U - BigInt(p.du) - 1n)) + (BigInt(a) << 6n))
    const charged = clip(r(v * (U - BigInt(p.dv))) + u + (BigInt(p.biasMant) << BigInt(p.biasExp)))
    const fires = charged > BigInt(p.vth) << 6n
    v = fires ? 0n : charged
    return [Number(u), Number(charged), Number(fires)]
  })
}

const parameters = record({
  du: integer({ min: 0, max: 4095 }),
  dv: integer({ min: 0, max: 4095 }),
  biasMant: integer({ min: -4096, max: 4095 }),
  biasExp: integer({ min: 0, max: 7 }),
  vth: integer({ min: 0, max: 131_071 }),
})

test('any parameters and inputs give the integers of the equations, overflow included', async () => {
  const backend = await cpu({ threads: 1 })
  const activation = array(integer({ min: -(2 ** 20), max: 2 ** 20 }), { minLength: 12, maxLength: 12 })
  await assert(
    asyncProperty(parameters, activation, async (p, a) => {
      const x = tensor(
        a.map((one) => [one]),
        { dtype: 'i32', backend },
      )
      const { current, membraneBeforeReset, spikes } = runLif(loihi1, p, x)
      const found = [await current.data(), await membraneBeforeReset.data(), await spikes.data()]
      expect(a.map((_, t) => found.map((row) => Number(row[t])))).toEqual(byBigInt(p, a))
    }),
    { numRuns: 200 },
  )
})
