import { meanSpread, networkLine, shown } from './tableCells.js'
import { table } from '../io/table.js'
import type { CompareRow, CompareSettings } from './compareEstimators.js'

/** Compares a row with the same untrained networks, and reports failures and timing of its runs. */
export function verdict({ mean, baselineRidge, failures, offTime, trials }: CompareRow): string {
  const why = trials.find(({ failure }) => failure !== null)?.failure ?? 'its error is not finite'
  if (mean === null) return `fails for every key: ${why}`
  const notes = [
    ...(failures > 0
      ? [`fails for ${failures} of ${trials.length} keys, which are excluded from the means: ${why}`]
      : []),
    ...(baselineRidge !== null && mean >= baselineRidge ? ['fails: no better than untrained'] : []),
  ]
  const late =
    offTime > 0 ? [`${offTime} of ${trials.length} keys took less than 0.9 or more than 1.1 of the time`] : []
  return [...(notes.length === 0 ? ['learns'] : notes), ...late].join('; ')
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
    `schedule ${schedule}; backend ${backend}, ${threads ?? 'all'} threads; keys ${key} to ${key + keys - 1}` +
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
 */
export function compareReport(settings: CompareSettings, rows: readonly CompareRow[], operators: boolean): string {
  const what = rows.some(({ trials }) => trials.some(({ measure }) => measure === 'residual'))
    ? 'residual and conditions'
    : 'relative L2'
  const parts = [
    `# Estimators on ${settings.problem} ${settings.unit === 's' ? 'at equal wall-clock' : 'after equally many steps'}\n\n${settingsOf(settings, rows)}`,
  ]
  for (const budget of settings.budgets) {
    const own = rows.filter((r) => r.budget === budget)
    const bp = own.find((r) => r.config.estimator === 'bp')?.mean ?? null
    parts.push(
      `\n## ${budget} ${settings.unit}\n\n`,
      table(
        [
          'estimator',
          'optimiser, rate',
          ...(operators
            ? ['relativeL2 (mean per function), test', 'relativeL2Pooled (all functions together), test']
            : [`${what}, test`]),
          operators ? 'relativeL2 ÷ bp' : '÷ bp',
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
          r.mean === null || bp === null ? '—' : (r.mean / bp).toFixed(2),
          shown(r.baselineRidge),
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
  if (settings.rates > 1) {
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
  }
  return parts.join('')
}
