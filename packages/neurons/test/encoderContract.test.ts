/** The contract of encoders: every declared one has a row here. */
import { type Tensor, declaredIn, jit, jvp, key, ones, slice, tensor } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import * as neurons from '../src/index.js'
import type { Drive } from '../src/index.js'

type Row = {
  readonly encode: (x: Tensor) => Drive
  /** `spikes` of −1, 0 and 1, which carry no derivative, or values that are `smooth` in x. */
  readonly gives: 'spikes' | 'smooth'
  /** The shape at each step for x [4, 3]. */
  readonly shape: readonly number[]
  /** Whether x [4, 3] has its time along the first axis. Default false. */
  readonly inTime?: boolean
  /** Whether spikes are drawn from a key, so that a value has other ones at another place. Default false. */
  readonly isRandom?: boolean
}

const steps = 7

/** By the name of the declaration. */
const rows: Readonly<Record<string, Row>> = {
  constantCurrent: { encode: (x) => neurons.constantCurrent(x, { steps }), gives: 'smooth', shape: [4, 3] },
  rateEncoding: {
    encode: (x) => neurons.rateEncoding(key(3), x, { steps }),
    gives: 'spikes',
    shape: [4, 3],
    isRandom: true,
  },
  latencyEncoding: { encode: (x) => neurons.latencyEncoding(x, { steps }), gives: 'spikes', shape: [4, 3] },
  deltaEncoding: { encode: (x) => neurons.deltaEncoding(x), gives: 'spikes', shape: [3], inTime: true },
  triangularEncoding: { encode: (x) => neurons.triangularEncoding(x, { steps }), gives: 'spikes', shape: [4, 21] },
  gaussianReceptiveFields: {
    encode: (x) => ({ current: neurons.gaussianReceptiveFields(x, { units: 5 }), duration: { steps } }),
    gives: 'smooth',
    shape: [4, 15],
  },
  populationEncoding: {
    encode: (x) => neurons.populationEncoding(x, { units: 5, steps }),
    gives: 'smooth',
    shape: [4, 15],
  },
}

const x = tensor([0.1, 0.8, 0.35, 0.6, 0.05, 0.9, 0.45, 0.2, 1, 0, 0.75, 0.5], { shape: [4, 3], dtype: 'f64' })
const numbers = async (t: Tensor): Promise<number[]> => [...(await t.data())]

it.each(Object.keys(declaredIn(neurons, 'encoder')))('%s has a row', (name) => expect(rows).toHaveProperty(name))

describe.each(Object.entries(rows))('contract: %s', (_, { encode, gives, shape, inTime = false, isRandom = false }) => {
  const { current, duration } = encode(x)

  it('gives a current of its shape and of the precision of x, for its number of steps', async () => {
    const time = inTime ? 4 : steps
    expect(current.shape).toEqual(duration.steps === undefined ? [time, ...shape] : shape)
    expect(duration.steps ?? time).toBe(time)
    expect(current.dtype).toBe('f64')
    const found = await numbers(current)
    expect(found.every(Number.isFinite)).toBe(true)
    expect(new Set(found).size).toBeGreaterThan(1)
  })

  it('gives the same again, and under jit', async () => {
    expect(await numbers(encode(x).current)).toEqual(await numbers(current))
    const compiled = await numbers(jit((y: Tensor) => encode(y).current)(x))
    const found = await numbers(current)
    compiled.forEach((v, i) => expect(v).toBeCloseTo(found[i]!, 12))
  })

  if (!isRandom && !inTime)
    it('encodes each sample by itself', async () => {
      const alone = encode(slice(x, [0, 0], [1, 3])).current
      const at = current.ndim - 2
      const ends = current.shape.map((n, i) => (i === at ? 1 : n))
      const first = slice(
        current,
        ends.map(() => 0),
        ends,
      )
      expect(await numbers(alone)).toEqual(await numbers(first))
    })

  if (gives === 'spikes')
    it('gives spikes, without a derivative', async () => {
      expect((await numbers(current)).every((v) => [-1, 0, 1].includes(v))).toBe(true)
      const [, slope] = jvp((y: Tensor) => encode(y).current, [x], [ones([4, 3], 'f64')])
      expect((await numbers(slope)).every((v) => v === 0)).toBe(true)
    })

  if (gives === 'smooth')
    it('keeps the derivative of x', async () => {
      const along = (by: number) => numbers(encode(tensor(shifted(by), { shape: [4, 3], dtype: 'f64' })).current)
      const values = await numbers(x)
      const shifted = (by: number): number[] => values.map((v) => v + by)
      const [, slope] = jvp((y: Tensor) => encode(y).current, [x], [ones([4, 3], 'f64')])
      const [up, down, found] = [await along(1e-5), await along(-1e-5), await numbers(slope)]
      found.forEach((v, i) => expect(v).toBeCloseTo((up[i]! - down[i]!) / 2e-5, 6))
      expect(found.some((v) => v !== 0)).toBe(true)
    })
})
