import { expect, test } from 'vitest'
import type { Plan } from '@spikeward/core/backend'
import { native, type Isa } from '../src/index.js'
import { numbers } from './cases.js'
import { isas } from './setup.js'

/** Spikes [m, k], or turned [k, m], times weights [k, n]. */
type Product = { readonly m: number; readonly n: number; readonly k: number; readonly turned: boolean }

const planOf = ({ m, n, k, turned }: Product, binary: boolean): Plan => {
  const whole = (slot: number) => ({ slot, offset: 0, advance: [] })
  return {
    slots: [
      { kind: 'input', index: 0, dtype: 'f32', size: m * k },
      { kind: 'input', index: 1, dtype: 'f32', size: k * n },
      { kind: 'output', index: 0, dtype: 'f32', size: m * n },
    ],
    inputs: 2,
    outputs: 1,
    donations: [null],
    workspace: 0,
    steps: [
      {
        kind: 'routine',
        routine: {
          ...{ kind: 'dot', dtype: 'f32', batch: 1, m, n, k, binary },
          a: { batch: 0, m: turned ? 1 : k, k: turned ? m : 1 },
          b: { batch: 0, k: n, n: 1 },
        },
        ins: [whole(0), whole(1)],
        outs: [whole(2)],
      },
    ],
  }
}

/** So many elements, each of which is 1 with a probability, or else 0. */
const spikesOf = (size: number, density: number, seed: number): Float32Array =>
  Float32Array.from(numbers(size, seed), (x) => (Math.abs(x * 1e4) % 1 < density ? 1 : 0))

async function multiply(isa: Isa, product: Product, spikes: Float32Array, binary = true, threads = 1) {
  await using backend = await native({ isa, threads })
  const { m, n, k } = product
  const weights = numbers(k * n, 3)
  const [a, b, c] = [spikes.length, weights.length, m * n].map((size) => backend.allocate(4 * size))
  backend.write(a!, spikes)
  backend.write(b!, weights)
  backend.compile(planOf(product, binary)).run([a!, b!], [c!])
  return Array.from(await backend.read(c!, 'f32', m * n))
}

const worst = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] ?? Number.NaN))), 0)

for (const isa of isas) {
  const rows = { n: 43, k: 50, turned: false }

  test(`${isa}: a row of spikes gives the same bits among few spikes as among many`, async () => {
    const few = spikesOf(37 * rows.k, 0.03, 1)
    const among = new Float32Array(160 * rows.k)
    among.set(few)
    among.set(spikesOf((160 - 37) * rows.k, 0.6, 2), 37 * rows.k)
    expect(few.some((x) => x !== 0)).toBe(true)
    const alone = await multiply(isa, { ...rows, m: 37 }, few)
    const inCompany = await multiply(isa, { ...rows, m: 160 }, among)
    expect(inCompany.slice(0, 37 * rows.n)).toEqual(alone)
  })

  test(`${isa}: spikes by look-up or one by one give what multiplication gives, but for rounding`, async () => {
    for (const density of [0, 0.05, 0.4, 1]) {
      const product = { ...rows, m: 211 }
      const spikes = spikesOf(product.m * product.k, density, 5)
      expect(worst(await multiply(isa, product, spikes), await multiply(isa, product, spikes, false))).toBeLessThan(
        1e-4,
      )
    }
  })

  test(`${isa}: so do long sums over rows of spikes, the same bits with any number of threads`, async () => {
    for (const [m, n] of [
      [37, 29],
      [144, 17],
      [8, 16],
    ] as const) {
      const product = { m, n, k: 3077, turned: true }
      const spikes = spikesOf(m * product.k, 0.3, 7)
      const found = await multiply(isa, product, spikes)
      expect(worst(found, await multiply(isa, product, spikes, false))).toBeLessThan(1e-3)
      expect(await multiply(isa, product, spikes, true, 3)).toEqual(found)
    }
  })
}

test.runIf(isas.length > 0)(
  'the peaks of a machine are measured, in numbers that a machine can have',
  async () => {
    await using backend = await native({ threads: 1 })
    const { flopsPerSecond, bytesPerSecond } = backend.measurePeaks({ seconds: 0.01 })
    expect(flopsPerSecond).toBeGreaterThan(1e8)
    expect(flopsPerSecond).toBeLessThan(1e13)
    expect(bytesPerSecond).toBeGreaterThan(1e7)
    expect(bytesPerSecond).toBeLessThan(1e13)
    expect(() => backend.measurePeaks({ seconds: 0 })).toThrow(/above 0/)
    // Filling arrays that no cache holds takes its time.
  },
  60_000,
)
