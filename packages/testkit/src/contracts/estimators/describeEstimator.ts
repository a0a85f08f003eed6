import {
  concatenate,
  jit,
  key,
  referenceBackend,
  tensor,
  toBackend,
  treeLeaves,
  type Backend,
  type Estimate,
  type Estimator,
  type FloatDType,
  type Key,
  type Loss,
  type Tree,
} from '@spikeward/core'
import { describe } from 'vitest'
import { CheckFailure, ensure, registerChecks, type Check } from '../../check.js'
import { ensureClose, ensureFinite, kindOf, numbersOf } from '../../tensorValues.js'
import { worstBias, type WorstBias } from './bias.js'
import { smoothLoss, type SmoothParams, spikingLoss, type SpikingParams } from './spikingLoss.js'

/** A loss and the parameters at which it is estimated. */
export interface EstimatorProblem<P extends Tree> {
  readonly loss: Loss<P>
  readonly params: P
}

/** Options of `describeEstimator`. */
export interface EstimatorOptions<P extends Tree = SmoothParams, D extends Tree = SpikingParams> {
  /** Shown in the report; default the estimator's own name. */
  readonly name?: string
  /** Samples of a z-test; default 4096. */
  readonly samples?: number
  /** Where the z-tests draw their samples; default: the reference backend. */
  readonly backend?: Backend
  /**
   * Largest |z| that passes, over all coordinates and the projection on the gradient; default 4.5 (chance of a false
   * alarm about 1e-4; the keys are fixed).
   */
  readonly threshold?: number
  /**
   * False for an estimator that draws nothing (`bp`, exact forward mode): another key then gives the same result.
   * Default true unless it needs `vjp`.
   */
  readonly random?: boolean
  /**
   * Allowed difference of `value` from the loss, relative to 1 + |loss|; default 1e-9. Pass Infinity for an estimator
   * that returns the loss at other parameters.
   */
  readonly value?: number
  /** False if its declared bias is too small to show in the samples; default true: a declared bias is verified. */
  readonly showsBias?: boolean
  /**
   * The loss of one hidden layer and its parameters; default a smooth network of 13 parameters in two blocks, which
   * exposes its parts.
   */
  readonly problem?: (dtype: FloatDType) => EstimatorProblem<P>
  /** A loss of two layers of spikes, for the claim of `unbiased`; default `spikingLoss` of 2-3-3-1. */
  readonly deep?: (dtype: FloatDType) => EstimatorProblem<D>
}

/** An estimator on a problem, with the types of its state and parameters. */
interface Opened<S extends Tree, P extends Tree> extends EstimatorProblem<P> {
  readonly estimator: Estimator<S>
  readonly state: S
  estimate(k: Key, state?: S): Estimate<S, P>
}

/** The data of the checks. Types of state and parameters are known only inside `open`. */
interface EstimatorUnderTest {
  readonly claims: Pick<Estimator, 'name' | 'needs' | 'unbiased' | 'along'>
  readonly options: Pick<
    EstimatorOptions,
    'name' | 'samples' | 'backend' | 'threshold' | 'random' | 'value' | 'showsBias'
  >
  open<R>(
    which: 'problem' | 'deep',
    dtype: FloatDType,
    use: <S extends Tree, P extends Tree>(opened: Opened<S, P>) => R,
  ): R
}

/** The checks of an estimator, as data: `describeEstimator` registers them. */
export function estimatorChecks(): Check<EstimatorUnderTest>[] {
  const group = 'estimator'
  return [
    {
      group,
      name: 'gradient and state keep their structure, shapes and types, in f32 and f64',
      async run({ open }) {
        for (const dtype of ['f32', 'f64'] as const) await open('problem', dtype, keepsKind)
        await open('deep', 'f32', keepsKind)
      },
    },
    {
      group,
      name: 'value is the loss at the parameters',
      run: ({ open, options }) =>
        open('problem', 'f64', ({ estimate, loss, params }) =>
          ensureClose('value', estimate(key(1)).value, loss(params), options.value ?? 1e-9),
        ),
    },
    {
      group,
      name: 'stats are scalars, forwardEquivalents is positive',
      run: ({ open }) =>
        open('problem', 'f64', async ({ estimate }) => {
          const { stats } = estimate(key(1))
          for (const [name, t] of Object.entries(stats))
            ensure(t.ndim === 0, `stats.${name} has shape [${t.shape.join(', ')}]; it must be a scalar`)
          const [[spent]] = (await numbersOf(stats.forwardEquivalents)) as [[number]]
          ensure(spent > 0 && Number.isFinite(spent), `stats.forwardEquivalents is ${spent}`)
        }),
    },
    {
      group,
      name: 'the same key gives the same estimate',
      run: ({ open }) =>
        open('problem', 'f64', async ({ estimate }) => {
          const [a, b] = [estimate(key(5)), estimate(key(5))]
          await ensureClose('the second estimate', [a.value, a.grad, a.state], [b.value, b.grad, b.state], 0)
        }),
    },
    {
      group,
      name: 'another key gives another estimate, if the estimator draws random numbers',
      run: ({ open, options, claims }) =>
        open('problem', 'f64', async ({ estimate }) => {
          const [a, b] = [await numbersOf(estimate(key(5)).grad), await numbersOf(estimate(key(6)).grad)]
          const same = String(a) === String(b)
          ensure(
            same !== (options.random ?? claims.needs !== 'vjp'),
            same
              ? 'two keys gave the same estimate; pass { random: false } if it draws no random numbers'
              : 'two keys gave different estimates though { random: false } was declared',
          )
        }),
    },
    {
      group,
      name: 'its two halves give the estimate, for any split of the directions into shares',
      skip: ({ claims }) => (claims.along === undefined ? 'it does not offer the estimate in two halves' : null),
      async run({ open }) {
        for (const place of places) await open(place, 'f64', halvesMakeEstimate)
      },
    },
    {
      group,
      name: 'has no bias if it claims to have none: z-test against reverse mode',
      skip: ({ claims }) => (claims.unbiased === false ? 'it does not claim to be unbiased' : null),
      async run(tested) {
        await noBias(tested, 'problem', 'if it is biased by design, declare unbiased: false')
        if (tested.claims.unbiased !== true) return
        const remedy = "if only one hidden layer is without bias, declare unbiased: 'oneHiddenLayer'"
        await noBias(tested, 'deep', remedy)
      },
    },
    {
      group,
      name: 'has a bias if it declares one',
      skip: ({ claims, options }) =>
        claims.unbiased === true || options.showsBias === false
          ? 'it declares no bias, or one that is too small to measure'
          : null,
      async run(tested) {
        const { samples, threshold } = zTest(tested)
        for (const place of tested.claims.unbiased === false ? places : (['deep'] as const)) {
          const { z } = await biasOn(tested, place, OBVIOUS * threshold)
          if (z > threshold) return
        }
        throw new CheckFailure(
          `declared unbiased: ${String(tested.claims.unbiased)}, but ${samples} samples show no bias${
            tested.claims.unbiased === false ? '' : ', not even on two layers of spikes'
          }; declare a stronger claim, or pass { showsBias: false } if the bias is too small to measure here`,
        )
      },
    },
    {
      group,
      name: 'works under jit, compiles once, gives the same result as without, and leaks no buffer',
      async run({ open }) {
        for (const place of places) await open(place, 'f64', underJit)
      },
    },
  ]
}

/** The losses on which an estimator is tested: one hidden layer, and two layers of spikes. */
const places = ['problem', 'deep'] as const

async function keepsKind<S extends Tree, P extends Tree>({
  estimate,
  loss,
  params,
  state,
}: Opened<S, P>): Promise<void> {
  const first = estimate(key(1))
  ensure(
    kindOf(first.grad) === kindOf(params),
    () => `the gradient is ${kindOf(first.grad)}; the parameters are ${kindOf(params)}`,
  )
  ensure(
    kindOf(first.state) === kindOf(state),
    () => `the state turned from ${kindOf(state)} into ${kindOf(first.state)}`,
  )
  ensure(
    kindOf(first.value) === kindOf(loss(params)),
    () => `value is ${kindOf(first.value)}; it must be a scalar of the loss's type, ${kindOf(loss(params))}`,
  )
  await ensureFinite('the estimate', [first.value, first.grad])
  const second = estimate(key(2), first.state)
  ensure(kindOf(second.state) === kindOf(state), 'the state changed its structure or types in the second step')
}

async function halvesMakeEstimate<S extends Tree, P extends Tree>(opened: Opened<S, P>): Promise<void> {
  const { estimator, loss, params, estimate } = opened
  const { along } = estimator
  if (along === undefined) return
  const whole = estimate(key(7))
  for (const each of [1, along.count]) {
    const parts = Array.from({ length: along.count / each }, (_, i) =>
      along.measure(loss, params, { key: key(7), first: tensor(i * each, { dtype: 'u32' }), count: each }),
    )
    const rows = parts[0]!.coefficients.shape[0]
    ensure(rows === each, `coefficients of ${each} directions have ${rows} rows`)
    const coefficients = concatenate(parts.map((part) => part.coefficients))
    const combined = along.combine(params, coefficients, { key: key(7) })
    await ensureClose('the value of a half', parts.at(-1)!.value, whole.value, 1e-12)
    await ensureClose(`the estimate from shares of ${each}`, combined, whole.grad, 1e-9)
  }
  const { forwardEquivalents } = along.measure(loss, params, {
    key: key(7),
    first: tensor(0, { dtype: 'u32' }),
    count: along.count,
  })
  await ensureClose('the cost of all directions', forwardEquivalents, whole.stats.forwardEquivalents, 0)
}

async function underJit<S extends Tree, P extends Tree>(opened: Opened<S, P>): Promise<void> {
  const { estimator, loss, params, state, estimate } = opened
  const backend = referenceBackend()
  const [p, s] = await toBackend([params, state] as const, backend)
  const step = jit((params: P, state: S, k: Key) => {
    const e = estimator.estimate(loss, params, state, { key: k })
    return { value: e.value, grad: e.grad, state: e.state, stats: e.stats }
  })
  let live = -1
  let current = s
  for (let i = 0; i < 4; i++) {
    const k = await toBackend(key(20 + i), backend)
    const result = step(p, current, k)
    if (i === 0) {
      const { value, grad, state, stats } = estimate(key(20))
      await ensureClose('under jit', result, { value, grad, state, stats }, 1e-9)
    }
    for (const t of treeLeaves([result.value, result.grad, result.stats, k])) t.dispose()
    if (current !== s) for (const t of treeLeaves(current)) t.dispose()
    current = result.state
    const now = backend.stats().liveBuffers
    ensure(
      live < 0 || now === live,
      `${now - live} more buffers are live after call ${i + 1} than after the call before`,
    )
    live = now
  }
  ensure(step.stats().compilations === 1, `four calls compiled ${step.stats().compilations} times`)
  step.dispose()
  await backend[Symbol.asyncDispose]()
}

const zTest = ({ options: { samples = 4096, threshold = 4.5 } }: EstimatorUnderTest) => ({ samples, threshold })

/** Sampling stops once a declared bias exceeds the threshold by this factor. */
const OBVIOUS = 3

const biasOn = (tested: EstimatorUnderTest, which: 'problem' | 'deep', enough = Infinity): Promise<WorstBias> => {
  const { backend } = tested.options
  const how = backend === undefined ? { enough } : { enough, backend }
  return tested.open(which, 'f64', (opened) => worstBias(opened, zTest(tested).samples, how))
}

async function noBias(tested: EstimatorUnderTest, which: 'problem' | 'deep', remedy: string): Promise<void> {
  const { samples, threshold } = zTest(tested)
  const { where, bias, error, z } = await biasOn(tested, which)
  ensure(
    z <= threshold,
    () =>
      `declared unbiased: ${String(tested.claims.unbiased)}, but over ${samples} samples${which === 'deep' ? ' on two layers of spikes' : ''} ` +
      `${where} is off by ${bias.toPrecision(4)} with a standard error of ${error.toPrecision(3)}: |z| = ${z.toFixed(1)}, allowed ${threshold}; ${remedy}`,
  )
}

/**
 * Tests an estimator against its contract: the structure of the tree is preserved; the same key gives the same estimate
 * and another key another; `value` is the loss; it runs under `jit`, compiles once, leaks no buffer; stats are scalars.
 *
 * Its claim in `unbiased` is tested both ways, by z-tests against reverse mode (4096 samples, |z| ≤ 4.5 by default):
 * `true` must hold on the problem and on two layers of spikes, `'oneHiddenLayer'` must hold on the problem and fail on
 * two layers, and `false` must fail on at least one of the two.
 *
 * @param factory makes the estimator with the options to be tested
 * @example
 * describeEstimator(() => rfg({ directions: 2 }))
 */
export function describeEstimator<S extends Tree, P extends Tree = SmoothParams, D extends Tree = SpikingParams>(
  factory: () => Estimator<S>,
  options: EstimatorOptions<P, D> = {},
): void {
  describe(`estimator ${options.name ?? factory().name}`, () => {
    registerChecks(estimatorChecks(), estimatorUnderTest(factory, options))
  })
}

/** An estimator with its options, as `estimatorChecks` tests it. */
export function estimatorUnderTest<S extends Tree, P extends Tree = SmoothParams, D extends Tree = SpikingParams>(
  factory: () => Estimator<S>,
  { problem, deep, ...options }: EstimatorOptions<P, D> = {},
): EstimatorUnderTest {
  const opened = <Q extends Tree>({ loss, params }: EstimatorProblem<Q>): Opened<S, Q> => {
    const estimator = factory()
    const initial = estimator.init(params)
    const estimate = (k: Key, state = initial): Estimate<S, Q> => estimator.estimate(loss, params, state, { key: k })
    return { estimator, loss, params, state: initial, estimate }
  }
  const { name, needs, unbiased, along, estimate } = factory()
  return {
    // A wrapper that spreads an estimator and replaces its estimate offers no halves.
    claims: { name, needs, unbiased, ...(along?.estimate === estimate ? { along } : {}) },
    options,
    open(which, dtype, use) {
      if (which === 'problem')
        return problem === undefined ? use(opened(smoothLoss(dtype))) : use(opened(problem(dtype)))
      return deep === undefined ? use(opened(spikingLoss({ dtype, ...deepNetwork }))) : use(opened(deep(dtype)))
    },
  }
}

/** Two layers of spikes. */
const deepNetwork = { widths: [2, 3, 3, 1], time: 4, samples: 4 } as const
