import { isDeclared, kebabCase } from '@spikeward/core'
import * as networks from '@spikeward/operators/networks'
import * as operators from '@spikeward/problems/operators'
import { genericSizes, operatorDefaults, untunedDefaults } from '@spikeward/experiment/tuned'
import type { ProblemDefaults } from '@spikeward/experiment/tuned'
import type { Tuned } from '../../settings/tuned.js'
import { entriesIn } from '../catalogue.js'
import type { Entry } from '../catalogue.js'

/** The declared operators, and the networks that learn them. */
export const operatorParts = {
  operator: entriesIn({ ...operators }, 'problem'),
  // Their sizes are required, and the page supplies them.
  network: Object.entries({ ...networks }).flatMap(([exportName, declared]: [string, unknown]): Entry[] =>
    isDeclared(declared, 'network') && String(declared.declaration.facts['learns']).startsWith('operators')
      ? [{ exportName, declared }]
      : [],
  ),
}

/** Settings of their own network alone, with all of its sizes: those of a network that was not tuned are generic, as in the command. */
function ofOwnNetwork(defaults: ProblemDefaults): ProblemDefaults {
  const { network, networks } = defaults
  const { branch, trunk, features } = genericSizes
  const sizes = { branch, trunk, features, ...networks[network] }
  return {
    ...defaults,
    estimator: sizes.estimator ?? defaults.estimator,
    byEstimator: sizes.byEstimator ?? defaults.byEstimator,
    networks: { [network]: sizes },
  }
}

/** Tuned settings by name; an operator without any has those that operators share. */
export const tunedOperators: Tuned['operators'] = Object.fromEntries(
  operatorParts.operator.map(({ declared }) => {
    const name = kebabCase(declared.declaration.name)
    return [name, ofOwnNetwork(operatorDefaults[name] ?? untunedDefaults.operator)]
  }),
)
