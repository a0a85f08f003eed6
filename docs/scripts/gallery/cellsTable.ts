/** The stored runs of each equation: from values and from the equation, with spikes and without, by estimator. */
import { tableOf } from '../../../scripts/lib/tableOf.mjs'
import { digits, withSpread } from './pages.js'
import { isSpiking, isVariant, isWithoutReverse } from './storedResults.js'
import type { Result } from './storedResults.js'

/** The training data of a network: values or the equation. */
type Source = 'values' | 'equation' | 'both'

/** A case of a problem, with the sources that make sense for it; `row` holds what the options of a run must contain. */
type Case = {
  readonly name: string
  readonly problem: string
  readonly row?: string
  readonly sources: readonly Source[]
  /** Whether the problem is an operator, which learns from values by default. */
  readonly operator?: boolean
}

const both: readonly Source[] = ['values', 'equation']

/**
 * Darcy's piecewise constant permeability has no residual, and that of the vorticity is not stated. A shape changes only the points of
 * learning from values. Inverse problems have measurements beside the equation.
 */
const cases: readonly Case[] = [
  { name: 'Burgers, shock', problem: 'burgers-pinn', sources: both },
  { name: 'Allen–Cahn', problem: 'allen-cahn', sources: both },
  { name: 'Nagumo', problem: 'nagumo', sources: both, operator: true },
  { name: 'Helmholtz (1, 4)', problem: 'helmholtz-2d', sources: both },
  { name: 'Poisson, square', problem: 'poisson-2d', sources: both },
  { name: 'Poisson, disc', problem: 'poisson-2d', row: '--shape disc', sources: ['equation'] },
  { name: 'Poisson, L', problem: 'poisson-2d', row: '--shape l', sources: ['equation'] },
  { name: 'Poisson, plate with a hole', problem: 'poisson-2d', row: '--shape hole', sources: ['equation'] },
  { name: 'heat', problem: 'heat-1d', sources: both },
  { name: 'wave', problem: 'wave-1d', sources: both },
  { name: 'Darcy, piecewise constant', problem: 'darcy-2d', sources: ['values'], operator: true },
  {
    name: 'Darcy, log-normal',
    problem: 'darcy-2d',
    row: '--permeability lognormal',
    sources: both,
    operator: true,
  },
  { name: 'Kovasznay', problem: 'kovasznay', sources: both },
  { name: 'cavity, regularised lid', problem: 'lid-driven-cavity', row: '--lid regularised', sources: both },
  { name: 'cavity, uniform lid', problem: 'lid-driven-cavity', row: '--lid uniform', sources: both },
  { name: 'Navier–Stokes vorticity', problem: 'navier-stokes', sources: ['values'], operator: true },
  { name: 'elasticity', problem: 'elasticity-2d', sources: both },
  { name: 'inverse Poisson', problem: 'inverse-poisson', sources: ['both'] },
  { name: 'inverse Burgers', problem: 'inverse-burgers', sources: ['both'] },
  { name: 'Taylor–Green', problem: 'taylor-green', sources: both },
]

/** The problems of the table. */
export const problemsInCells: readonly string[] = cases.map(({ problem }) => problem)

/** The training data of a run, if a problem has both kinds. */
const sourceOf = ({ options }: Result, operator: boolean): Source =>
  (operator ? options.includes('--loss physics') : !options.includes('--loss data')) ? 'equation' : 'values'

/** The stored runs of one case, source and network, the lowest validation error first. */
const runsOf = (
  results: readonly Result[],
  { problem, row, operator = false }: Case,
  source: Source,
  spikes: boolean,
): readonly Result[] =>
  results.filter(
    (r) =>
      r.problem === problem &&
      (row === undefined ? !isVariant(r) : r.options.includes(row)) &&
      (source === 'both' || sourceOf(r, operator) === source) &&
      isSpiking(r) === spikes,
  )

/** The time of a training, in seconds. */
const secondsOf = ({ seconds }: Result): string => (seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0))

/**
 * A row for each case, source and network: the forward-only run with the lowest validation error, `rfg` and `bp`, each with the time of
 * training, and the untrained network with a solved readout.
 */
export function cellsTable(results: readonly Result[]): string {
  const named: Readonly<Record<Source, string>> = {
    values: 'values',
    equation: 'equation',
    both: 'equation and measurements',
  }
  const cells = cases.flatMap((one) =>
    one.sources.flatMap((source) =>
      [true, false].map((spikes) => {
        const own = runsOf(results, one, source, spikes)
        const shown = (found: Result | undefined, more = ''): string =>
          found === undefined ? 'no stored run' : `${withSpread(found.mean)} (${more}${secondsOf(found)} s)`
        const by = (estimator: string): string => shown(own.find((r) => r.estimator === estimator))
        const best = own.find(isWithoutReverse)
        const untrained = best?.baseline ?? own.find((r) => r.baseline !== null)?.baseline ?? null
        return [
          one.name,
          named[source],
          spikes ? 'spiking' : 'dense',
          shown(best, best === undefined ? '' : `\`${best.estimator}\`, `),
          by('rfg'),
          by('bp'),
          untrained === null ? '–' : digits(untrained),
        ]
      }),
    ),
  )
  return tableOf([['equation', 'learned from', 'network', 'best forward only', '`rfg`', '`bp`', 'untrained'], ...cells])
}
