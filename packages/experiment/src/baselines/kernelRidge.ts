import type { Backend } from '@spikeward/core'
import { errorOf, fewOutputs, firstRows, someRows } from './baselineData.js'
import type { BaselineData, Rows } from './baselineData.js'
import { gaussianRegression } from './gaussianRegression.js'
import type { GaussianSettings } from './gaussianRegression.js'
import { VALIDATION_ROWS } from './linearRidge.js'

/** The grid, as powers of 10. */
const WIDTHS = [-1, -0.5, 0, 0.5, 1, 1.5]
const PENALTIES = [-13, -10, -7, -4, -1]

/** Steps of the descent, as powers of 10. */
const NEIGHBOURS = [
  [-0.125, 0],
  [0.125, 0],
  [0, -1],
  [0, 1],
] as const

/** The most centres of the grid, of the descent, and of one more move with all centres. */
const GRID_CENTRES = 300
const DESCENT_CENTRES = 500
const MOVE_CENTRES = 1100

/** Moves of the descent, at most. */
const MOVES = 12

/** The least penalty: double precision does not tell a smaller one from 0. */
const LEAST_PENALTY = -17

/** Centres beyond which {@link kernelRidge} takes a random subset. */
export const MOST_CENTRES = 4000

/** Options of {@link kernelRidge}. */
export type KernelRidgeOptions = {
  /** A backend with double precision; default: the reference backend, which is slow. */
  readonly backend?: Backend
  /** The most centres: the time grows with their cube. Default 4000. */
  readonly centres?: number
}

/** The result of {@link kernelRidge}. */
export type KernelRidge = {
  /** On the test rows. */
  readonly relativeL2: number
  /** On the validation rows, which chose width and penalty. */
  readonly validation: number
  /** Width of the Gaussian, relative to √mean ‖z‖². */
  readonly width: number
  /** λ, relative to the kernel's diagonal, which is 1. */
  readonly penalty: number
  /** Whether inputs and outputs were divided by the amplitude of the inputs, which the validation rows choose too. */
  readonly divide: boolean
  /** Training rows that are centres of a Gaussian: a random subset if they are fewer than `of`. */
  readonly centres: number
  /** Rows of the training set. */
  readonly of: number
}

/**
 * Kernel ridge regression with a Gaussian kernel, in double precision:
 *
 *     y(x) = ȳ + Σ_i α_i exp(−‖z − z_i‖²/(2 w²)),   (K + n λ I) α = Y − ȳ,   z the standardised inputs
 *
 * The width w and the penalty λ are those with the least error on the validation rows (at most 1,000 of them, and 256 of their outputs): a grid from 0.1 to 30 and from
 * 1e-13 to 0.1 with at most 300 centres, then a descent in finer steps with at most 500, and one move with all of up to 1,100. All outputs share
 * them. For functions the validation rows also choose whether the amplitude of the inputs is divided out, u(cf) = c u(f). If the training
 * set has more rows than `centres`, a random subset of them takes its place, and the result gives its size.
 *
 * @see Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006, section 2.2: the posterior mean
 * @see Batlle, Darcy, Hosseini & Owhadi, J. Comput. Phys. 2024: kernel methods are competitive for operator learning
 * @example const { relativeL2, width, penalty } = await kernelRidge(operatorRows(problem, data), { backend })
 */
export async function kernelRidge(data: BaselineData, options: KernelRidgeOptions = {}): Promise<KernelRidge> {
  const { backend, centres = MOST_CENTRES } = options
  const { units, error } = data
  const train = someRows(data.train, centres)
  const held = fewOutputs(firstRows(data.validation, VALIDATION_ROWS))
  const searched = fewOutputs(train)
  /** Passes on the errors of regressions on these centres. */
  const errorsOn = async <T>(rows: Rows, divide: boolean, use: (errorAt: ErrorAt) => Promise<T>): Promise<T> => {
    const regression = gaussianRegression(rows, { units, divide, backend })
    try {
      return await use(async (at, { width, penalty }) =>
        errorOf(await regression.predict(at, { width: 10 ** width, penalty: 10 ** penalty }), at, error),
      )
    } finally {
      regression.dispose()
    }
  }
  const few = someRows(searched, GRID_CENTRES)
  let best: Found & { readonly divide: boolean } = { powers: { width: 0, penalty: -7 }, error: Infinity, divide: false }
  for (const divide of error === 'perRow' ? [false, true] : [false]) {
    const found = await errorsOn(few, divide, (errorAt) => gridSearch((powers) => errorAt(held, powers)))
    if (found.error < best.error) best = { ...found, divide }
  }
  const { divide } = best
  const descended = await errorsOn(someRows(searched, DESCENT_CENTRES), divide, (errorAt) =>
    descend(best.powers, (powers) => errorAt(held, powers), MOVES),
  )
  const moves = train.count > DESCENT_CENTRES && train.count <= MOVE_CENTRES ? 1 : 0
  const { powers, error: validation } = await errorsOn(searched, divide, (errorAt) =>
    descend(descended.powers, (p) => errorAt(held, p), moves),
  )
  return {
    relativeL2: await errorsOn(train, divide, (errorAt) => errorAt(data.test, powers)),
    validation,
    width: 10 ** powers.width,
    penalty: 10 ** powers.penalty,
    divide,
    centres: train.count,
    of: data.train.count,
  }
}

/** The error at rows for a width and a penalty, both as powers of 10. */
type ErrorAt = (rows: Rows, powers: GaussianSettings) => Promise<number>

/** Powers of 10, and their error on the validation rows. */
type Found = { readonly powers: GaussianSettings; readonly error: number }

/** The place of the grid with the least error. An error that is not a number is worse than any other. */
async function gridSearch(error: (powers: GaussianSettings) => Promise<number>): Promise<Found> {
  let best: Found = { powers: { width: 0, penalty: -7 }, error: Infinity }
  for (const width of WIDTHS) {
    for (const penalty of PENALTIES) {
      const found = await error({ width, penalty })
      if (found < best.error) best = { powers: { width, penalty }, error: found }
    }
  }
  return best
}

/** Moves to the best neighbour until none is better, at most `moves` times. */
async function descend(
  start: GaussianSettings,
  error: (powers: GaussianSettings) => Promise<number>,
  moves: number,
): Promise<Found> {
  let best: Found = { powers: start, error: await error(start) }
  const tried = new Set([nameOf(start)])
  for (let move = 0; move < moves; move++) {
    const from = best
    for (const [width, penalty] of NEIGHBOURS) {
      const next = { width: from.powers.width + width, penalty: from.powers.penalty + penalty }
      if (next.penalty < LEAST_PENALTY || tried.has(nameOf(next))) continue
      tried.add(nameOf(next))
      const found = await error(next)
      if (found < best.error || Number.isNaN(best.error)) best = { powers: next, error: found }
    }
    if (best === from) break
  }
  return best
}

const nameOf = ({ width, penalty }: GaussianSettings): string => `${width} ${penalty}`
