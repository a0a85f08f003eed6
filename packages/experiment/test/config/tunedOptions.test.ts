import { expect, test } from 'vitest'
import { problemDefaults, untunedDefaults } from '@spikeward/experiment/tuned'
import type { ByEstimator, NetworkDefaults, ProblemDefaults } from '@spikeward/experiment/tuned'
import { type Factory, factories, listsOf, lookUp } from '../../src/catalogue/factories.js'
import { takesFlag } from '../../src/catalogue/optionValues.js'
import { estimatorOptions } from '../../src/config/tunedSettings.js'

type Network = Pick<NetworkDefaults, 'byEstimator'> & { readonly physics?: Network; readonly dense?: Network }

/** The tables of a network and of its variants. */
const tablesOf = ({ byEstimator, physics, dense }: Network): readonly ByEstimator[] => [
  ...(byEstimator === undefined ? [] : [byEstimator]),
  ...[physics, dense].flatMap((variant) => (variant === undefined ? [] : tablesOf(variant))),
]

const estimators: readonly Factory[] = Object.values(factories.estimator)

/** The estimators that a row of a table is for: `other` stands for all that the table does not name. */
const estimatorsOf = (row: string): readonly Factory[] => {
  const [name = ''] = row.split(' ')
  if (name === 'other') return estimators
  const found = lookUp(listsOf('estimator'), name)
  return found === null ? [] : [found.factory]
}

// A table accepts any option in its type, since each estimator declares its own.
test.each<[string, ProblemDefaults]>([...Object.entries(problemDefaults), ...Object.entries(untunedDefaults)])(
  'the tuned values of %s are settings of a run or options that the estimator declares',
  (_, { byEstimator, networks }) => {
    const rows = [byEstimator, ...Object.values(networks).flatMap(tablesOf)].flatMap((table) => Object.entries(table))
    const undeclared = rows.flatMap(([row, tuned]) =>
      Object.keys(estimatorOptions(tuned))
        .filter((option) => !estimatorsOf(row).some((factory) => takesFlag(factory, option)))
        .map((option) => `${row}: ${option}`),
    )
    expect(undeclared).toEqual([])
  },
)
