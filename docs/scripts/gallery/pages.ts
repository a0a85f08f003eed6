/** The parts of the gallery's pages that are written from stored runs. */
import { tableOf } from '../../../scripts/lib/tableOf.mjs'
import { isForwardOnly, isSameArchitecture, isSpiking, isVariant, isWithoutReverse } from './storedResults.js'
import type { Result, Summary } from './storedResults.js'

/** Four decimals, or two digits and a power of ten of a number below `least`. */
export const digits = (value: number, least = 1e-3): string =>
  value > 0 && value < least ? value.toExponential(1) : value.toFixed(4)

/** A spread has as many decimals as its mean, unless all of them would be 0. */
export const withSpread = ({ mean, spread }: Summary): string =>
  `${digits(mean)} ± ${digits(spread, mean < 1e-3 ? 1e-3 : 5e-5)}`

const shown = ({ baseline }: Result): string => (baseline === null ? '–' : digits(baseline))

/** Words, those in quotes that a shell would read otherwise. */
const quoted = (words: string): string => words.replaceAll(/\S*\(\S*/g, "'$&'")

const commandOf = ({ problem, estimator, options }: Result): string => {
  const [name, scope] = estimator.split('/')
  const scoped = scope === undefined ? '' : ` --scope ${scope}`
  return `npm run -s spikeward -- train ${problem} --backend native --estimator ${quoted(name!)}${scoped}${options === '' ? '' : ` ${quoted(options)}`}`
}

/** The results in their order, those of the problem's default case before others. */
const defaultsFirst = (results: readonly Result[]): readonly Result[] => [
  ...results.filter((r) => !isVariant(r)),
  ...results.filter(isVariant),
]

/**
 * The part of a problem's page that is written from stored runs.
 *
 * @param up the path from the page to docs
 */
export function blockOf(problem: string, results: readonly Result[], up = '../'): string {
  const own = results.filter((r) => r.problem === problem)
  const ordered = defaultsFirst(own)
  const best = ordered.find(isForwardOnly)
  const lead = best ?? ordered[0]
  if (lead === undefined)
    return `No stored run. Train it with the default settings:\n\n${fenced(`npm run -s spikeward -- train ${problem} --backend native`)}`
  const summary =
    best === undefined
      ? `No run with spikes is stored. A dense network has **${withSpread(lead.mean)}** (\`${lead.estimator}\`, ${lead.keys} keys).`
      : `Of the forward-only methods with spikes, the one with the lowest validation error has **${withSpread(best.mean)}** on test data (relative L2, mean per function,
${best.keys} keys).${comparison(best)}${besideDense(best, ordered)}${besideRidge(best, ordered)}`
  const cells = own.map((r) => [
    `\`${r.estimator}\``,
    r.options === '' ? 'defaults' : `\`${r.options}\``,
    digits(r.validation),
    withSpread(r.mean),
    withSpread(r.pooled),
    shown(r),
    r.seconds < 10 ? r.seconds.toFixed(1) : r.seconds.toFixed(0),
    `${r.keys}, \`${r.run}\``,
  ])
  return `![Errors of the stored runs: mean and spread over keys${own.some((r) => r.baseline !== null) ? ', with the untrained baseline' : ''}](${up}images/gallery/${problem}.svg)

${summary}

${fenced(commandOf(lead))}

${tableOf([
  ['estimator', 'options', 'validation', 'mean per function', 'pooled', 'untrained', 's', 'keys, stored run'],
  ...cells,
])}

The column "s" is the mean time of a training in seconds: an upper limit, because many runs shared their machine with other work.`
}

function comparison(result: Result): string {
  const { baseline, learned } = result
  if (baseline === null) return ''
  const verdict = learned === false ? ', so that training has learned nothing here' : ''
  return ` The same
network with random hidden layers and a readout by ridge regression has ${shown(result)}${verdict}.`
}

/**
 * The error of a dense network of the same layers: that of the run, or of another run of these layers; null: none is
 * stored.
 */
function denseOf(best: Result, results: readonly Result[]): number | null {
  const same = results.filter(
    (r) => r.problem === best.problem && isVariant(r) === isVariant(best) && isSameArchitecture(r, best),
  )
  const held = [best, ...same].find((r) => typeof r.dense === 'number')
  return held?.dense ?? same.find((r) => !isSpiking(r))?.mean.mean ?? null
}

/** The dense network of the same layers; if none is stored, one of others. */
function besideDense(best: Result, results: readonly Result[]): string {
  const same = denseOf(best, results)
  if (same !== null) return ` A dense network of the same layers has ${errorText(same)}.`
  const other = results.find((r) => !isSpiking(r) && isVariant(r) === isVariant(best))
  const none = ' No dense network of these layers is stored; '
  return other === undefined ? '' : `${none}one of others has ${withSpread(other.mean)} (\`${other.estimator}\`).`
}

/** Ridge regressions on the same data, or on the data of another stored run of the problem. */
function besideRidge(best: Result, results: readonly Result[]): string {
  const same = results.filter((r) => isVariant(r) === isVariant(best))
  const { linear = null, kernel = null, run } = [best, ...same].find((r) => typeof r.kernel === 'number') ?? best
  if (linear === null || kernel === null) return ''
  const where = run === best.run ? 'On the same data' : `On the data of \`${run}\``
  const better =
    Math.min(linear, kernel) < best.mean.mean ? ': a method without a network solves this problem better' : ''
  return ` ${where}, linear ridge regression has ${errorText(linear)} and ridge regression with a Gaussian kernel ${errorText(kernel)}${better}.`
}

/** An error, in powers of ten if it is small. */
const errorText = (error: number): string => (error < 1e-3 ? error.toExponential(1) : digits(error))

const fenced = (command: string): string => `\`\`\`sh\n${command}\n\`\`\``

/**
 * Goals for the relative L2 error: of a spiking network, of a dense one; null where none is set. `row` holds what the
 * options of a run must contain.
 */
const goals: readonly {
  readonly name: string
  readonly problem: string
  readonly row?: string
  readonly spiking: number
  readonly dense: number
}[] = [
  { name: 'Poisson, square', problem: 'poisson-2d', spiking: 1e-2, dense: 1e-3 },
  { name: 'Poisson, disc', problem: 'poisson-2d', row: '--shape disc', spiking: 1e-2, dense: 1e-3 },
  { name: 'Poisson, L', problem: 'poisson-2d', row: '--shape l', spiking: 3e-2, dense: 1e-2 },
  { name: 'Helmholtz (1, 4)', problem: 'helmholtz-2d', spiking: 3e-2, dense: 3e-3 },
  { name: 'Burgers, shock', problem: 'burgers-pinn', spiking: 2e-2, dense: 2e-3 },
  { name: 'Allen–Cahn', problem: 'allen-cahn', spiking: 5e-2, dense: 1e-2 },
  { name: 'Kovasznay', problem: 'kovasznay', spiking: 2e-2, dense: 2e-3 },
  { name: 'elasticity', problem: 'elasticity-2d', spiking: 3e-2, dense: 5e-3 },
  { name: 'Darcy, piecewise constant, 29²', problem: 'darcy-2d', spiking: 5e-2, dense: 3e-2 },
  { name: 'Navier–Stokes vorticity, 32²', problem: 'navier-stokes', spiking: 6e-2, dense: 3e-2 },
]

/** The goals beside what the forward-only method with the lowest validation error reached on test data. */
export function goalsTable(results: readonly Result[]): string {
  const cells = goals.map((goal) => {
    const { problem, row } = goal
    const own = results.filter(
      (r) =>
        r.problem === problem && isWithoutReverse(r) && (row === undefined ? !isVariant(r) : r.options.includes(row)),
    )
    const reached = (limit: number, spikes: boolean): readonly string[] => {
      const best = own.find((r) => isSpiking(r) === spikes)
      if (best === undefined) return [`${limit}`, 'no forward-only run']
      return [`${limit}`, `${withSpread(best.mean)}${best.mean.mean <= limit ? '' : ' (not reached)'}`]
    }
    return [goal.name, ...reached(goal.spiking, true), ...reached(goal.dense, false)]
  })
  return tableOf([['equation', 'goal, spiking', 'reached', 'goal, dense', 'reached'], ...cells])
}

/**
 * The overview: the forward-only result of each problem that validation data choose, bold if it is learned, beside
 * other methods on its data.
 *
 * @param linkOf the address of a problem's page
 * @param pictureOf that of its picture, a square
 */
export function overview(
  results: readonly Result[],
  linkOf: (problem: string) => string,
  pictureOf: (problem: string) => string,
): string {
  const problems = [...new Set(results.map((r) => r.problem))].sort()
  const shownResults = problems.flatMap(
    (problem) => defaultsFirst(results).find((r) => r.problem === problem && isForwardOnly(r)) ?? [],
  )
  const cells = shownResults.map((best) => {
    const { problem } = best
    const learned = best.learned === true && best.mean.mean < 1
    const error = learned ? `**${withSpread(best.mean)}**` : withSpread(best.mean)
    const other = (value: number | null | undefined): string => (typeof value === 'number' ? errorText(value) : '–')
    const others = [best.linear, best.kernel, denseOf(best, results)].map(other)
    const picture = `<img src="${pictureOf(problem)}" alt="solution of ${problem}" width="48" height="48">`
    return [picture, `[${problem}](${linkOf(problem)})`, `\`${best.estimator}\``, error, shown(best), ...others]
  })
  const head = ['', 'problem', 'estimator', 'error', 'untrained', 'linear ridge', 'kernel ridge', 'dense network']
  return tableOf([head, ...cells])
}
