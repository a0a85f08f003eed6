/** Coefficients of inverse problems, as stored runs found them, beside their true values and goals. */
import { tableOf } from '../../../scripts/lib/tableOf.mjs'
import { inversePoisson } from '@spikeward/problems'
import { sampleMean } from '@spikeward/train'
import type { Result } from './storedResults.js'

/** The goals: the largest relative error of a coefficient, with exact measurements and with an error of 1 %. */
const goals = { spiking: { clean: 0.02, noisy: 0.05 }, dense: { clean: 0.005, noisy: 0.02 } }

/** The true coefficients of each problem. */
const truth: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'inverse-poisson': { k: Number(inversePoisson.declaration.options.coefficient.default) },
  'inverse-burgers': { convection: 1, viscosity: 1 },
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`

/**
 * One row for each stored run with coefficients: the mean found, and the largest relative error over keys beside the
 * goal.
 *
 * @returns Markdown; empty without such runs
 */
export function coefficientsTable(results: readonly Result[]): string {
  const cells = results.flatMap(({ problem, estimator, options, keys, coefficients }) =>
    Object.entries(coefficients).map(([name, found]) => {
      const exact = truth[problem]?.[name]
      if (exact === undefined) throw new Error(`no true value of '${name}' of ${problem}; add it to truth`)
      const error = Math.max(...found.map((v) => Math.abs(v / exact - 1)))
      const goal =
        goals[options.includes('--spiking none') ? 'dense' : 'spiking'][options.includes('--noise') ? 'noisy' : 'clean']
      const verdict = error <= goal ? '' : ' (not reached)'
      return [
        problem,
        `\`${estimator}\``,
        `\`${options}\``,
        name,
        `${exact}`,
        sampleMean(found).toFixed(4),
        `${percent(error)}${verdict}`,
        percent(goal),
        `${keys}`,
      ]
    }),
  )
  if (cells.length === 0) return ''
  const head = [
    'problem',
    'estimator',
    'options',
    'coefficient',
    'true',
    'found, mean',
    'largest error',
    'goal',
    'keys',
  ]
  return tableOf([head, ...cells])
}
