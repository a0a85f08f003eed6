import { problemDefaults } from '@spikeward/problems/defaults'
import { networks } from '../catalogue/networks.js'

/** Whether a network maps functions to functions, so that errors are those of functions. */
export const isOperatorNetwork = (network: string): boolean => networks[network]?.make.kind === 'operator'

/** The same of the network that a problem of the catalogue is learned by. */
export const isOperatorProblem = (problem: string): boolean =>
  isOperatorNetwork(problemDefaults[problem]?.network ?? '')
