import {
  abs,
  add,
  affine,
  cast,
  customJvp,
  div,
  equal,
  greater,
  iota,
  isFloat,
  jit,
  jvp,
  key,
  mul,
  neuronsOf,
  reshape,
  scan,
  sigmoid,
  slice,
  square,
  stack,
  treeLeaves,
  vmap,
  type FloatDType,
  type NeuronModel,
  type Spike,
  type Tensor,
  type Tree,
} from '@spikeward/core'
import { describe } from 'vitest'
import { checkGradients } from '../checkGradients.js'
import { ensure, registerChecks, type Check } from '../check.js'
import { draw, ensureClose, ensureFinite, inDType, kindOf, numbersOf } from '../tensorValues.js'

/** Options of `describeNeuron`. */
export interface NeuronOptions {
  /** Shown in the report; default the model's own name. */
  readonly name?: string
  /**
   * Whether its output is a spike train of 0 and 1; default true. False for a readout that never fires, and for graded
   * or signed spikes.
   */
  readonly spiking?: boolean
  /**
   * Whether a neuron depends on its own input and state only; default true. False for a layer with recurrent weights:
   * its parameters may be matrices [n, n], and its scan is a loop, not one kernel.
   */
  readonly pointwise?: boolean
  /**
   * `exact` (default): with a smooth function in place of the spike, derivatives equal finite differences. `stopped`:
   * the model stops part of the gradient on purpose (a detached reset).
   */
  readonly gradients?: 'exact' | 'stopped'
  /** Factor of the input currents, which lie in [−2, 2); default 1. */
  readonly current?: number
  /** Time steps; default 9. */
  readonly time?: number
  /** Allowed difference from central differences, relative to 1 + |value|; default 1e-6. */
  readonly tolerance?: number
}

interface NeuronUnderTest {
  readonly make: () => NeuronModel
  readonly options: NeuronOptions
}

const NEURONS = 3
const BATCH = 2

const heaviside = (u: Tensor): Tensor => cast(greater(u, 0), u.dtype)

/** A step with the slope 1/(1 + (2u)²). */
const spike: Spike = customJvp(heaviside, ([u], [du]) => [heaviside(u!), div(du!, add(1, square(mul(u!, 2))))])

/** A smooth function in place of the step, so that finite differences approximate the derivative. */
const smooth: Spike = (u) => sigmoid(mul(u, 4))

function setUp({ make, options }: NeuronUnderTest, dtype: FloatDType) {
  const model = make()
  const { time = 9, current = 1 } = options
  const params = inDType(model.init(key(1), NEURONS), dtype)
  const state = inDType(model.rest([BATCH, NEURONS]), dtype)
  const currents = mul(draw([time, BATCH, NEURONS], dtype, 11), current)
  /** States and outputs through time, by scan. */
  const unroll = (p: Tree, s: Tree, xs: Tensor, fire: Spike): [Tree, Tensor] =>
    scan(
      (c: Tree, x: Tensor) => {
        const next = model.step(p, c, x, fire)
        return [next.state, next.output]
      },
      s,
      xs,
    )
  return { model, params, state, currents, unroll, time }
}

/** The currents of one time step. */
const timeSlice = (xs: Tensor, t: number): Tensor =>
  reshape(slice(xs, [t, 0, 0], [t + 1, BATCH, NEURONS]), [BATCH, NEURONS])

/** The checks of a neuron model, as data: `describeNeuron` registers them. */
export function neuronChecks(): Check<NeuronUnderTest>[] {
  const group = 'neuron'
  const spiking = ({ options }: NeuronUnderTest): boolean => options.spiking ?? true
  const pointwise = ({ options }: NeuronUnderTest): boolean => options.pointwise ?? true
  return [
    {
      group,
      name: 'parameters have shape [n] or are scalars (or matrices [n, n] if not pointwise), and the key determines them',
      async run(tested) {
        const { make } = tested
        const p = make().init(key(1), NEURONS)
        const axes = pointwise(tested) ? 1 : 2
        for (const t of treeLeaves(p))
          ensure(
            t.ndim <= axes && t.shape.every((n) => n === NEURONS),
            `a parameter has shape [${t.shape.join(', ')}] for ${NEURONS} neurons`,
          )
        await ensureClose('init', make().init(key(1), NEURONS), p, 0)
      },
    },
    {
      group,
      name: 'the state at rest is finite and has the shape of the neurons',
      async run({ make }) {
        for (const shape of [[BATCH, NEURONS], [NEURONS], [4, BATCH, NEURONS]]) {
          const state = make().rest(shape)
          for (const t of treeLeaves(state))
            ensure(
              !isFloat(t.dtype) || String(t.shape) === String(shape),
              `rest([${shape.join(', ')}]) has a leaf of shape [${t.shape.join(', ')}]`,
            )
          await ensureFinite('the state at rest', state)
        }
      },
    },
    {
      group,
      name: 'a step keeps the structure and types of the state and gives one output per neuron, in f32 and f64',
      async run(tested) {
        for (const dtype of ['f32', 'f64'] as const) {
          const { model, params, state, currents } = setUp(tested, dtype)
          const { state: next, output } = model.step(params, state, timeSlice(currents, 0), spike)
          ensure(kindOf(next) === kindOf(state), `the state turned from ${kindOf(state)} into ${kindOf(next)}`)
          ensure(
            kindOf(output) === kindOf(timeSlice(currents, 0)),
            `the output is ${kindOf(output)} for a current ${kindOf(timeSlice(currents, 0))}`,
          )
          await ensureFinite('state and output', [next, output])
        }
      },
    },
    {
      group,
      name: 'is pure: the same step twice gives the same result, and its arguments are unchanged',
      async run(tested) {
        const { model, params, state, currents } = setUp(tested, 'f64')
        const args: Tree[] = [params, state, timeSlice(currents, 0)]
        const before = await numbersOf(args)
        const step = (): Tree => {
          const { state: next, output } = model.step(params, state, args[2] as Tensor, spike)
          return [next, output]
        }
        await ensureClose('the second step', step(), step(), 0)
        ensure(String(before) === String(await numbersOf(args)), 'a step changed its arguments')
      },
    },
    {
      group,
      name: 'fires at some currents and not at others, and outputs only 0 and 1',
      skip: (s) => (spiking(s) ? null : 'it does not fire'),
      async run(tested) {
        const { params, state, currents, unroll } = setUp(tested, 'f64')
        const [values] = (await numbersOf(unroll(params, state, abs(currents), spike)[1])) as [number[]]
        ensure(
          values.every((v) => v === 0 || v === 1),
          () => `an output is ${values.find((v) => v !== 0 && v !== 1)}`,
        )
        ensure(values.includes(1), 'no neuron fires at any current; pass { current } to drive it harder')
        ensure(values.includes(0), 'every neuron fires at every step; pass { current } to drive it less')
      },
    },
    {
      group,
      name: 'estimators find its spikes and its membrane in the time loop of any network',
      skip: (s) => (spiking(s) ? null : 'it sends no spikes of 0 and 1'),
      async run(tested) {
        const { model, params, state, currents } = setUp(tested, 'f64')
        const layer = { weight: cast(equal(iota([NEURONS, NEURONS], 0), iota([NEURONS, NEURONS], 1)), 'f64') }
        /** Spikes and state after each step. */
        const network = (own: typeof layer, xs: Tensor): [Tensor, Tree] =>
          scan(
            (c: Tree, x: Tensor): [Tree, [Tensor, Tree]] => {
              const next = model.step(params, c, affine(own, x), spike)
              return [next.state, [next.output, next.state]]
            },
            state,
            abs(xs),
          )[1]
        const [output, states] = network(layer, currents)
        const units = neuronsOf(network)(layer, currents)
        ensure(Object.keys(units).join() === 'weight', `there are units of ${Object.keys(units).join() || 'no layer'}`)
        await ensureClose('spikes', units['weight']!.spikes, output, 0)
        if (!(states instanceof Object && 'membrane' in states)) return
        await ensureClose('membranes', units['weight']!.membranes, states['membrane'], 0)
      },
    },
    {
      group,
      name: 'neurons do not influence each other',
      skip: (s) => (pointwise(s) ? null : 'its neurons are connected'),
      async run(tested) {
        const { params, state, currents, unroll, time } = setUp(tested, 'f64')
        const bump = draw([time, BATCH, NEURONS], 'f64', 12)
        const only = mul(bump, cast(equal(iota(bump.shape, 2), 0), 'f64'))
        const [a, b] = [
          await numbersOf(unroll(params, state, currents, spike)),
          await numbersOf(unroll(params, state, add(currents, only), spike)),
        ]
        for (const [leaf, values] of a.entries()) {
          values.forEach((v, i) =>
            ensure(i % NEURONS === 0 || Object.is(v, b[leaf]![i]!), 'the current of neuron 0 changes another neuron'),
          )
        }
      },
    },
    {
      group,
      name: 'its derivative through time is right, with a smooth function in place of the spike',
      skip: ({ options }) => (options.gradients === 'stopped' ? 'it stops part of the gradient on purpose' : null),
      run(tested) {
        const { params, state, currents, unroll } = setUp(tested, 'f64')
        return checkGradients((p: Tree, s: Tree, xs: Tensor) => unroll(p, s, xs, smooth), [params, state, currents], {
          tolerance: tested.options.tolerance ?? 1e-6,
          entries: 30,
        })
      },
    },
    {
      group,
      name: 'forward and reverse mode agree through time, with a spike and its surrogate',
      run(tested) {
        const { params, state, currents, unroll } = setUp(tested, 'f64')
        return checkGradients((p: Tree, s: Tree, xs: Tensor) => unroll(p, s, xs, spike), [params, state, currents], {
          differences: false,
          directions: 3,
        })
      },
    },
    {
      group,
      name: 'scan under jit equals single steps without jit, in values and tangents',
      async run(tested) {
        const { model, params, state, currents, unroll, time } = setUp(tested, 'f64')
        const run = (xs: Tensor): [Tree, Tensor] => unroll(params, state, xs, spike)
        const direction = draw(currents.shape, 'f64', 13)
        const both = (xs: Tensor): Tree => jvp((y: Tensor) => run(y), [xs], [direction])
        const compiled = jit(both)
        await ensureClose('under jit', compiled(currents), both(currents), 1e-9)
        const { plan } = compiled.inspect(currents)
        ensure(
          !pointwise(tested) || plan.steps.every((s) => s.kind !== 'loop'),
          'the scan did not become one kernel: a step of the model is not pointwise in the neurons',
        )
        compiled.dispose()
        const outputs: Tensor[] = []
        let s: Tree = state
        for (let t = 0; t < time; t++) {
          const now = model.step(params, s, timeSlice(currents, t), spike)
          outputs.push(now.output)
          s = now.state
        }
        await ensureClose('step after step', [s, stack(outputs)], run(currents), 1e-12)
      },
    },
    {
      group,
      name: 'vmap over a batch equals the batch',
      async run(tested) {
        const { model, params, currents } = setUp(tested, 'f64')
        const x = timeSlice(currents, 1)
        const rest = inDType(model.rest([NEURONS]), 'f64')
        const one = (row: Tensor): Tree => {
          const { state, output } = model.step(params, rest, row, spike)
          return [state, output]
        }
        const { state, output } = model.step(params, inDType(model.rest([BATCH, NEURONS]), 'f64'), x, spike)
        await ensureClose('vmap', floats(vmap(one)(x)), floats([state, output]), 1e-12)
      },
    },
  ]
}

const floats = (tree: Tree): Tensor[] => treeLeaves(tree).filter((t) => isFloat(t.dtype))

/**
 * Tests a neuron model against its contract: shapes and types of parameters, state and output; purity; spikes of 0 and
 * 1; neurons that do not influence each other; the derivative through time against central differences with a smooth
 * function in place of the spike, and forward against reverse mode with a surrogate; one kernel under `jit`; `vmap`;
 * f32 and f64.
 *
 * @param factory makes the model with the options to be tested
 * @example
 * describeNeuron(() => leakyIntegrateAndFire({ beta: 0.9 }))
 */
export function describeNeuron<P extends Tree, S extends Tree>(
  factory: () => NeuronModel<P, S>,
  options: NeuronOptions = {},
): void {
  describe(`neuron ${options.name ?? factory().name}`, () => {
    registerChecks(neuronChecks(), neuronUnderTest(factory, options))
  })
}

/** A neuron model with its options, as `neuronChecks` tests it. */
export const neuronUnderTest = <P extends Tree, S extends Tree>(
  factory: () => NeuronModel<P, S>,
  options: NeuronOptions = {},
): NeuronUnderTest => ({ make: factory, options })
