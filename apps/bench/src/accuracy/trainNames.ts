/** Parsers of names that a cell hands to `spikeward train`: an unknown one is refused before the first cell. */
import { InvalidArgumentError } from 'commander'
import { factories, isExternal } from '@spikeward/experiment'
import { problemDefaults } from '@spikeward/experiment/tuned'
import { names } from '../argumentParsers.js'
import { namesOf } from '../catalogue.js'
import { backendNames } from '../backends.js'

const known = {
  // `own` and `table` have default settings only: they learn from the user's data, which further options name.
  problem: [...new Set([...namesOf('problem'), ...Object.keys(problemDefaults)])],
  estimator: [...namesOf('estimator'), ...Object.keys(factories.combinator)],
  backend: ['auto', ...backendNames],
}

/** A name of `spikeward train`, perhaps with options in parentheses or a scope after a slash: `spsa(size=0.1)`, `rfg/layerwise`. */
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

/** Such names, separated by commas. */
export const trainNames =
  (kind: keyof typeof known) =>
  (text: string): readonly string[] =>
    names(text).map(trainName(kind))
