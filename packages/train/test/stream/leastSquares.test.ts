import { expect, it } from 'vitest'
import { cpu } from '@spikeward/backend-cpu'
import {
  add,
  jit,
  key,
  matmul,
  mul,
  normal,
  reshape,
  scan,
  slice,
  solveSpd,
  sub,
  tensor,
  transpose,
} from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { type LeastSquaresState, recursiveLeastSquares } from '../../src/index.js'

const [SAMPLES, FEATURES, OUTPUTS] = [60, 5, 2]

it.each([1, 0.9])('is the ridge regression on all samples so far, with forgetting %d', async (forgetting) => {
  const backend = await cpu({ threads: 1 })
  const phi = normal(key(1, { backend }), [SAMPLES, FEATURES], { dtype: 'f64' })
  const y = normal(key(2, { backend }), [SAMPLES, OUTPUTS], { dtype: 'f64' })
  const readout = recursiveLeastSquares({ ridge: 0.3, forgetting })
  const run = jit((f: Tensor, t: Tensor) => {
    const start = readout.init(FEATURES, OUTPUTS)
    return scan(
      (s: LeastSquaresState, [a, b]: readonly [Tensor, Tensor]): [LeastSquaresState, Tensor] => [
        readout.update(s, a, b),
        readout.predict(s, a),
      ],
      start,
      [f, t] as const,
    )
  })
  const [{ weight }, predictions] = run(phi, y)
  const weights = tensor(
    Float64Array.from({ length: SAMPLES }, (_, i) => forgetting ** (SAMPLES - 1 - i)),
    { shape: [SAMPLES, 1], dtype: 'f64', backend },
  )
  const left = transpose(mul(phi, weights))
  const ridge = Float64Array.from({ length: FEATURES ** 2 }, (_, i) =>
    i % (FEATURES + 1) === 0 ? 0.3 * forgetting ** SAMPLES : 0,
  )
  const penalty = tensor(ridge, { shape: [FEATURES, FEATURES], dtype: 'f64', backend })
  const exact = await solveSpd(add(matmul(left, phi), penalty), matmul(left, y)).data()
  const found = await weight.data()
  exact.forEach((v, i) => expect(found[i]).toBeCloseTo(v, 9))
  // Each prediction is made before its sample: the first is 0.
  const first = await reshape(slice(predictions, [0, 0], [1, OUTPUTS]), [OUTPUTS]).data()
  expect(Array.from(first)).toEqual([0, 0])
  await backend[Symbol.asyncDispose]()
})

it('forgets over a long stream without a loss of accuracy', async () => {
  const [samples, features] = [6000, 8]
  await using backend = await cpu({ threads: 1 })
  const phi = normal(key(3, { backend }), [samples, features], { dtype: 'f64' })
  const noise = normal(key(5, { backend }), [samples, 1], { dtype: 'f64' })
  const y = add(matmul(phi, normal(key(4, { backend }), [features, 1], { dtype: 'f64' })), noise)
  const readout = recursiveLeastSquares({ forgetting: 0.99 })
  const run = jit((f: Tensor, t: Tensor) =>
    scan(
      (s: LeastSquaresState, [a, b]: readonly [Tensor, Tensor]): [LeastSquaresState, Tensor] => [
        readout.update(s, a, b),
        sub(readout.predict(s, a), b),
      ],
      readout.init(features, 1),
      [f, t] as const,
    ),
  )
  const errors = Array.from(await run(phi, y)[1].data(), Number).slice(-1000)
  // The noise, and what weights from about 100 samples add to it.
  expect(Math.sqrt(errors.reduce((s, e) => s + e * e, 0) / 1000)).toBeLessThan(1.1)
})

it.each([{ ridge: 0 }, { forgetting: 0 }, { forgetting: 1.1 }])('refuses %j', (options) => {
  expect(() => recursiveLeastSquares(options)).toThrow('INVALID_OPTION')
})

it('frees the intermediates of each sample outside a program', async () => {
  const backend = await cpu({ threads: 1 })
  const readout = recursiveLeastSquares()
  const row = (values: readonly number[]) => tensor(values, { dtype: 'f64', backend })
  const [x, y] = [row([1, -0.5, 2]), row([0.3])]
  let state = readout.update(readout.init(3, 1), x, y)
  const { liveBuffers } = backend.stats()
  for (let sample = 0; sample < 50; sample++) {
    const before = state
    state = readout.update(before, x, y)
    before.weight.dispose()
    before.inverse.dispose()
    readout.predict(state, x).dispose()
    expect(backend.stats().liveBuffers).toBe(liveBuffers)
  }
  await backend[Symbol.asyncDispose]()
})
