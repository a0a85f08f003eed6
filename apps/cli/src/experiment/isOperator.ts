import { problemDefaults } from '@spikeward/problems/defaults'
import { findNetwork, networks } from '../catalogue/networks.js'

/** Whether a network maps functions to functions, so that errors are those of functions. */
export const isOperatorNetwork = async (network: string): Promise<boolean> =>
  (await findNetwork(network)).kind === 'operator'

/** The same of the network that a problem of the catalogue is learned by. */
export const isOperatorProblem = (problem: string): boolean =>
  networks[problemDefaults[problem]?.network ?? '']?.kind === 'operator'
