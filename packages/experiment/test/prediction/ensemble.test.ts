import { expect, test } from 'vitest'
import { halfLengths, intervalsOf } from '../../src/prediction/conformal.js'
import { train } from '../../src/train/train.js'
import { loadNetwork } from '../../src/assembly/loadNetwork.js'
import { encodeCheckpoint } from '@spikeward/train'

const small = { members: 3, key: 1, backend: 'cpu', baselines: 'none', steps: 40, trial: false } as const

test('intervals of an ensemble contain the rows, and are longer where its members learned nothing', async () => {
  const inputs = Array.from({ length: 400 }, (_, i) => [((i * 1.236) % 2) - 1, ((i * 1.51) % 2) - 1])
  const outputs = inputs.map(([a, b]) => [Math.sin(3 * a!) + b!])
  await using run = await train({
    ...{ data: { inputs, outputs, split: { validation: 0.2, test: 0.3 } }, ...small },
    ...{ estimator: 'bp', learningRate: 0.02, hidden: [32], time: 8, batch: 64, steps: 250 },
  })
  const { experiment, variables } = run
  const found = await intervalsOf(experiment, variables, 0.9)
  const at = (x: readonly number[]) => ({ kind: 'points' as const, x: Float64Array.from(x), axes: 2 })
  const halfAt = async (x: readonly number[]): Promise<number> =>
    halfLengths(found, 1, await experiment.deviation!(variables, at(x), null))[0]!
  const on = await experiment.data('test')
  const { prediction } = await experiment.measure(variables, 'test')
  const { x, y } = (on as Extract<typeof on, { kind: 'points' }>).points
  const halves = halfLengths(found, y.length, await experiment.deviation!(variables, at([...x]), null))
  expect(await halfAt([1.5, 1.5])).toBeGreaterThan((1.5 * halves.reduce((a, b) => a + b)) / halves.length)
  const covered = prediction.filter((v, i) => Math.abs(v - y[i]!) <= halves[i]!).length / y.length
  expect(covered).toBeGreaterThan(0.8)
})

test.each([
  ['an equation', { problem: 'heat-1d', options: {}, collocation: 20, hidden: [8] }],
  ['an operator', { problem: 'poisson-1d', sizes: [20, 6, 6], branch: [8], trunk: [8], features: 4, batch: 8 }],
] as const)('of %s too', async (_, settings) => {
  await using run = await train({ ...settings, ...small, steps: 3, time: 4, estimator: 'bp', readoutSolve: 0 })
  const { radii, floors } = await intervalsOf(run.experiment, run.variables, 0.5)
  expect([...radii, ...floors!].every((v) => v >= 0)).toBe(true)
  expect(floors!.some((v) => v > 0)).toBe(true)
  // The checkpoint alone rebuilds the ensemble.
  using loaded = await loadNetwork(encodeCheckpoint(run.snapshot))
  expect(loaded.network.name).toMatch(/^3 × /)
})
