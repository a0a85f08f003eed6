/** Operators in the files of a user, trained by the default settings that a trial chooses, beside the baselines. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { key as keyOf } from '@spikeward/core'
import { type Baselines, OWN, train } from '@spikeward/experiment'
import { gaussianProcess, rbf, sampleFunctions } from '@spikeward/problems'
import { encodeNpy } from '@spikeward/problems/node'
import { sampleMean } from '@spikeward/train'
import { type Study, columns, digits, meanSpread, temporaryFolder, titled } from './tools.js'

/** Intervals of the fine grid between two points: integrals and equations are computed there. */
const FINE = 16

/** ∫₀ˣ g on the fine grid of [0, 1], by the trapezoidal rule. */
function antiderivative(g: Float64Array): Float64Array {
  const sums = new Float64Array(g.length)
  for (let i = 1; i < g.length; i++) sums[i] = sums[i - 1]! + (g[i - 1]! + g[i]!) / 2 / (g.length - 1)
  return sums
}

/**
 * u″ = 20 (f − sin u), u(0) = u′(0) = 0, by the classical method of Runge and Kutta; a step takes two intervals of the
 * grid.
 */
function pendulum(f: Float64Array): Float64Array {
  const h = 2 / (f.length - 1)
  const all = new Float64Array(f.length)
  let [u, v] = [0, 0]
  for (let i = 0; i + 2 < f.length; i += 2) {
    const force = (at: number, x: number): number => 20 * (f[i + at]! - Math.sin(x))
    const [a1, v1] = [force(0, u), v]
    const [a2, v2] = [force(1, u + (h / 2) * v1), v + (h / 2) * a1]
    const [a3, v3] = [force(1, u + (h / 2) * v2), v + (h / 2) * a2]
    const [a4, v4] = [force(2, u + h * v3), v + h * a3]
    u += (h / 6) * (v1 + 2 * v2 + 2 * v3 + v4)
    v += (h / 6) * (a1 + 2 * a2 + 2 * a3 + a4)
    all[i + 2] = u
  }
  return all
}

/** uₜ = 0.01 uₓₓ at t = 1 with insulated ends, from u = f at t = 0: Σₖ cₖ exp(−0.01 (kπ)²) cos(kπx), k < 16. */
function heat(f: Float64Array): Float64Array {
  const n = f.length - 1
  const u = new Float64Array(f.length)
  for (let k = 0; k < 16; k++) {
    const mode = f.map((_, i) => Math.cos((k * Math.PI * i) / n))
    const c = (k === 0 ? 1 : 2) * antiderivative(f.map((value, i) => value * mode[i]!))[n]!
    mode.forEach((value, i) => (u[i]! += c * Math.exp(-0.01 * (k * Math.PI) ** 2) * value))
  }
  return u
}

/** Operators as users have them in files, by their formulas. The first two are linear. */
export const operators: Readonly<Record<string, (f: Float64Array) => Float64Array>> = {
  'u = ∫₀ˣ f': antiderivative,
  'uₜ = 0.01 uₓₓ, from f to t = 1': heat,
  'u = sin(4 ∫₀ˣ f)': (f) => antiderivative(f).map((x) => Math.sin(4 * x)),
  'u = ∫₀ˣ f²': (f) => antiderivative(f.map((x) => x ** 2)),
  'u = exp f': (f) => f.map(Math.exp),
  'u″ = 20 (f − sin u)': pendulum,
}

/** One row: a training by the default settings. */
export interface OwnDataRow {
  readonly operator: string
  readonly key: number
  readonly error: number
  readonly baselines: Baselines
  /** Of the training after the trial. */
  readonly seconds: number
  /** The estimator and the treatment of the amplitude, as the trial chose them. */
  readonly chosen: string
}

/** Writes Gaussian input functions of correlation length 0.2 on [0, 1], their solutions, and the points of both. */
export async function writeOwnData(
  folder: string,
  solve: (f: Float64Array) => Float64Array,
  functions: number,
  points: number,
  key: number,
): Promise<void> {
  const fine = Float64Array.from({ length: FINE * (points - 1) + 1 }, (_, i) => i / (FINE * (points - 1)))
  const coarse = (values: Float64Array): Float64Array => values.filter((_, i) => i % FINE === 0)
  const samples = await sampleFunctions(
    gaussianProcess({ kernel: rbf({ length: 0.2 }), domain: [0, 1] }),
    keyOf(key),
    functions,
  )
  const [f, u] = [new Float64Array(functions * points), new Float64Array(functions * points)]
  samples.forEach((one, i) => {
    f.set(coarse(one(fine)), i * points)
    u.set(coarse(solve(one(fine))), i * points)
  })
  for (const [name, data, shape] of [
    ['f', f, [functions, points]],
    ['u', u, [functions, points]],
    ['x', coarse(fine), [points]],
  ] as const)
    await writeFile(join(folder, `${name}.npy`), encodeNpy({ shape: [...shape], data }))
}

/** Operators of a user. */
export const ownData: Study<{ readonly rows: readonly OwnDataRow[] }> = {
  name: 'own-data',
  summary: 'operators in the files of a user, trained by the default settings, beside the baselines',
  async run({ quick, backend, log }) {
    const [functions, points] = quick ? [20, 8] : [200, 50]
    const small = quick ? { steps: 4, branch: [6], trunk: [5], features: 3, time: 4, estimator: 'eligibility' } : {}
    const rows: OwnDataRow[] = []
    for (const [operator, solve] of Object.entries(operators).slice(0, quick ? 1 : undefined))
      for (const key of quick ? [601] : [601, 602, 603, 604, 605]) {
        await using folder = await temporaryFolder('own-data')
        await writeOwnData(folder.path, solve, functions, points, key)
        const file = (name: string): string => join(folder.path, `${name}.npy`)
        await using run = await train({
          ...{ problem: OWN, data: file('f'), inputs: 'f', outputs: `${file('u')}#u`, coords: `${file('x')}#x` },
          ...{ key, dataKey: key, backend: backend.name, threads: 1, baselines: 'all', ...small },
        })
        const { estimator, amplitude } = run.config
        const { baselines } = run
        rows.push({
          ...{ operator, key, error: run.relativeL2, baselines },
          ...{ seconds: run.result.seconds, chosen: `${estimator}, ${amplitude}` },
        })
        log(`${operator}, key ${key}: ${digits(run.relativeL2)}, untrained ${digits(baselines.untrained)}`)
      }
    return { rows }
  },
  table({ rows }) {
    const groups = Object.keys(operators).map((operator) => rows.filter((row) => row.operator === operator))
    return titled(
      'Operators in files, by default settings: 200 functions with 50 sensors, relative L2 on the test functions, mean and spread over five pairs of functions and networks, keys 601 to 605',
      columns(
        groups.filter((own) => own.length > 0),
        {
          operator: ([first]) => first!.operator,
          trained: (own) => meanSpread(own.map((r) => r.error)),
          'untrained, ridge': (own) => meanSpread(own.map((r) => r.baselines.untrained)),
          'linear ridge': (own) => meanSpread(own.map((r) => r.baselines.linear)),
          'kernel ridge': (own) => meanSpread(own.map((r) => r.baselines.kernel)),
          'dense, same layers': (own) => meanSpread(own.map((r) => r.baselines.dense)),
          'trained / untrained': (own) => meanSpread(own.map((r) => r.error / (r.baselines.untrained ?? Number.NaN))),
          'the trial chose': (own) => [...new Set(own.map((r) => r.chosen))].join('; '),
          seconds: (own) => digits(sampleMean(own.map((r) => r.seconds))),
        },
      ),
      'The trial chooses estimator, amplitude and penalty of the readout on the validation functions; the seconds are those of the training after it.',
    )
  },
}
