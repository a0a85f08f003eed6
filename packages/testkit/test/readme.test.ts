import {
  type Estimator,
  type Key,
  type Loss,
  type NeuronModel,
  type Optimizer,
  type RegressionProblem,
  type Surrogate,
  type Tensor,
  type Tree,
  add,
  div,
  exp,
  full,
  jvp,
  matmul,
  mul,
  normal,
  referenceBackend,
  sub,
  tanh,
  tensor,
  treeFlatten,
  treeMap,
  treeUnflatten,
  zeros,
} from '@spikeward/core'
import {
  checkGradients,
  describeBackend,
  describeEstimator,
  describeNeuron,
  describeOptimizer,
  describeProblem,
  describeSurrogate,
} from '@spikeward/testkit'
import { it } from 'vitest'

// A gradient estimator of your own: the directional derivative along a Gaussian direction, times the direction.
const forwardGradient: Estimator<Record<string, never>> = {
  name: 'forwardGradient',
  needs: 'jvp',
  unbiased: true,
  init: () => ({}),
  estimate<P extends Tree>(loss: Loss<P>, params: P, state: Record<string, never>, { key }: { key: Key }) {
    const { leaves, structure } = treeFlatten(params)
    const keys = key.split(leaves.length)
    const direction = treeUnflatten(
      structure,
      leaves.map((t, i) => normal(keys[i]!, t.shape, { dtype: t.dtype as 'f32' | 'f64' })),
    ) as P
    const [value, slope] = jvp(loss, [params], [direction])
    return { value, grad: treeMap((v) => mul(v, slope), direction), state, stats: { forwardEquivalents: tensor(2) } }
  },
}
describeEstimator(() => forwardGradient)

// A neuron model and a surrogate.
const leaky: NeuronModel<{ leak: Tensor }, { u: Tensor }> = {
  name: 'leaky',
  init: (_key, n) => ({ leak: full([n], 0.8) }),
  rest: (shape) => ({ u: zeros(shape) }),
  step({ leak }, { u }, current, spike) {
    const charged = add(mul(u, leak), current)
    const output = spike(sub(charged, 1))
    return { state: { u: sub(charged, output) }, output }
  },
}
describeNeuron(() => leaky)

const bell: Surrogate = { name: 'bell', slope: (u) => exp(mul(mul(u, u), -1)), smoothness: Infinity, support: 'full' }
describeSurrogate(() => bell)

// An optimiser and a problem.
const descent: Optimizer<Record<string, never>> = {
  name: 'descent',
  init: () => ({}),
  update: (grad, state) => ({ updates: treeMap((g) => mul(g, -0.1), grad), state }),
}
describeOptimizer(() => descent)

const cubic: RegressionProblem = {
  kind: 'regression',
  name: 'cubic',
  inputs: 1,
  outputs: 1,
  domain: [[-1, 1]],
  target: ([x]) => [x! ** 3],
  points(split) {
    const shift = { train: 0, validation: 0.01, test: 0.02 }[split]
    const x = Float64Array.from({ length: 20 }, (_, i) => -1 + i / 10 + shift)
    return { x, y: x.map((v) => v ** 3), count: 20, grid: [20] }
  },
}
describeProblem(() => cubic)

// A backend: against the reference, 10 random cases of each kind.
describeBackend('mine', async () => referenceBackend(), { runs: 10 })

// The derivatives of any function of trees.
it('differentiates a layer', () =>
  checkGradients(
    (p: { w: Tensor }, x: Tensor) => tanh(div(matmul(x, p.w), 2)),
    [
      {
        w: tensor([
          [1, 2],
          [3, 4],
        ]),
      },
      tensor([[0.1, 0.2]]),
    ],
  ))
