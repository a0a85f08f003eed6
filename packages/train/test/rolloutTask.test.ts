/**
 * Time-steppers: the loss of windows, its gradient through several steps, and how long rollouts follow trajectories.
 */
import { key, tensor, toCoords, treeLeaves } from '@spikeward/core'
import type { Estimator, OperatorNetwork, Tree, Variables } from '@spikeward/core'
import { bp, eligibility, rateBackpropagation, rfg } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { fourierOperator, timeStepper } from '@spikeward/operators'
import { grayScott, kuramotoSivashinsky, rolloutProblem } from '@spikeward/problems'
import { networkRollout, rolloutMeasures, rolloutTask } from '@spikeward/train'
import type { PredictFrames, RolloutTraining } from '@spikeward/train'
import { describe, expect, it } from 'vitest'

const problem = rolloutProblem(kuramotoSivashinsky({ train: 3, validation: 2, test: 4, points: 16, frames: 9 }))
const sizes = {
  grid: [16],
  ...{ channels: 4, modes: 3, layers: 2, projection: 6, dtype: 'f64' as const },
  output: { shift: [0.1], scale: [0.3] },
}
const units = { neuron: leakyIntegrateAndFire({ beta: 0.9 }), surrogate: atan(), time: 8 }
type Made = OperatorNetwork<Variables, Tree>
const dense: Made = timeStepper(fourierOperator(sizes))
const spiking: Made = timeStepper(fourierOperator({ ...sizes, units }))

const taskOf = (network: Made, training: Partial<RolloutTraining>) =>
  rolloutTask<Tree, Tree, Tree>({ network, problem, functions: 4, dtype: 'f64', ...training })

async function gradient(network: Made, e: Estimator, training: Partial<RolloutTraining>): Promise<number[]> {
  const task = await taskOf(network, training)
  const { trained, fixed } = network.init(key(2))
  const loss = Object.assign((p: Tree) => task.objective(p, fixed, task.data(), key(3)), {
    ...(task.parts === undefined ? {} : { parts: task.parts(fixed, task.data(), key(3)) }),
  })
  const { grad } = e.estimate(loss, trained, e.init(trained), { key: key(4) })
  return (await Promise.all(treeLeaves(grad).map(async (t) => [...(await t.data())]))).flat()
}

const cosine = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((s, x, i) => s + x * b[i]!, 0) / (Math.hypot(...a) * Math.hypot(...b))

describe('rolloutTask', () => {
  it('has the loss of k steps, which are all frames of the only window that fits', async () => {
    const one = rolloutProblem(kuramotoSivashinsky({ train: 1, validation: 1, test: 1, points: 16, frames: 4 }))
    const task = await rolloutTask<Tree, Tree, Tree>({
      network: dense,
      problem: one,
      functions: 2,
      unroll: 3,
      dtype: 'f64',
    })
    const variables = dense.init(key(1))
    const loss = await task.objective(variables.trained, variables.fixed, task.data(), key(0)).item()
    const { sensors, values } = await one.data('train')
    const { predict, dispose } = networkRollout(dense, variables, one)
    const found = await predict(sensors, 1)
    dispose()
    expect(loss).toBeCloseTo(found.reduce((sum, v, i) => sum + (v - values[i]!) ** 2, 0) / found.length, 10)
  })

  it.each([
    ['one step', {}],
    ['three steps', { unroll: 3 }],
    ['two steps after a push of two', { unroll: 2, pushForward: 2 }],
  ])('has the gradient of bp by rateBackpropagation through %s of spikes', async (_, training) => {
    const [found, truth] = [
      await gradient(spiking, rateBackpropagation(), training),
      await gradient(spiking, bp(), training),
    ]
    expect(cosine(found, truth)).toBeCloseTo(1, 10)
  })

  it('points along it by random directions, and by eligibility traces in one step', async () => {
    const three = { unroll: 3 }
    expect(
      cosine(await gradient(spiking, rfg({ directions: 400 }), three), await gradient(spiking, bp(), three)),
    ).toBeGreaterThan(0.5)
    const e = eligibility({ directions: 64 })
    expect(cosine(await gradient(spiking, e, {}), await gradient(spiking, bp(), {}))).toBeGreaterThan(0.3)
  })

  it('passes no gradient through pushed steps, and adds noise only where it is given', async () => {
    const [plain, pushed, noisy] = await Promise.all(
      [{ unroll: 2 }, { pushForward: 1 }, { unroll: 2, noise: 0.1 }].map((training) => gradient(dense, bp(), training)),
    )
    expect(cosine(plain!, pushed!)).toBeLessThan(0.9999)
    expect(cosine(plain!, noisy!)).toBeLessThan(0.99999)
    expect(await gradient(dense, bp(), { unroll: 2, noise: 0 })).toEqual(plain)
  })

  it.each([
    [{ unroll: 9 }, 'at most 8'],
    [{ unroll: 0 }, 'unroll'],
    [{ pushForward: 0.5 }, 'pushForward'],
    [{ noise: -1 }, 'noise'],
  ])('refuses %o', async (training, message) => {
    await expect(taskOf(dense, training)).rejects.toThrow(message)
  })
})

describe('rolloutMeasures', () => {
  const exact = async (scale: (k: number) => number): Promise<PredictFrames> => {
    const { values } = await problem.data('test')
    return () => Promise.resolve(values.map((v, i) => v * scale((i % 8) + 1)))
  }

  it('interpolates the step at which the error reaches 0.1, and keeps a correlation of 1 for a scaled field', async () => {
    const found = await rolloutMeasures(await exact((k) => 1 + 0.04 * k), problem, await problem.data('test'))
    found.errors.forEach((e, k) => expect(e).toBeCloseTo(0.04 * (k + 1), 10))
    expect(found.stepsToError).toBeCloseTo(2.5, 8)
    expect(found.correlations.every((rho) => Math.abs(rho - 1) < 1e-12)).toBe(true)
    expect([found.correlationTime, found.stable]).toEqual([8, 1])
  })

  it('finds the correlation time, and rollouts that grow', async () => {
    const found = await rolloutMeasures(await exact((k) => (k < 5 ? 1 : -3)), problem, await problem.data('test'))
    expect(found.correlationTime).toBeCloseTo(4.1, 8)
    expect(found.stepsToError).toBeCloseTo(4 + 0.1 / 4, 8)
    expect(found.stable).toBeLessThan(1)
  })

  it('is that of each channel, with null errors where fields are not finite', async () => {
    const two = rolloutProblem(grayScott({ train: 1, validation: 1, test: 2, points: 16, frames: 3 }))
    const data = await two.data('test')
    const found = await rolloutMeasures(
      () => Promise.resolve(data.values.map((v, i) => (i % 2 === 0 ? v : -v))),
      two,
      data,
    )
    expect(found.correlations[0]).toBeCloseTo(0, 10)
    const broken = await rolloutMeasures(() => Promise.resolve(data.values.map(() => NaN)), two, data)
    expect(broken.correlationTime).toBeCloseTo(10 * 0.2, 10)
    expect(broken).toMatchObject({
      errors: [null, null],
      relativeL2: null,
      stepsToError: 0,
      stable: 0,
    })
  })

  it('rolls out a network in batches as at once', async () => {
    const variables = dense.init(key(1))
    const { predict, dispose } = networkRollout(dense, variables, problem, { batch: 3 })
    const { sensors } = await problem.data('test')
    const whole = await predict(sensors, 4)
    const out = dense.apply(variables, tensor(sensors, { dtype: 'f64', shape: [4, 16] }), toCoords(problem.at, 'f64'))
    expect(Math.max(...[...(await out.data())].map((v, i) => Math.abs(v - whole[i]!)))).toBeLessThan(1e-9)
    dispose()
  })
})
