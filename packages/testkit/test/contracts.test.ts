import {
  abs,
  add,
  cast,
  div,
  exp,
  full,
  greater,
  maximum,
  mean,
  mul,
  neg,
  square,
  stopGradient,
  sub,
  sum,
  treeMap,
  zeros,
  zerosLike,
  type Key,
  type NeuronModel,
  type Optimizer,
  type PointSet,
  type RegressionProblem,
  type Shape,
  type Spike,
  type Surrogate,
  type Tensor,
  type Tree,
} from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import {
  describeNeuron,
  describeOptimizer,
  describeProblem,
  describeSurrogate,
  failuresOf,
  neuronChecks,
  neuronUnderTest,
  optimizerChecks,
  optimizerUnderTest,
  problemChecks,
  surrogateChecks,
  type NeuronOptions,
  type OptimizerOptions,
} from '../src/index.js'

const messages = (failures: Map<string, unknown>): string[] =>
  [...failures].map(([name, e]) => `${name} | ${e instanceof Error ? e.message : String(e)}`)

type State = { u: Tensor }
type Params = { leak: Tensor }

/** A leaky neuron with a soft reset: u ← leak·u + x − s. */
const leaky: NeuronModel<Params, State> = {
  name: 'leaky',
  init: (_key: Key, n: number) => ({ leak: full([n], 0.8) }),
  rest: (shape: Shape) => ({ u: zeros(shape) }),
  step(p: Params, s: State, x: Tensor, spike: Spike) {
    const u = add(mul(s.u, p.leak), x)
    const output = spike(sub(u, 1))
    return { state: { u: sub(u, output) }, output }
  },
}

const readout: NeuronModel<Params, State> = {
  ...leaky,
  name: 'readout',
  step: (p, s, x) => {
    const u = add(mul(s.u, p.leak), x)
    return { state: { u }, output: u }
  },
}
const detached: NeuronModel<Params, State> = {
  ...leaky,
  name: 'detached',
  step: (p, s, x, spike) => {
    const u = add(mul(s.u, p.leak), x)
    const output = spike(sub(u, 1))
    return { state: { u: sub(u, stopGradient(output)) }, output }
  },
}

describeNeuron(() => leaky)
describeNeuron(() => readout, { spiking: false })
describeNeuron(() => detached, { gradients: 'stopped' })

describe('describeNeuron catches', () => {
  const failures = async (model: NeuronModel<Params, State>, options: NeuronOptions = {}): Promise<string[]> =>
    messages(
      await failuresOf(
        neuronChecks(),
        neuronUnderTest(() => model, options),
      ),
    )

  it('a derivative that is held back unannounced', async () =>
    expect(await failures(detached)).toEqual([
      expect.stringMatching(/derivative through time.*forward mode disagrees with differences/),
    ]))
  it('an output that is not a spike', async () =>
    expect(await failures(readout)).toEqual([
      expect.stringMatching(/outputs only 0 and 1 \| an output is/),
      expect.stringMatching(/estimators find its spikes .* \| there are units of no layer/),
    ]))
  it('a neuron that sees its neighbours', async () => {
    const found = await failures({
      ...leaky,
      step: (p, s, x, spike) => leaky.step(p, s, add(x, mul(mean(x, -1, { keepDims: true }), 0.3)), spike),
    })
    expect(found).toEqual(expect.arrayContaining([expect.stringMatching(/neurons do not influence each other/)]))
  })
  it('a state that changes its kind, a hidden state, a wrong shape at rest', async () => {
    expect(
      await failures({
        ...leaky,
        step: (p, s, x, spike) => {
          const r = leaky.step(p, s, x, spike)
          return { ...r, state: { u: r.state.u, t: r.state.u } as State }
        },
      }),
    ).toEqual(expect.arrayContaining([expect.stringMatching(/the state turned from/)]))
    let calls = 0
    expect(
      await failures({ ...leaky, step: (p, s, x, spike) => leaky.step(p, s, add(x, 1e-3 * calls++), spike) }),
    ).toEqual(expect.arrayContaining([expect.stringMatching(/is pure/)]))
    expect(await failures({ ...leaky, rest: () => ({ u: zeros([3]) }) })).toEqual(
      expect.arrayContaining([expect.stringMatching(/the state at rest is finite.*a leaf of shape \[3\]/)]),
    )
  })
  it('a model that computes in f32 for any input', async () =>
    expect(
      await failures({
        ...leaky,
        step: (p, s, x, spike) => {
          const r = leaky.step(p, s, x, spike)
          return { ...r, output: cast(r.output, 'f32') }
        },
      }),
    ).toEqual(expect.arrayContaining([expect.stringMatching(/the output is \* f32/)])))
})

const triangle: Surrogate = {
  name: 'triangle',
  slope: (u) => maximum(sub(1, abs(u)), 0),
  smoothness: 0,
  support: 'compact',
}
const boxcar: Surrogate = {
  name: 'boxcar',
  slope: (u) => mul(cast(greater(1, abs(u)), u.dtype), 0.5),
  smoothness: -1,
  support: 'compact',
}
const bell: Surrogate = { name: 'bell', slope: (u) => exp(neg(square(u))), smoothness: Infinity, support: 'full' }
/** exp(−|u|)(1 + |u|): its slope's first derivative is continuous, and so is the second; the third jumps. */
const smooth: Surrogate = {
  name: 'smooth',
  slope: (u) => mul(exp(neg(abs(u))), add(1, abs(u))),
  smoothness: 2,
  support: 'full',
}

for (const s of [triangle, boxcar, bell, smooth]) describeSurrogate(() => s)

describe('describeSurrogate catches', () => {
  const failures = async (make: () => Surrogate): Promise<string[]> =>
    messages(await failuresOf(surrogateChecks(), { make, options: {} }))

  it.each<[string, Surrogate, RegExp]>([
    [
      'a smoothness that it does not have',
      { ...triangle, smoothness: 1 },
      /smoothness is 1, but derivative 1 of the slope jumps/,
    ],
    [
      'a smoothness that it understates',
      { ...triangle, smoothness: -1 },
      /derivative 0 of the slope is continuous too/,
    ],
    ['a jump', { ...boxcar, smoothness: Infinity }, /derivative 0 of the slope jumps/],
    [
      'a support that is not compact',
      { ...bell, slope: (u) => div(1, add(1, square(u))), support: 'compact' },
      /support is compact, but slope/,
    ],
    [
      'a support that is not full',
      { ...boxcar, slope: (u) => boxcar.slope(mul(u, 4)), support: 'full' },
      /the slope is 0 within/,
    ],
    ['an overflow', { ...bell, slope: (u) => div(exp(u), square(add(1, exp(u)))) }, /the slope: value\[\d\] is NaN/],
    ['a scalar', { ...bell, slope: (u) => sum(u) }, /the slope is \* f32\[\]/],
  ])('%s', async (_, surrogate, message) =>
    expect(await failures(() => surrogate)).toEqual(expect.arrayContaining([expect.stringMatching(message)])),
  )
})

type Momentum = { velocity: Tree }

/** Heavy ball with velocity v ← 0.9 v + g and Δp = −0.02 v. */
const heavyBall: Optimizer<Momentum> = {
  name: 'heavyBall',
  init: (params) => ({ velocity: treeMap((t) => zerosLike(t), params) }),
  update<P extends Tree>(grad: P, state: Momentum) {
    const velocity = treeMap((v, g) => add(mul(v, 0.9), g), state.velocity as P, grad)
    return { updates: treeMap((v) => mul(v, -0.02), velocity), state: { velocity } }
  },
}

describeOptimizer(() => heavyBall)

describe('describeOptimizer catches', () => {
  const failures = async (change: Partial<Optimizer<Momentum>>, options: OptimizerOptions = {}): Promise<string[]> =>
    messages(
      await failuresOf(
        optimizerChecks(),
        optimizerUnderTest(() => ({ ...heavyBall, ...change }), options),
      ),
    )

  it('ascent, unless it need not descend', async () => {
    const update: Optimizer<Momentum>['update'] = (g, s, p) => {
      const r = heavyBall.update(g, s, p)
      return { ...r, updates: treeMap((u) => neg(u), r.updates) }
    }
    expect(await failures({ update })).toEqual([expect.stringMatching(/decreases a quadratic \| after 200 steps/)])
    expect(await failures({ update }, { decrease: null })).toEqual([])
  })
  it('0/0 on a zero gradient', async () => {
    const update: Optimizer<Momentum>['update'] = (g, s) => ({
      updates: treeMap((t) => mul(div(t, abs(t)), -0.02), g),
      state: s,
    })
    expect((await failures({ update }))[0]).toMatch(/stays finite.*after a gradient of order 0: .* is NaN/)
  })
  it('updates in another precision', async () => {
    const update: Optimizer<Momentum>['update'] = (g, s, p) => {
      const r = heavyBall.update(g, s, p)
      return { ...r, updates: treeMap((u) => cast(u, 'f32'), r.updates) }
    }
    expect((await failures({ update }))[0]).toMatch(/updates are/)
  })
})

const grid = (from: number, count: number): PointSet => {
  const x = Float64Array.from({ length: count }, (_, i) => from + i / 10)
  return { x, y: x.map((v) => v * v), count, grid: [count] }
}
const parabola = (more: Partial<RegressionProblem> = {}): RegressionProblem => ({
  kind: 'regression',
  name: 'parabola',
  inputs: 1,
  outputs: 1,
  domain: [[0, 1]],
  target: ([x]) => [x! * x!],
  points: (split) => grid({ train: 0, validation: 0.02, test: 0.05 }[split], 9),
  ...more,
})

describeProblem(() => parabola())

describe('describeProblem catches', () => {
  const failures = async (make: () => RegressionProblem): Promise<string[]> =>
    messages(await failuresOf(problemChecks(), make))

  it('test points that were trained on', async () =>
    expect(await failures(() => parabola({ points: () => grid(0, 9) }))).toEqual([
      expect.stringMatching(/disjoint \| the point 0 occurs in train and in validation/),
    ]))
  it('points outside the domain', async () =>
    expect(await failures(() => parabola({ domain: [[0, 0.5]] }))).toEqual([
      expect.stringMatching(/outside \[0, 0.5\]/),
    ]))
  it('a wrong target', async () =>
    expect(await failures(() => parabola({ target: ([x]) => [x!] }))).toEqual([
      expect.stringMatching(/the exact target/),
    ]))
  it('different points every time', async () => {
    let calls = 0
    expect(
      await failures(() =>
        parabola({
          points: (split) => grid({ train: 0, validation: 0.02, test: 0.05 }[split] + (1e-4 * calls++) / 100, 9),
        }),
      ),
    ).toEqual(expect.arrayContaining([expect.stringMatching(/has the same data when it is made again/)]))
  })
  it('a grid that does not hold its points', async () =>
    expect(
      await failures(() => parabola({ points: (split) => ({ ...parabola().points(split), grid: [2, 2] }) })),
    ).toEqual([expect.stringMatching(/a grid of 2 × 2 for 9 points/)]))
})
