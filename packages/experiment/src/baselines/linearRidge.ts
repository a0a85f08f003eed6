import { add, cholesky, equal, iota, jit, matmul, solveTriangular, tensor, transpose, where } from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import { columnMeans, errorOf, fewOutputs, firstRows, someRows, standardised, testErrors } from './baselineData.js'
import type { BaselineData, Rows } from './baselineData.js'
import { all, inTurn, searchBest } from '../search/searchBest.js'

/** Penalties, relative to the mean of ‖z‖² over the rows. */
const PENALTIES = [1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]

export const VALIDATION_ROWS = 1000

/** The most inputs or rows of a system of equations: the time grows with their cube. */
const MOST_UNKNOWNS = 2000

/** Where a baseline is computed. */
export type BaselineOptions = {
  /** A backend with double precision; default: the reference backend, which is slow. */
  readonly backend?: Backend
}

/** The result of {@link linearRidge}. */
export type LinearRidge = {
  /** On the test rows. */
  readonly relativeL2: number
  /** Of classes: the share of test rows whose largest output is that of their class. */
  readonly accuracy?: number
  /** On the validation rows, which chose the penalty. */
  readonly validation: number
  /** λ, relative to the mean of ‖z‖². */
  readonly penalty: number
  /** Rows that it is solved from. */
  readonly rows: number
  /** Rows of the training set. */
  readonly of: number
}

/**
 * Ridge regression of the outputs on the inputs, in double precision:
 *
 *     y = Z w + b,   w = argmin ‖Z w + b − Y‖²/n + λ ‖w‖²,   Z the standardised inputs
 *
 * The penalty λ is chosen on the validation rows from 1e-14 to 1. Of inputs and rows the fewer are the unknowns; if
 * both are more than 2,000, a random subset of the rows is used, and `rows` tells how many.
 *
 * @example const { relativeL2 } = await linearRidge(operatorRows(problem, data), { backend })
 */
export async function linearRidge(data: BaselineData, { backend }: BaselineOptions = {}): Promise<LinearRidge> {
  const { train, ...chosen } = await choosePenalty(data, backend)
  const whole = linearRegression(train, data.units, backend)
  const errors = testErrors(await whole.predict(data.test, chosen.penalty), data)
  whole.dispose()
  return { ...errors, ...chosen }
}

/** A regression that is solved once and predicts many times: outputs [count, outputs] from rows of inputs. */
export type Predict = (x: Float64Array, count: number) => Promise<Float64Array>

/** As {@link linearRidge}, but passes the regression on to `use` in the place of a test. */
export async function linearStepper<T>(
  data: BaselineData,
  { backend }: BaselineOptions,
  use: (predict: Predict) => Promise<T>,
): Promise<{ readonly facts: Omit<LinearRidge, 'relativeL2' | 'accuracy'>; readonly found: T }> {
  const { train, ...facts } = await choosePenalty(data, backend)
  const whole = linearRegression(train, data.units, backend)
  const solved = whole.solve(facts.penalty)
  const result = await use(solved.predict)
  solved.dispose()
  whole.dispose()
  return { facts, found: result }
}

async function choosePenalty(
  data: BaselineData,
  backend: Backend | undefined,
): Promise<Omit<LinearRidge, 'relativeL2' | 'accuracy'> & { readonly train: Rows }> {
  const { units, error } = data
  const inputs = data.train.x.length / data.train.count
  const train = inputs <= MOST_UNKNOWNS ? data.train : someRows(data.train, MOST_UNKNOWNS)
  const fewRows = fewOutputs(firstRows(data.validation, VALIDATION_ROWS))
  const search = linearRegression(fewOutputs(train), units, backend)
  const tryAt = async (candidate: number) => ({
    candidate,
    error: errorOf(await search.predict(fewRows, candidate), fewRows, error),
  })
  const { best } = await searchBest(all(PENALTIES), inTurn(tryAt))
  const { candidate: penalty, error: validation } = best ?? { candidate: PENALTIES.at(-1)!, error: Infinity }
  search.dispose()
  return { penalty, validation, rows: train.count, of: data.train.count, train }
}

function linearRegression(
  train: Rows,
  units: readonly number[],
  backend: Backend | undefined,
): {
  predict(rows: Rows, penalty: number): Promise<Float64Array>
  solve(penalty: number): { readonly predict: Predict; dispose(): void }
  dispose(): void
} {
  const { x, y, count } = train
  const standardise = standardised(x, count, units)
  const means = columnMeans(y, count)
  const on = backend === undefined ? {} : { backend }
  const matrix = (values: Float64Array, rows: number): Tensor =>
    tensor(values, { shape: [rows, values.length / rows], ...on })
  const centred = y.map((v, i) => v - means[i % means.length]!)
  const [z, targets] = [matrix(standardise(x), count), matrix(centred, count)]
  const primal = (a: Tensor, b: Tensor, c: Tensor, lambda: Tensor): Tensor =>
    ridgePrediction(matmul(transpose(a), a), lambda, c, matmul(transpose(a), b))
  const dual = (a: Tensor, b: Tensor, c: Tensor, lambda: Tensor): Tensor =>
    ridgePrediction(matmul(a, transpose(a)), lambda, matmul(c, transpose(a)), b)
  const isPrimal = x.length / count <= count
  const solve = jit(isPrimal ? primal : dual)
  const coefficients = jit((a: Tensor, b: Tensor, lambda: Tensor) =>
    isPrimal
      ? ridgeSolve(matmul(transpose(a), a), lambda, matmul(transpose(a), b))
      : ridgeSolve(matmul(a, transpose(a)), lambda, b),
  )
  const apply = jit((a: Tensor, c: Tensor, w: Tensor) => matmul(isPrimal ? c : matmul(c, transpose(a)), w))
  return {
    solve(penalty) {
      const lambda = tensor(penalty * count, { dtype: 'f64', ...on })
      const w = coefficients(z, targets, lambda)
      lambda.dispose()
      return {
        async predict(rows, n) {
          const at = matrix(standardise(rows), n)
          const out = apply(z, at, w)
          const values = Float64Array.from(await out.data(), (v, i) => Number(v) + means[i % means.length]!)
          for (const t of [at, out]) t.dispose()
          return values
        },
        dispose: () => w.dispose(),
      }
    },
    async predict(rows, penalty) {
      const at = matrix(standardise(rows.x), rows.count)
      const lambda = tensor(penalty * count, { dtype: 'f64', ...on })
      const out = solve(z, targets, at, lambda)
      const values = Float64Array.from(await out.data())
      for (const t of [at, lambda, out]) t.dispose()
      return values.map((v, i) => v + means[i % means.length]!)
    },
    dispose() {
      for (const compiled of [solve, coefficients, apply]) compiled.dispose()
      z.dispose()
      targets.dispose()
    },
  }
}

/**
 * B (A + λ I)⁻¹ R by Cholesky: the predictions of a ridge regression. NaN if A + λ I is not positive definite in this
 * precision.
 *
 * Kernel ridge: A = K of the centres, B = K of other rows and the centres, R = the targets of the centres. Linear
 * ridge: A = XᵀX, B = other rows, R = Xᵀ times the targets. Solves for the columns of R or of Bᵀ, whichever are fewer.
 *
 * @param a [n, n], symmetric
 * @param lambda a number []
 * @param b [m, n]
 * @param right [n, outputs]
 */
export function ridgePrediction(a: Tensor, lambda: Tensor, b: Tensor, right: Tensor): Tensor {
  return b.shape[0]! < right.shape[1]!
    ? matmul(transpose(ridgeSolve(a, lambda, transpose(b))), right)
    : matmul(b, ridgeSolve(a, lambda, right))
}

/** (A + λ I)⁻¹ R by Cholesky, as in {@link ridgePrediction}. */
export function ridgeSolve(a: Tensor, lambda: Tensor, right: Tensor): Tensor {
  const onDiagonal = equal(iota(a.shape, 0), iota(a.shape, 1))
  const l = cholesky(where(onDiagonal, add(a, lambda), a))
  return solveTriangular(l, solveTriangular(l, right), { transposed: true })
}
