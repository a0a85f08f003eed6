import { expect, test } from 'vitest'
import { native, type InstructionSet } from '../../src/index.js'
import { numbers } from '../cases.js'
import { instructionSets, reason } from '../setup.js'
import { productPlan, type Product } from './productPlan.js'

/** This number of elements, each 1 with a probability and 0 otherwise. */
const spikesOf = (size: number, density: number, seed: number): Float32Array =>
  numbers(size, seed).map((x) => (Math.abs(x * 1e4) % 1 < density ? 1 : 0))

/** Variations from a look-up product of these weights on one thread. */
type Otherwise = { readonly binary?: boolean; readonly threads?: number; readonly weights?: Float32Array }

async function multiply(
  instructionSet: InstructionSet,
  product: Product,
  spikes: Float32Array,
  otherwise: Otherwise = {},
) {
  const { m, n, k, batch = 1 } = product
  const { binary = true, threads = 1, weights = numbers(k * n, 3) } = otherwise
  await using backend = await native({ instructionSet, threads })
  const [a, b, c] = [spikes.length, weights.length, batch * m * n].map((size) => backend.allocate(4 * size))
  backend.write(a!, spikes)
  backend.write(b!, weights)
  backend.compile(productPlan(product, 'f32', binary)).run([a!, b!], [c!])
  return Float32Array.from(await backend.read(c!, 'f32', batch * m * n))
}

const worst = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] ?? Number.NaN))), 0)

const bytesOf = (x: Float32Array): Buffer => Buffer.from(x.buffer, x.byteOffset, x.byteLength)

for (const instructionSet of instructionSets) {
  const rows = { n: 43, k: 50, turned: false }

  test(`${instructionSet}: a row of spikes gives the same bits in a sparse block as in a dense one`, async () => {
    const few = spikesOf(37 * rows.k, 0.03, 1)
    const among = new Float32Array(160 * rows.k)
    among.set(few)
    among.set(spikesOf((160 - 37) * rows.k, 0.6, 2), 37 * rows.k)
    expect(few.some((x) => x !== 0)).toBe(true)
    const alone = await multiply(instructionSet, { ...rows, m: 37 }, few)
    const inCompany = await multiply(instructionSet, { ...rows, m: 160 }, among)
    expect(inCompany.slice(0, 37 * rows.n)).toEqual(alone)
  })

  test(`${instructionSet}: look-up and addition one by one agree with multiplication up to rounding`, async () => {
    // Weights of the third are too many for stored tables, and so are the inputs of the last.
    for (const product of [
      { ...rows, m: 211 },
      { m: 133, n: 33, k: 1024, turned: false },
      { m: 133, n: 300, k: 450, turned: false },
      { m: 130, n: 20, k: 1100, turned: false },
    ]) {
      for (const density of [0, 0.05, 0.4, 1]) {
        const spikes = spikesOf(product.m * product.k, density, 5)
        const found = await multiply(instructionSet, product, spikes)
        expect(worst(found, await multiply(instructionSet, product, spikes, { binary: false }))).toBeLessThan(2e-4)
        expect(await multiply(instructionSet, product, spikes, { threads: 3 })).toEqual(found)
      }
    }
  })

  test(`${instructionSet}: a result larger than the caches has the bits of its parts`, async () => {
    const [parts, m, n, k] = [4, 2350, 112, 70]
    const spikes = spikesOf(parts * m * k, 0.3, 23)
    const whole = await multiply(instructionSet, { m: parts * m, n, k, turned: false }, spikes, { threads: 2 })
    for (let p = 0; p < parts; p++) {
      const part = await multiply(instructionSet, { m, n, k, turned: false }, spikes.slice(p * m * k, (p + 1) * m * k))
      expect(bytesOf(part).equals(bytesOf(whole.subarray(p * m * n, (p + 1) * m * n)))).toBe(true)
    }
  })

  test(`${instructionSet}: long sums over rows of spikes agree too, with the same bits for any number of threads`, async () => {
    // At 3077 the sum has three parts; two parts have the same sum in either order.
    for (const [m, n, k] of [
      [37, 29, 3077],
      [144, 17, 2077],
      [8, 16, 3077],
      // The result has more elements than that of dense rows may have.
      [270, 250, 2100],
    ] as const) {
      const product = { m, n, k, turned: true }
      const spikes = spikesOf(m * product.k, 0.3, 7)
      const found = await multiply(instructionSet, product, spikes)
      expect(worst(found, await multiply(instructionSet, product, spikes, { binary: false }))).toBeLessThan(1e-3)
      expect(await multiply(instructionSet, product, spikes, { threads: 3 })).toEqual(found)
    }
  })

  test(`${instructionSet}: weights of −1 and 1 give exact whole numbers, and any other weight changes only its own sums`, async () => {
    for (const [m, n, k] of [
      [1, 128, 128],
      [211, 43, 50],
      [163, 16, 16],
      [37, 77, 300],
    ] as const) {
      const product = { m, n, k, turned: false }
      const weights = Float32Array.from(numbers(k * n, 11), (x) => (x < 0 ? -1 : 1))
      for (const density of [0.05, 0.4]) {
        const spikes = spikesOf(m * k, density, 5)
        const exact = await multiply(instructionSet, product, spikes, { weights, binary: false })
        expect(exact.every(Number.isInteger)).toBe(true)
        expect(new Set(exact).size).toBeGreaterThan(1)
        expect(await multiply(instructionSet, product, spikes, { weights })).toEqual(exact)

        const other = weights.with(n + 1, 0.5)
        const column = exact.map((x, i) =>
          i % n === 1 ? x + (spikes[((i - 1) / n) * k + 1] ?? 0) * (0.5 - weights[n + 1]!) : x,
        )
        expect(await multiply(instructionSet, product, spikes, { weights: other })).toEqual(column)
      }
    }
  })

  test(`${instructionSet}: each matrix of a batch is multiplied by the method that suits it`, async () => {
    const [m, n, k, batch] = [70, 40, 60, 3]
    const spikes = spikesOf(m * k, 0.4, 13)
    const weights = Float32Array.from(numbers(batch * k * n, 17), (x, i) =>
      Math.floor(i / (k * n)) === 1 ? x : Math.sign(x),
    )
    const all = await multiply(instructionSet, { m, n, k, batch, turned: false }, spikes, { weights })
    for (let b = 0; b < batch; b++) {
      const one = weights.slice(b * k * n, (b + 1) * k * n)
      const alone = await multiply(instructionSet, { m, n, k, turned: false }, spikes, { weights: one })
      expect(all.slice(b * m * n, (b + 1) * m * n)).toEqual(alone)
    }
  })
}

// Not registered where the processor lacks it: the reporter counts the tests of an absent set by their names.
if (instructionSets.includes('avx512')) {
  test('avx512: look-up in registers adds in the order of look-up in memory (AVX2): the same bits', async () => {
    for (const [m, n, k, turned] of [
      [211, 43, 50, false],
      [70, 200, 128, false],
      [65, 64, 17, false],
      [163, 77, 300, false],
      [259, 33, 68, false],
      [133, 300, 450, false],
      [270, 250, 2100, true],
      [37, 29, 3077, true],
      [144, 130, 2300, true],
    ] as const) {
      for (const density of [0.04, 0.4]) {
        const product = { m, n, k, turned }
        const spikes = spikesOf(m * k, density, 19)
        expect(await multiply('avx2', product, spikes)).toEqual(await multiply('avx512', product, spikes))
      }
    }
  })
}

test('the peaks of the machine are measured', async (context) => {
  context.skip(instructionSets.length === 0, reason)
  await using backend = await native({ threads: 1 })
  const { flopsPerSecond, bytesPerSecond } = backend.measurePeaks({ seconds: 0.01 })
  // Finite and above 0 on any machine, however busy.
  for (const rate of [flopsPerSecond, bytesPerSecond]) {
    expect(rate).toBeGreaterThan(0)
    expect(rate).toBeLessThan(Infinity)
  }
  expect(() => backend.measurePeaks({ seconds: 0 })).toThrow(/above 0/)
  // Filling arrays larger than any cache takes a while.
}, 60_000)
