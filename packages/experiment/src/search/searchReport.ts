import { meanSpread, shown } from '../comparison/tableCells.js'
import { table } from '../io/texts.js'
import { dashed } from '../usage/pick.js'
import { bestOf } from './strategies.js'
import { type SearchSettings, type SearchTrial, type Searched, textOf } from './runSearch.js'

const SHOWN = 10

export const flagsOf = ({ point }: Pick<SearchTrial, 'point'>): string =>
  Object.entries(point)
    .map(([name, value]) =>
      typeof value === 'boolean' ? `--${value ? '' : 'no-'}${dashed(name)}` : `--${dashed(name)} ${String(value)}`,
    )
    .join(' ')

const edgesOf = ({ winner }: Searched): readonly string[] =>
  Object.entries(winner.interior).flatMap(([name, interior]) => (interior ? [] : [dashed(name)]))

const secondsOf = (trials: readonly SearchTrial[]): number => trials.reduce((sum, { seconds }) => sum + seconds, 0)

/** A search as a page in Markdown. */
export function searchReport(settings: SearchSettings, found: Searched): string {
  const { problem, space, keys, key } = settings
  const { trials, winner, mean, spread, baselineRidge, tests, config } = found
  const [usual] = trials
  const failed = trials.filter(({ failure }) => failure !== null).length
  const edges = edgesOf(found)
  const rows = bestOf(trials, SHOWN).map((t) => [
    String(t.trial),
    shown(t.validation),
    ...space.map(
      ({ name }) => `${String(t.point[name] ?? 'as without a search')}${t.interior[name] === false ? ' (edge)' : ''}`,
    ),
  ])
  return [
    `# Search for settings of ${problem}\n\n`,
    `${trials.length} trials by a Parzen estimator, ${failed} failed, ${secondsOf(trials).toFixed(1)} s of training, on the validation data, with one key of their own.\n\n`,
    table(['trial', 'validation error', ...space.map(({ name }) => dashed(name))], rows),
    `\nThe run without a search, trial 1: ${shown(usual?.validation ?? null)}. Estimator ${config.estimator}, network ${config.network}, ${config.steps} steps.\n`,
    `\nBest settings: ${textOf(winner.point)}\n\n    ${flagsOf(winner)}\n\n`,
    `Error on the test data, ${keys === 1 ? `key ${key}` : `keys ${key} to ${key + keys - 1}`}: ${meanSpread(mean, spread)}; untrained with a ridge readout: ${shown(baselineRidge)}.\n`,
    ...(tests.some(({ failure }) => failure !== null)
      ? ['Some of these runs failed; the mean leaves them out.\n']
      : []),
    ...(baselineRidge !== null && mean !== null && mean >= baselineRidge
      ? [
          'No better than the untrained network: a solved readout on its untrained hidden layers does as well or better. ' +
            'Search with more --steps, over other settings, or with another --estimator.\n',
        ]
      : []),
    ...(edges.length === 0
      ? []
      : [`The best value of ${edges.join(', ')} is at the edge of its range; search a wider one.\n`]),
  ].join('')
}
