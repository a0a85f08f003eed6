import { subsetText } from '../run/result.js'
import { drawsDirections } from '../baselines/runBaselines.js'
import { type DataFacts, pairedTo, rowHasLearned } from './compareBaselines.js'
import { errorText, meanOf, meanSpread, networkLine, shown, spreadOf, table } from '../io/texts.js'
import type { CompareRow, CompareSettings } from './trial.js'

function controlNotes(isWorse: boolean, learned: boolean | null): readonly string[] {
  if (isWorse) return ['fails: no better than untrained']
  return learned === false ? ['not learned: no better than untrained or than random signs by more than the spread'] : []
}

function success({ config, trials }: CompareRow, learned: boolean | null): string {
  if (learned === true) return 'learns'
  return drawsDirections(config) && trials.every((t) => t.baselines.randomSign === null)
    ? 'below untrained; the control by random signs was not run (--baselines all)'
    : 'below untrained; too few pairs of keys to say that it learns'
}

/** Compares a row with the same untrained networks, and reports failures and timing of its runs. */
export function verdict(row: CompareRow): string {
  const { mean, baselines, failures, offTime, trials } = row
  const why = trials.find(({ failure }) => failure !== null)?.failure ?? 'its error is not finite'
  if (mean === null) return `fails for every key: ${why}`
  const learned = rowHasLearned(row)
  const notes = [
    ...(failures > 0
      ? [`fails for ${failures} of ${trials.length} keys, which are excluded from the means: ${why}`]
      : []),
    ...controlNotes(baselines.untrained !== null && mean >= baselines.untrained, learned),
  ]
  const late =
    offTime > 0 ? [`${offTime} of ${trials.length} keys took less than 0.9 or more than 1.1 of the time`] : []
  return [...(notes.length === 0 ? [success(row, learned)] : notes), ...late].join('; ')
}

function dataKeysOf([row]: readonly CompareRow[]): string {
  const keys = (row?.trials ?? []).map(({ config }) => config.dataKey)
  return new Set(keys).size > 1 ? `, each with its own data (data keys ${keys.join(', ')})` : ''
}

function pairedText(row: CompareRow, rows: readonly CompareRow[]): string {
  const other = pairedTo(row, rows)
  if (other === null) return '1'
  if (other.paired === null) return row.mean === null || other.mean === null ? '—' : (row.mean / other.mean).toFixed(2)
  const { ratio, low, high } = other.paired
  return `${ratio.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`
}

function baselinesSection([facts]: readonly DataFacts[], compared: readonly CompareRow[], unit: string): string {
  const of = (name: 'untrained' | 'linear' | 'kernel' | 'dense' | 'randomSign', row = compared[0]) =>
    (row?.trials ?? []).map(({ baselines }) => baselines[name])
  const rows = [
    ['untrained network, its readout solved', of('untrained')] as const,
    [`linear ridge regression${subsetText(facts?.linear?.rows, facts?.linear?.of)}`, of('linear')] as const,
    [`Gaussian kernel ridge regression${subsetText(facts?.kernel?.centres, facts?.kernel?.of)}`, of('kernel')] as const,
    ['dense network of the same sizes, by bp', of('dense')] as const,
    ...compared.map((row) => [`${row.label} with random signs, ${row.budget} ${unit}`, of('randomSign', row)] as const),
  ].filter(([, errors]) => errors.some((error) => error !== null))
  if (rows.length === 0) return ''
  const errorOf = (errors: readonly (number | null)[]): string => {
    const [mean, spread] = [meanOf(errors), spreadOf(errors)]
    return mean === null ? '—' : `${errorText(mean)}${spread === null ? '' : ` ± ${errorText(spread)}`}`
  }
  return `\n## Other methods on the same data\n\n${table(
    ['method', 'error on the test split'],
    rows.map(([name, errors]) => [name, errorOf(errors)]),
  )}`
}

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(2)

function settingsOf(
  { problem, common, key, keys, share, rates }: CompareSettings,
  rows: readonly CompareRow[],
): string {
  const { config } = rows[0] as CompareRow
  const { time, neuron, surrogate, batch, schedule, backend, threads } = config
  return (
    `${problem}; ${networkLine(config)}; T = ${time}; neuron ${neuron}; surrogate ${surrogate}; batch ${batch}; ` +
    `schedule ${schedule}; backend ${backend}, ${threads ?? 'all'} threads; keys ${key} to ${key + keys - 1}${dataKeysOf(rows)}` +
    `${common.readoutSolve === undefined ? '' : `; readout solved every ${common.readoutSolve} steps`}.\n\n` +
    (rates <= 1
      ? 'No search: each estimator runs at its default rate.\n'
      : `Learning rates were chosen for each estimator on the validation points, with a separate key, by runs of ${share} of the budget;  ` +
        'a shorter run favours a higher rate. Only the runs of the table used the test points.\n')
  )
}

/**
 * The comparison as a page in Markdown.
 *
 * @param operators whether the errors are those of functions
 * @param facts how the errors of other methods on the same data were found; default: there are none
 */
export function compareReport(
  settings: CompareSettings,
  rows: readonly CompareRow[],
  operators: boolean,
  facts: readonly DataFacts[] = [],
): string {
  const what = rows.some(({ trials }) => trials.some(({ measure }) => measure === 'residual'))
    ? 'residual and conditions'
    : 'relative L2'
  const parts = [
    `# Estimators on ${settings.problem} ${settings.unit === 's' ? 'within equal wall-clock times' : 'after equally many steps'}\n\n${settingsOf(settings, rows)}`,
  ]
  for (const budget of settings.budgets) {
    const own = rows.filter((r) => r.budget === budget)
    const reference = own.find((r) => r.config.estimator === 'bp') ?? own[0]
    parts.push(
      `\n## ${budget} ${settings.unit}\n\n`,
      table(
        [
          'estimator',
          'optimiser, rate',
          ...(operators
            ? ['relativeL2 (mean per function), test', 'relativeL2Pooled (all functions together), test']
            : [`${what}, test`]),
          `${operators ? 'relativeL2 ' : ''}÷ ${reference?.label ?? ''}, paired (95 % interval)`,
          operators ? 'untrained ridge (relativeL2)' : 'untrained ridge',
          's',
          'steps',
          'steps/s',
          'forward passes',
          'peak MiB',
          '',
        ],
        own.map((r) => [
          r.label,
          `${r.config.optimizer}, ${r.search.learningRate}${r.search.atEdge ? ' (edge)' : ''}`,
          meanSpread(r.mean, r.spread),
          ...(operators ? [meanSpread(r.meanPooled, r.spreadPooled)] : []),
          pairedText(r, own),
          shown(r.baselines.untrained),
          shown(r.seconds, 1),
          shown(r.steps, 0),
          shown(r.stepsPerSecond, 0),
          shown(r.forwardEquivalents, 0),
          mib(r.peakBytes),
          verdict(r),
        ]),
      ),
    )
  }
  if (facts.length > 0) parts.push(baselinesSection(facts, rows, settings.unit))
  if (settings.rates > 1)
    parts.push(
      '\n## The search\n\n',
      table(
        ['estimator', `budget, ${settings.unit}`, 'rate', `${operators ? 'relativeL2' : what}, validation`, 'steps'],
        rows.flatMap((r) =>
          r.search.tried.map((t) => [
            r.label,
            String(r.budget),
            `${t.learningRate}${t.learningRate === r.search.learningRate ? ' (chosen)' : ''}`,
            t.validation === null ? 'not finite' : shown(t.validation),
            String(t.steps),
          ]),
        ),
      ),
    )
  return parts.join('')
}
