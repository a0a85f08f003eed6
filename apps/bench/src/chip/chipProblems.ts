/** The problems that networks on the simulated chip learn: a function of points, and operators on a fixed grid. */
import type { OperatorData, OperatorProblem, PointSet, RegressionProblem } from '@spikeward/core'
import { mexicanHat, poisson1d, reactionDiffusion } from '@spikeward/problems'

/** A problem, and the payloads in which the chip receives its inputs. */
export type ChipProblem = {
  readonly problem: RegressionProblem
  /** Payloads span this part of the half-width of each input's interval; larger inputs are cut off. */
  readonly range: number
  /** Whether an error is the mean over rows, each one function, rather than one error over all points. */
  readonly byRow: boolean
}

/** The number of standard deviations of a sensor value that payloads span. */
const DEVIATIONS = 4

/** Root mean square of the currents into the first layer: there the rate follows the current. */
const CURRENT = 0.17

/** First weights are uniform in ±2. */
const FIRST_WEIGHT = 2 / Math.sqrt(3)

const rms = (values: Float64Array): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length) || 1

/** Each function and its solution divided by the function's root mean square, which a linear operator allows. */
function unitAmplitude({ sensors, values, count }: OperatorData): OperatorData {
  const [m, n] = [sensors.length / count, values.length / count]
  const sizes = Array.from({ length: count }, (_, r) => rms(sensors.slice(r * m, (r + 1) * m)))
  return {
    count,
    sensors: sensors.map((v, i) => v / sizes[Math.floor(i / m)]!),
    values: values.map((v, i) => v / sizes[Math.floor(i / n)]!),
  }
}

/**
 * An operator whose solutions are computed at the points of a fixed grid, from sensor values to values at all points.
 * The network is the branch of a DeepONet whose trunk is a table on the host.
 */
async function onGrid(operator: OperatorProblem, isLinear: boolean): Promise<ChipProblem> {
  const splits = ['train', 'validation', 'test'] as const
  const raw = await Promise.all(splits.map((split) => operator.data(split)))
  const data = isLinear ? raw.map(unitAmplitude) : raw
  const m = operator.sensors.count
  const deviation = rms(data[0]!.sensors)
  // The half-width that gives first weights in ±2 the right currents.
  const half = (FIRST_WEIGHT * Math.sqrt(m) * deviation) / CURRENT
  const sets = new Map(
    splits.map((split, i): [string, PointSet] => {
      const { sensors, values, count } = data[i]!
      return [split, { x: sensors, y: values, count, grid: null }]
    }),
  )
  return {
    problem: {
      kind: 'regression',
      name: operator.name,
      inputs: m,
      outputs: data[0]!.values.length / data[0]!.count,
      domain: Array.from({ length: m }, () => [-half, half] as const),
      points: (split) => sets.get(split)!,
    },
    range: (DEVIATIONS * deviation) / half,
    byRow: true,
  }
}

/** Learning rates of Adam in floats: those of the tuned defaults of each problem, which were chosen by validation for other sizes. */
export const floatRates: Readonly<Record<string, { readonly eligibility: number; readonly spsa: number }>> = {
  'mexican-hat': { eligibility: 1e-2, spsa: 5e-3 },
  'poisson-1d': { eligibility: 2e-3, spsa: 5e-4 },
  'reaction-diffusion': { eligibility: 1e-3, spsa: 5e-4 },
}

/** The problems by name. The operators have few sensors and points, since a fixed grid is a readout of as many outputs. */
export const chipProblems: Readonly<Record<string, () => Promise<ChipProblem>>> = {
  'mexican-hat': () => Promise.resolve({ problem: mexicanHat(), range: 1, byRow: false }),
  'poisson-1d': () => onGrid(poisson1d({ train: 800, validation: 100, test: 500 }), true),
  'reaction-diffusion': () =>
    onGrid(reactionDiffusion({ sensors: 50, points: 12, cells: 100, train: 800, validation: 100, test: 300 }), false),
}

/** Shift and scale of all outputs together, so that values near a boundary keep their size. */
export function commonScale({ y }: PointSet): { readonly shift: number; readonly scale: number } {
  const shift = y.reduce((sum, v) => sum + v, 0) / y.length
  return { shift, scale: rms(y.map((v) => v - shift)) }
}
