import type { Backend } from '@spikeward/core'
import { type BaselineData, type Rows, errorOf, fewOutputs, firstRows, someRows, testErrors } from './baselineData.js'
import { gaussianRegression, kernelMetrics } from './gaussianRegression.js'
import type { GaussianOptions, GaussianSettings, KernelMetric } from './gaussianRegression.js'
import { type Predict, VALIDATION_ROWS } from './linearRidge.js'
import { type Strategy, type Tried, all, inTurn, leastOf, searchBest } from '../search/searchBest.js'

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
  /** Of classes: the share of test rows whose largest output is that of their class. */
  readonly accuracy?: number
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
 * The width w and the penalty λ are those with the least error on the validation rows (at most 1,000 of them, and 256
 * of their outputs): a grid from 0.1 to 30 and from 1e-13 to 0.1 with at most 300 centres, then a descent in finer
 * steps with at most 500, and four more moves with up to 1,100. All outputs share them. For functions the validation
 * rows also choose whether the amplitude of the inputs is divided out, u(cf) = c u(f), and whether ‖·‖ is the Euclidean
 * norm or weighs the principal components of the inputs by their standard deviations (of up to 400 inputs). If the
 * training set has more rows than `centres`, a random subset of them takes its place, and the result gives its size.
 *
 * @see Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006, section 2.2: the posterior mean
 * @see Batlle, Darcy, Hosseini & Owhadi, J. Comput. Phys. 2024: kernel methods are competitive for operator learning
 * @example const { relativeL2, width, penalty } = await kernelRidge(operatorRows(problem, data), { backend })
 */
export async function kernelRidge(data: BaselineData, options: KernelRidgeOptions = {}): Promise<KernelRidge> {
  const { train, settings, form, ...facts } = await chooseSettings(data, options)
  const regression = gaussianRegression(train, { units: data.units, ...form, backend: options.backend })
  const errors = testErrors(await regression.predict(data.test, settings), data)
  regression.dispose()
  return { ...errors, ...facts }
}

/** As {@link kernelRidge}, but passes the regression on to `use` in the place of a test. */
export async function kernelStepper<T>(
  data: BaselineData,
  options: KernelRidgeOptions,
  use: (predict: Predict) => Promise<T>,
): Promise<{ readonly facts: Omit<KernelRidge, 'relativeL2' | 'accuracy'>; readonly found: T }> {
  const { train, settings, form, ...facts } = await chooseSettings(data, options)
  const regression = gaussianRegression(train, { units: data.units, ...form, backend: options.backend })
  const alpha = regression.solve(settings)
  const result = await use((x, count) => regression.predict({ x, y: x, count }, settings, alpha))
  alpha.dispose()
  regression.dispose()
  return { facts, found: result }
}

async function chooseSettings(
  data: BaselineData,
  { backend, centres = MOST_CENTRES }: KernelRidgeOptions,
): Promise<
  Omit<KernelRidge, 'relativeL2' | 'accuracy'> & {
    readonly train: Rows
    readonly settings: GaussianSettings
    readonly form: Form
  }
> {
  const { units, error } = data
  const train = someRows(data.train, centres)
  const fewRows = fewOutputs(firstRows(data.validation, VALIDATION_ROWS))
  const searched = fewOutputs(train)
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
  const searchOn = (
    rows: Rows,
    form: Form,
    next: Strategy<GaussianSettings>,
    usual: GaussianSettings,
  ): Promise<GaussianTrial> =>
    errorsOn(rows, form, async (errorAt) => {
      const { best } = await searchBest(
        next,
        inTurn(async (candidate: GaussianSettings) => ({ candidate, error: await errorAt(fewRows, candidate) })),
      )
      return best ?? { candidate: usual, error: Infinity }
    })
  const onGrid = (form: Form): Promise<GaussianTrial> => searchOn(few, form, all(GRID), USUAL)
  const descendOn = (rows: Rows, form: Form, from: GaussianSettings, moves: number): Promise<GaussianTrial> =>
    searchOn(rows, form, neighbours(from, moves), from)
  const functions = error === 'perRow'
  const inputs = train.x.length / train.count
  const plain = await onGrid({ divide: false, metric: 'euclidean' })
  const divided = functions ? await onGrid({ divide: true, metric: 'euclidean' }) : plain
  const divide = divided.error < plain.error
  let best: (GaussianTrial & Form) | null = null
  for (const metric of functions && inputs <= MOST_WEIGHED ? kernelMetrics : kernelMetrics.slice(0, 1)) {
    const form = { divide, metric }
    const begun = metric === 'euclidean' ? (divide ? divided : plain) : await onGrid(form)
    const { candidate } = await descendOn(someRows(searched, DESCENT_CENTRES), form, begun.candidate, MOVES)
    const moves = searched.count > DESCENT_CENTRES && searched.count <= MOVE_CENTRES ? LAST_MOVES : 0
    const descent = await descendOn(someRows(searched, MOVE_CENTRES), form, candidate, moves)
    if (best === null || descent.error < best.error) best = { ...descent, ...form }
  }
  const { candidate: powers, error: validation, metric } = best!
  const settings = { width: 10 ** powers.width, penalty: 10 ** powers.penalty }
  const form = { divide, metric }
  return { validation, ...settings, ...form, centres: train.count, of: data.train.count, train, settings, form }
}

type Form = Pick<GaussianOptions, 'divide' | 'metric'>

type ErrorAt = (rows: Rows, powers: GaussianSettings) => Promise<number>

type GaussianTrial = Tried<GaussianSettings>

/** The grid, and where it is left if no error is finite. */
const GRID = WIDTHS.flatMap((width) => PENALTIES.map((penalty) => ({ width, penalty })))
const USUAL: GaussianSettings = { width: 0, penalty: -7 }

/** Moves to the best neighbour until none is better, at most `moves` times. */
function neighbours(start: GaussianSettings, moves: number): Strategy<GaussianSettings> {
  const centres: GaussianSettings[] = []
  return (tried) => {
    if (tried.length === 0) return [start]
    const centre = (leastOf(tried) ?? tried[0]!).candidate
    if (centre === centres.at(-1) || centres.push(centre) > moves) return []
    return NEIGHBOURS.map(([width, penalty]) => ({
      width: centre.width + width,
      penalty: centre.penalty + penalty,
    })).filter(
      (next) => next.penalty >= LEAST_PENALTY && tried.every(({ candidate }) => nameOf(candidate) !== nameOf(next)),
    )
  }
}

const nameOf = ({ width, penalty }: GaussianSettings): string => `${width} ${penalty}`
