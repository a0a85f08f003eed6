import type { Backend } from '@spikeward/core'
import { errorOf, fewOutputs, firstRows, someRows } from './baselineData.js'
import type { BaselineData, Rows } from './baselineData.js'
import { gaussianRegression, kernelMetrics } from './gaussianRegression.js'
import type { GaussianOptions, GaussianSettings, KernelMetric } from './gaussianRegression.js'
import { VALIDATION_ROWS } from './linearRidge.js'
import type { Predict } from './linearRidge.js'

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

/** The most centres of the grid, of the descent, and of its continuation, after which metrics are compared. */
const GRID_CENTRES = 300
const DESCENT_CENTRES = 500
const MOVE_CENTRES = 1100

/** The most inputs whose components are weighed: the time grows with their cube. */
const MOST_WEIGHED = 400

/** Moves of the descent, and of its continuation with more centres, at most. */
const MOVES = 12
const LAST_MOVES = 4

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
  /** On the validation rows, which chose width and penalty with at most 1,100 centres. */
  readonly validation: number
  /** Width of the Gaussian, relative to √mean ‖z‖² in the metric. */
  readonly width: number
  /** λ, relative to the kernel's diagonal, which is 1. */
  readonly penalty: number
  /** Whether inputs and outputs were divided by the amplitude of the inputs, which the validation rows choose too. */
  readonly divide: boolean
  /** How distances are measured, which the validation rows choose for functions. */
  readonly metric: KernelMetric
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
 * 1e-13 to 0.1 with at most 300 centres, then a descent in finer steps with at most 500, and four more moves with up to 1,100. All outputs share
 * them. For functions the validation rows also choose whether the amplitude of the inputs is divided out, u(cf) = c u(f), and whether ‖·‖ is the Euclidean
 * norm or weighs the principal components of the inputs by their standard deviations (of up to 400 inputs). If the training set has more rows than `centres`, a random subset of them takes its place, and the result gives its size.
 *
 * @see Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006, section 2.2: the posterior mean
 * @see Batlle, Darcy, Hosseini & Owhadi, J. Comput. Phys. 2024: kernel methods are competitive for operator learning
 * @example const { relativeL2, width, penalty } = await kernelRidge(operatorRows(problem, data), { backend })
 */
export async function kernelRidge(data: BaselineData, options: KernelRidgeOptions = {}): Promise<KernelRidge> {
  const { train, settings, form, ...facts } = await chooseSettings(data, options)
  const regression = gaussianRegression(train, { units: data.units, ...form, backend: options.backend })
  const relativeL2 = errorOf(await regression.predict(data.test, settings), data.test, data.error)
  regression.dispose()
  return { relativeL2, ...facts }
}

/** As {@link kernelRidge}, but passes the regression on to `use` in the place of a test. */
export async function kernelStepper<T>(
  data: BaselineData,
  options: KernelRidgeOptions,
  use: (predict: Predict) => Promise<T>,
): Promise<{ readonly facts: Omit<KernelRidge, 'relativeL2'>; readonly found: T }> {
  const { train, settings, form, ...facts } = await chooseSettings(data, options)
  const regression = gaussianRegression(train, { units: data.units, ...form, backend: options.backend })
  const alpha = regression.solve(settings)
  const found = await use((x, count) => regression.predict({ x, y: x, count }, settings, alpha))
  alpha.dispose()
  regression.dispose()
  return { facts, found }
}

/** The settings with the least validation error, and the centres of the regression. */
async function chooseSettings(
  data: BaselineData,
  { backend, centres = MOST_CENTRES }: KernelRidgeOptions,
): Promise<
  Omit<KernelRidge, 'relativeL2'> & {
    readonly train: Rows
    readonly settings: GaussianSettings
    readonly form: Form
  }
> {
  const { units, error } = data
  const train = someRows(data.train, centres)
  const held = fewOutputs(firstRows(data.validation, VALIDATION_ROWS))
  const searched = fewOutputs(train)
  /** Passes on the errors of regressions on these centres. */
  const errorsOn = async <T>(rows: Rows, form: Form, use: (errorAt: ErrorAt) => Promise<T>): Promise<T> => {
    const regression = gaussianRegression(rows, { units, ...form, backend })
    try {
      return await use(async (at, { width, penalty }) =>
        errorOf(await regression.predict(at, { width: 10 ** width, penalty: 10 ** penalty }), at, error),
      )
    } finally {
      regression.dispose()
    }
  }
  const few = someRows(searched, GRID_CENTRES)
  const onGrid = (form: Form): Promise<Found> =>
    errorsOn(few, form, (errorAt) => gridSearch((powers) => errorAt(held, powers)))
  const descendOn = (rows: Rows, form: Form, from: GaussianSettings, moves: number): Promise<Found> =>
    errorsOn(rows, form, (errorAt) => descend(from, (powers) => errorAt(held, powers), moves))
  const functions = error === 'perRow'
  const inputs = train.x.length / train.count
  const plain = await onGrid({ divide: false, metric: 'euclidean' })
  const divided = functions ? await onGrid({ divide: true, metric: 'euclidean' }) : plain
  const divide = divided.error < plain.error
  let best: (Found & Form) | null = null
  for (const metric of functions && inputs <= MOST_WEIGHED ? kernelMetrics : kernelMetrics.slice(0, 1)) {
    const form = { divide, metric }
    const begun = metric === 'euclidean' ? (divide ? divided : plain) : await onGrid(form)
    const { powers } = await descendOn(someRows(searched, DESCENT_CENTRES), form, begun.powers, MOVES)
    const moves = searched.count > DESCENT_CENTRES && searched.count <= MOVE_CENTRES ? LAST_MOVES : 0
    const found = await descendOn(someRows(searched, MOVE_CENTRES), form, powers, moves)
    if (best === null || found.error < best.error) best = { ...found, ...form }
  }
  const { powers, error: validation, metric } = best!
  const settings = { width: 10 ** powers.width, penalty: 10 ** powers.penalty }
  const form = { divide, metric }
  return { validation, ...settings, ...form, centres: train.count, of: data.train.count, train, settings, form }
}

type Form = Pick<GaussianOptions, 'divide' | 'metric'>

/** The error at rows for a width and a penalty, both as powers of 10. */
type ErrorAt = (rows: Rows, powers: GaussianSettings) => Promise<number>

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
