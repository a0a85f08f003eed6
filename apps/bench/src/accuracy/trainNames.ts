/** Parsers of names that a cell hands to `spikeward train`: an unknown one is refused before the first cell. */
import { InvalidArgumentError } from 'commander'
import { declaredIn, kebabCase } from '@spikeward/core'
import type { Kind } from '@spikeward/core'
import * as estimatorPackage from '@spikeward/estimators'
import * as problemPackage from '@spikeward/problems'
import { problemDefaults } from '@spikeward/experiment/tuned'
import { names } from '../argumentParsers.js'
import { backendNames } from '../backends.js'

/** Every name of the declared exports of some kinds, aliases included. */
const namesIn = (exports: Readonly<Record<string, unknown>>, ...kinds: readonly Kind[]): readonly string[] =>
  kinds
    .flatMap((kind) => Object.values(declaredIn({ ...exports }, kind)))
    .flatMap(({ declaration: { name, aliases } }) => [name, ...aliases])

const known = {
  // `own` and `table` have default settings only: they learn from the user's data, which further options name.
  problem: [...new Set([...namesIn(problemPackage, 'problem').map(kebabCase), ...Object.keys(problemDefaults)])],
  estimator: namesIn(estimatorPackage, 'estimator', 'combinator'),
  backend: ['auto', ...backendNames],
}

/** Whether a name is that of a package or a file: `package#name`, `./plate.json`. */
const isExternal = (name: string): boolean => name.includes('#') || name.endsWith('.json')

/** A name of `spikeward train`, perhaps with options in parentheses or a scope after a slash: `spsa(size=0.1)`, `rfg/layerwise`. */
export const trainName =
  (kind: keyof typeof known) =>
  (text: string): string => {
    const [head = ''] = text.split(/[(/]/)
    if (!isExternal(text) && !known[kind].includes(head.trim()))
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
