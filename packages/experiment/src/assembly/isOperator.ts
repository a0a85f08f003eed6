import { problemDefaults } from '../tuned.js'
import { findNetwork, networks } from '../catalogue/kinds/networks.js'
import { canonical } from '../catalogue/notation/canonical.js'

/** Whether a network maps functions to functions, so that errors are per function. */
export const isOperatorNetwork = async (network: string): Promise<boolean> =>
  (await findNetwork(network)).kind === 'operator'

/** Whether a problem of the catalogue is learned by such a network. */
export const isOperatorProblem = (problem: string): boolean =>
  networks[problemDefaults[canonical('problem', problem)]?.network ?? '']?.kind === 'operator'
