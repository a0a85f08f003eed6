import {
  add,
  grad,
  jit,
  mul,
  referenceBackend,
  square,
  sub,
  sum,
  toBackend,
  treeLeaves,
  treeMap,
  zerosLike,
  type FloatDType,
  type Optimizer,
  type Tensor,
  type Tree,
} from '@spikeward/core'
import { describe } from 'vitest'
import { ensure, registerChecks, type Check } from '../check.js'
import { draw, ensureClose, ensureFinite, kindOf, numbersOf } from '../tensorValues.js'

/** Options of `describeOptimizer`. */
export interface OptimizerOptions {
  /** Shown in the report; default the optimiser's own name. */
  readonly name?: string
  /** Steps on the quadratic; default 200. */
  readonly steps?: number
  /**
   * The last loss must be below this fraction of the first; default 0.5. Null for a transform that does not descend on
   * its own (clipping, a scale without a sign).
   */
  readonly decrease?: number | null
}

interface OptimizerUnderTest {
  readonly make: () => Optimizer
  readonly options: OptimizerOptions
}

type Params = { a: { weight: Tensor; threshold: Tensor }; b: Tensor }

const paramsOf = (dtype: FloatDType): Params => ({
  a: { weight: draw([3, 2], dtype, 1), threshold: draw([3], dtype, 2) },
  b: draw([], dtype, 3),
})

/** ½ Σ cᵢ (pᵢ − 0.3)², curvatures 1 and 4. */
const quadratic = (p: Params): Tensor => {
  const bowl = (t: Tensor, c: number): Tensor => mul(sum(square(sub(t, 0.3))), c / 2)
  return add(add(bowl(p.a.weight, 1), bowl(p.a.threshold, 4)), bowl(p.b, 1))
}

/** The checks of an optimiser, as data: `describeOptimizer` registers them. */
export function optimizerChecks(): Check<OptimizerUnderTest>[] {
  const group = 'optimizer'
  const step =
    (optimizer: Optimizer) =>
    (params: Params, state: Tree): [Params, Tree] => {
      const { updates, state: next } = optimizer.update(grad(quadratic)(params), state, params)
      return [treeMap((p, u) => add(p, u), params, updates), next]
    }
  return [
    {
      group,
      name: 'updates have the structure of the parameters, and the state keeps its structure and types, in f32 and f64',
      async run({ make }) {
        for (const dtype of ['f32', 'f64'] as const) {
          const optimizer = make()
          const params = paramsOf(dtype)
          const start = optimizer.init(params)
          let state: Tree = start
          for (let i = 0; i < 3; i++) {
            const result = optimizer.update(grad(quadratic)(params), state, params)
            ensure(
              kindOf(result.updates) === kindOf(params),
              `updates are ${kindOf(result.updates)}; the parameters are ${kindOf(params)}`,
            )
            ensure(
              kindOf(result.state) === kindOf(start),
              `the state turned from ${kindOf(start)} into ${kindOf(result.state)}`,
            )
            state = result.state
          }
        }
      },
    },
    {
      group,
      name: 'stays finite on zero, tiny and huge gradients',
      async run({ make }) {
        for (const dtype of ['f32', 'f64'] as const) {
          const optimizer = make()
          const params = paramsOf(dtype)
          let state: Tree = optimizer.init(params)
          for (const factor of [0, 0, 1e-20, 1, 0, 1e15, 0]) {
            const g = factor === 0 ? treeMap((t) => zerosLike(t), params) : treeMap((t) => mul(t, factor), params)
            const result = optimizer.update(g, state, params)
            await ensureFinite(`after a gradient of order ${factor}`, [result.updates, result.state])
            state = result.state
          }
        }
      },
    },
    {
      group,
      name: 'is pure: the same update twice gives the same result',
      async run({ make }) {
        const optimizer = make()
        const params = paramsOf('f64')
        const update = (): Tree => {
          const { updates, state } = optimizer.update(grad(quadratic)(params), optimizer.init(params), params)
          return [updates, state]
        }
        await ensureClose('the second update', update(), update(), 0)
      },
    },
    {
      group,
      name: 'works under jit with donated state, compiles once, gives the same result as without, and leaks no buffer',
      async run({ make }) {
        const optimizer = make()
        const backend = referenceBackend()
        let eager: [Params, Tree] = [paramsOf('f64'), optimizer.init(paramsOf('f64'))]
        let [params, state] = await toBackend<[Params, Tree]>(eager, backend)
        const compiled = jit(step(optimizer), { donate: [0, 1] })
        let live = -1
        for (let i = 0; i < 5; i++) {
          eager = step(optimizer)(...eager)
          ;[params, state] = compiled(params, state)
          const now = backend.stats().liveBuffers
          ensure(live < 0 || now === live, `${now - live} more buffers are live after step ${i + 1}`)
          live = now
        }
        await ensureClose('after five steps under jit', [params, state], eager, 1e-9)
        ensure(compiled.stats().compilations === 1, `five steps compiled ${compiled.stats().compilations} times`)
        compiled.dispose()
        for (const t of treeLeaves([params, state])) t.dispose()
        await backend[Symbol.asyncDispose]()
      },
    },
    {
      group,
      name: 'decreases a quadratic',
      skip: ({ options }) => (options.decrease === null ? 'it does not descend on its own' : null),
      async run({ make, options: { steps = 200, decrease = 0.5 } }) {
        const optimizer = make()
        let params = paramsOf('f64')
        let state: Tree = optimizer.init(params)
        const lossOf = async (): Promise<number> => ((await numbersOf(quadratic(params))) as [[number]])[0][0]
        const first = await lossOf()
        const compiled = jit(step(optimizer))
        for (let i = 0; i < steps; i++) [params, state] = compiled(params, state)
        compiled.dispose()
        const last = await lossOf()
        ensure(
          last < (decrease ?? 1) * first,
          `after ${steps} steps the loss is ${last}; it was ${first}; it must fall below ${decrease} times that`,
        )
      },
    },
  ]
}

/**
 * Tests an optimiser against its contract: updates with the structure of the parameters, a state that keeps its
 * structure and types, finite updates on zero, tiny and huge gradients, purity, `jit` with donated state (one
 * compilation, no leak), descent on a quadratic.
 *
 * @param factory makes the optimiser, with a learning rate that suits curvatures from 1 to 4 in 200 steps
 * @example
 * describeOptimizer(() => adam(0.05))
 */
export function describeOptimizer<S extends Tree>(factory: () => Optimizer<S>, options: OptimizerOptions = {}): void {
  describe(`optimizer ${options.name ?? factory().name}`, () => {
    registerChecks(optimizerChecks(), optimizerUnderTest(factory, options))
  })
}

/** An optimiser with its options, as `optimizerChecks` tests it. */
export const optimizerUnderTest = <S extends Tree>(
  factory: () => Optimizer<S>,
  options: OptimizerOptions = {},
): OptimizerUnderTest => ({ make: factory, options })
