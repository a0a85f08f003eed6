import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadData } from '@spikeward/problems/node'
import { FINE, ownOperators } from '../../src/ownData/ownOperators.js'
import type { OwnOperatorName } from '../../src/ownData/ownOperators.js'
import { writeOwnData } from '../../src/ownData/writeOwnData.js'

/** An input function with its solution. */
const wave = (x: number): number => Math.cos(2 * Math.PI * x)
const integral = (x: number): number => Math.sin(2 * Math.PI * x) / (2 * Math.PI)
const pairs: Readonly<Record<OwnOperatorName, readonly [(x: number) => number, (x: number) => number]>> = {
  antiderivative: [wave, integral],
  heat: [wave, (x) => wave(x) * Math.exp(-0.01 * (2 * Math.PI) ** 2)],
  sine: [wave, (x) => Math.sin(4 * integral(x))],
  square: [wave, (x) => x / 2 + Math.sin(4 * Math.PI * x) / (8 * Math.PI)],
  exponential: [wave, (x) => Math.exp(wave(x))],
  pendulum: [(x) => 2 / 20 + Math.sin(x ** 2), (x) => x ** 2],
}

test.each(Object.keys(ownOperators) as OwnOperatorName[])('%s is solved', (name) => {
  const [f, u] = pairs[name]
  const n = 49 * FINE
  const found = ownOperators[name].solve(Float64Array.from({ length: n + 1 }, (_, i) => f(i / n)))
  expect(found).toHaveLength(50)
  found.forEach((value, i) => expect(Math.abs(value - u(i / 49))).toBeLessThan(2e-5))
})

test('the files are read as functions, and a key gives the same ones again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spikeward-own-data-'))
  const size = { functions: 20, points: 6, key: 3 }
  try {
    await writeOwnData(folder, ownOperators.exponential, size)
    const names = { inputs: 'f', outputs: `${folder}/u.npy#u`, coords: `${folder}/x.npy#x` }
    const { sizes, data } = await loadData(join(folder, 'f.npy'), { ...names, key: 0 })
    expect(sizes.train + sizes.validation + sizes.test).toBe(20)
    const { sensors, values } = await data('train')
    // In single precision.
    sensors.forEach((x, i) => expect(values[i]! / Math.exp(x)).toBeCloseTo(1, 5))
    const before = await readFile(join(folder, 'f.npy'))
    await writeOwnData(folder, ownOperators.exponential, size)
    expect(before.equals(await readFile(join(folder, 'f.npy')))).toBe(true)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
