/**
 * Options of trainings, and parsers of names that a cell hands to `spikeward train`: an unknown one is refused before
 * the first cell.
 */
import { type Command, InvalidArgumentError } from 'commander'
import { factories, isExternal } from '@spikeward/experiment'
import { problemDefaults } from '@spikeward/experiment/tuned'
import { count, keys, names, positive } from '../argumentParsers.js'
import { namesOf } from '../catalogue.js'
import { backendNames } from '../backends.js'

const known = {
  // `own` and `table` have default settings only: they learn from the user's data, which further options name.
  problem: [...new Set([...namesOf('problem'), ...Object.keys(problemDefaults)])],
  estimator: [...namesOf('estimator'), ...Object.keys(factories.combinator)],
  backend: ['auto', ...backendNames],
}

/**
 * A name of `spikeward train`, perhaps with options in parentheses or a scope after a slash: `spsa(size=0.1)`,
 * `rfg/layerwise`.
 */
export const trainName =
  (kind: keyof typeof known) =>
  (text: string): string => {
    const [head = ''] = text.split(/[(/]/)
    const isFile = isExternal(text) || text.endsWith('.json')
    if (!isFile && !known[kind].includes(head.trim()))
      throw new InvalidArgumentError(
        `"${text}" is not one of ${known[kind].join(', ')}, and no package#name or ./file.ts#name.`,
      )
    return text
  }

/** The options of all benchmarks that train by the command line, with the defaults that they choose. */
export const withTrainingOptions = (
  command: Command,
  chosen: { readonly estimators: readonly string[]; readonly keys: readonly number[]; readonly options: string },
): Command =>
  command
    .option(
      '--estimators <names>',
      'estimators of `spikeward list`; rfg/layerwise names a scope',
      trainNames('estimator'),
      chosen.estimators,
    )
    .option('--keys <list>', 'keys', keys, chosen.keys)
    .option('--seconds <s>', 'approximate duration of each training; default: the steps of its own settings', positive)
    .option(
      '--options <text>',
      chosen.options,
      (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text],
    )
    .option('--threads <n>', 'threads', count, 1)
    .option('--budget <s>', 'start no further training after this many seconds', positive, 3600)

/** Such names, separated by commas. */
export const trainNames =
  (kind: keyof typeof known) =>
  (text: string): readonly string[] =>
    names(text).map(trainName(kind))
