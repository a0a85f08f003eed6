import {
  add,
  arange,
  jit,
  key,
  matmul,
  mean,
  referenceBackend,
  square,
  sub,
  tanh,
  tensor,
  toBackend,
  transpose,
  treeLeaves,
  valueAndGrad,
  vmap,
  type Estimator,
  type FloatDType,
  type Key,
  type Loss,
  type Tensor,
  type Tree,
} from '@spikeward/core'
import { describe } from 'vitest'
import { CheckFailure, ensure, registerChecks, type Check } from '../check.js'
import { draw, elementName, ensureClose, ensureFinite, kindOf, numbersOf } from '../values.js'

/** Options of `describeEstimator`. */
export interface EstimatorOptions {
  /** Shown in the report; default the estimator's own name. */
  readonly name?: string
  /** Samples of the z-test; default 4096. */
  readonly samples?: number
  /** Largest |z| that passes, over all coordinates and the projection on the gradient; default 4.5 (chance of a false alarm about 1e-4; the keys are fixed). */
  readonly threshold?: number
  /** False for an estimator that draws nothing (`bp`, exact forward mode): another key then gives the same. Default true unless it needs `vjp`. */
  readonly random?: boolean
  /** Allowed difference of `value` from the loss, of 1 + |loss|; default 1e-9. Infinity for one that gives a loss at other parameters. */
  readonly value?: number
  /** The loss and where it is estimated, where the default network of 13 parameters in two blocks will not do. */
  readonly problem?: (dtype: FloatDType) => { loss: Loss<Tree>; params: Tree }
}

interface EstimatorSubject {
  readonly make: () => Estimator
  readonly options: EstimatorOptions
}

/** A network of 2-3-1 with tanh on four points: smooth, two blocks, 13 parameters. */
function defaultProblem(dtype: FloatDType): { loss: Loss<Tree>; params: Tree } {
  const x = draw([4, 2], dtype, 3)
  const y = draw([4, 1], dtype, 4)
  const params = {
    hidden: { weight: draw([3, 2], dtype, 5), bias: draw([3], dtype, 6) },
    readout: { weight: draw([1, 3], dtype, 7), bias: draw([1], dtype, 8) },
  }
  const loss = (p: Tree): Tensor => {
    const { hidden, readout } = p as typeof params
    const h = tanh(add(matmul(x, transpose(hidden.weight)), hidden.bias))
    return mean(square(sub(add(matmul(h, transpose(readout.weight)), readout.bias), y)))
  }
  return { loss, params }
}

const setUp = ({ make, options }: EstimatorSubject, dtype: FloatDType) => {
  const { loss, params } = (options.problem ?? defaultProblem)(dtype)
  const estimator = make()
  const state = estimator.init(params)
  return {
    estimator,
    loss,
    params,
    state,
    estimate: (k: Key, p: Tree = params, s: Tree = state) => estimator.estimate(loss, p, s, { key: k }),
  }
}

/** What is asked of an estimator, as data: `describeEstimator` registers it. */
export function estimatorChecks(): Check<EstimatorSubject>[] {
  const group = 'estimator'
  const random = ({ make, options }: EstimatorSubject): boolean => options.random ?? make().needs !== 'vjp'
  return [
    {
      group,
      name: 'gradient and state keep their structure, shapes and types, in f32 and f64',
      async run(subject) {
        for (const dtype of ['f32', 'f64'] as const) {
          const { estimate, params, state } = setUp(subject, dtype)
          const first = estimate(key(1))
          ensure(
            kindOf(first.grad) === kindOf(params),
            `the gradient is ${kindOf(first.grad)}; the parameters are ${kindOf(params)}`,
          )
          ensure(
            kindOf(first.state) === kindOf(state),
            `the state turned from ${kindOf(state)} into ${kindOf(first.state)}`,
          )
          ensure(
            first.value.ndim === 0 && first.value.dtype === dtype,
            `value is ${kindOf(first.value)}; it must be a ${dtype} scalar`,
          )
          await ensureFinite('the estimate', [first.value, first.grad])
          const second = estimate(key(2), params, first.state)
          ensure(kindOf(second.state) === kindOf(state), 'the state changed its kind in the second step')
        }
      },
    },
    {
      group,
      name: 'value is the loss at the parameters',
      async run(subject) {
        const { estimate, loss, params } = setUp(subject, 'f64')
        await ensureClose('value', estimate(key(1)).value, loss(params), subject.options.value ?? 1e-9)
      },
    },
    {
      group,
      name: 'stats are scalars, forwardEquivalents is positive',
      async run(subject) {
        const { stats } = setUp(subject, 'f64').estimate(key(1))
        for (const [name, t] of Object.entries(stats))
          ensure(t.ndim === 0, `stats.${name} has shape [${t.shape.join(', ')}]; it must be a scalar`)
        const [[spent]] = (await numbersOf(stats.forwardEquivalents)) as [[number]]
        ensure(spent > 0 && Number.isFinite(spent), `stats.forwardEquivalents is ${spent}`)
      },
    },
    {
      group,
      name: 'the same key gives the same estimate',
      async run(subject) {
        const { estimate } = setUp(subject, 'f64')
        const [a, b] = [estimate(key(5)), estimate(key(5))]
        await ensureClose('the second estimate', [a.value, a.grad, a.state], [b.value, b.grad, b.state], 0)
      },
    },
    {
      group,
      name: 'another key gives another estimate, if it draws at all',
      async run(subject) {
        const { estimate } = setUp(subject, 'f64')
        const [a, b] = [await numbersOf(estimate(key(5)).grad), await numbersOf(estimate(key(6)).grad)]
        const same = String(a) === String(b)
        ensure(
          same !== random(subject),
          same
            ? 'two keys gave the same estimate; pass { random: false } if it draws nothing'
            : 'two keys gave different estimates though { random: false } was declared',
        )
      },
    },
    {
      group,
      name: 'an unbiased estimator is unbiased: z-test against reverse mode',
      skip: ({ make }) => (make().unbiased ? null : 'it does not claim to be unbiased'),
      run: zTest,
    },
    {
      group,
      name: 'works under jit, compiles once, gives what it gives without, and leaves no buffer behind',
      async run(subject) {
        const { estimator, loss, params, state, estimate } = setUp(subject, 'f64')
        const backend = referenceBackend()
        const [p, s] = await toBackend([params, state] as const, backend)
        const step = jit((params: Tree, state: Tree, k: Key) => {
          const e = estimator.estimate(loss, params, state, { key: k })
          return [e.value, e.grad, e.state, e.stats]
        })
        let live = -1
        let current: Tree = s
        for (let i = 0; i < 4; i++) {
          const k = await toBackend(key(20 + i), backend)
          const result = step(p, current, k)
          if (i === 0) {
            const e = estimate(key(20))
            await ensureClose('under jit', result, [e.value, e.grad, e.state, e.stats], 1e-9)
          }
          for (const t of treeLeaves([result[0]!, result[1]!, result[3]!, k])) t.dispose()
          if (current !== s) for (const t of treeLeaves(current)) t.dispose()
          current = result[2]!
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
      },
    },
  ]
}

/**
 * z_j = (mean ĝ_j − g_j)/(s_j/√n) for every coordinate j, and for the projection ⟨ĝ, g⟩/‖g‖² − 1, where a wrong factor shows best.
 */
async function zTest(subject: EstimatorSubject): Promise<void> {
  const { samples = 4096, threshold = 4.5 } = subject.options
  const { estimate, loss, params } = setUp(subject, 'f64')
  const truth = (await numbersOf(valueAndGrad(loss)(params)[1])).flat()
  const size = truth.reduce((s, g) => s + g * g, 0)
  const batch = Math.min(256, samples)
  const drawMany = jit((base: Tensor) =>
    vmap((i: Tensor) => treeLeaves(estimate(key(77).fold(i)).grad))(add(arange(batch, 'u32'), base)),
  )
  const d = truth.length
  const sum = new Float64Array(d + 1)
  const squares = new Float64Array(d + 1)
  let n = 0
  for (; n < samples; n += batch) {
    const leaves = drawMany(tensor(n, { dtype: 'u32' }))
    const columns = await numbersOf(leaves)
    for (let i = 0; i < batch; i++) {
      const row = columns.flatMap((values) =>
        values.slice((i * values.length) / batch, ((i + 1) * values.length) / batch),
      )
      const projection = row.reduce((s, v, j) => s + v * truth[j]!, 0) / size
      for (const [j, v] of [...row, projection].entries()) {
        const off = v - (j < d ? truth[j]! : 1)
        sum[j]! += off
        squares[j]! += off * off
      }
    }
    for (const t of leaves) t.dispose()
  }
  drawMany.dispose()
  const names = [
    ...treeLeaves(params).flatMap((t, leaf) =>
      Array.from({ length: t.size }, (_, at) => elementName(params, leaf, at)),
    ),
    'the length along the gradient',
  ]
  for (let j = 0; j <= d; j++) {
    const bias = sum[j]! / n
    const error = Math.sqrt(Math.max(squares[j]! / n - bias * bias, 0) / n)
    const rounding = 1e-9 * (1 + Math.abs(truth[j] ?? 1))
    if (Math.abs(bias) <= threshold * error + rounding) continue
    throw new CheckFailure(
      `declared unbiased, but over ${n} samples ${names[j]} is off by ${bias.toPrecision(4)} with a standard error of ${error.toPrecision(3)}: |z| = ` +
        `${(Math.abs(bias) / error).toFixed(1)}, allowed ${threshold}; if it is biased by design, declare unbiased: false`,
    )
  }
}

/**
 * Tests an estimator against its contract: the tree's structure is kept; the same key gives the same estimate and
 * another key another; `value` is the loss; an estimator that declares `unbiased` passes a z-test against
 * reverse mode (4096 samples, |z| ≤ 4.5 by default); it runs under `jit`, compiles once, leaks no buffer; stats are scalars.
 *
 * @param factory makes the estimator with the options to be tested
 * @example
 * describeEstimator(() => rfg({ directions: 2 }))
 */
export function describeEstimator<S extends Tree>(factory: () => Estimator<S>, options: EstimatorOptions = {}): void {
  describe(`estimator ${options.name ?? factory().name}`, () => {
    registerChecks(estimatorChecks(), estimatorSubject(factory, options), 120_000)
  })
}

/** The subject that `estimatorChecks` run on. */
export const estimatorSubject = <S extends Tree>(
  factory: () => Estimator<S>,
  options: EstimatorOptions = {},
): EstimatorSubject => ({ make: factory, options })
