import type { ProblemDefaults } from '@spikeward/experiment/tuned'
import { entryOf } from '../protocol.js'
import type { Catalogue, Offered } from '../protocol.js'
import { tunedEstimator } from './settings.js'
import type { Contender, OptionTexts, Settings } from './settings.js'
import { tunedOperator } from './tuned.js'

/** The settings of an operator's network and of its steps that the page has no control for: they are the tuned ones. */
export type OperatorPart = {
  /** The name of the network in the command line. */
  readonly network: string
  /** The form of its blocks. */
  readonly form: 'plain' | 'modified'
  /** Widths of the trunk; null if the network learns none. */
  readonly trunk: readonly number[] | null
  /** Length of the product of branch and trunk; of a basis of the solutions at most one for each training function. */
  readonly features: number
  /** Products of axis functions for each feature; null if the network has none. */
  readonly rank: number | null
  /** Points of a step; null for all. */
  readonly points: number | null
  /** The parts that spike. */
  readonly spiking: string
  /** The treatment of the amplitude of input functions. */
  readonly amplitude: string
  /** Further options of the network. */
  readonly options: OptionTexts
}

const MODIFIED = 'modified-'

/** The declared name of a network of the command line: `modified-deeponet` is a `deeponet` of modified blocks. */
export const declaredNetwork = (network: string): string =>
  network.startsWith(MODIFIED) ? network.slice(MODIFIED.length) : network

type Names = { readonly name: string }

/** Whether a declaration, or its description, has an option. */
export type HasOption = (name: string) => boolean

/** The options that a description has. */
export const hasOption =
  ({ options }: { readonly options: readonly Names[] }): HasOption =>
  (name) =>
    options.some((o) => o.name === name)

/** The number of training functions of an operator: that of its settings, or of its declaration. */
export function trainOf({ problemOptions }: Pick<Settings, 'problemOptions'>, problem: Offered): number {
  const declared = problem.options.find(({ name }) => name === 'train')
  return Number(problemOptions['train'] ?? declared?.default)
}

/**
 * The part of an operator's tuned settings that has no control in the page.
 *
 * @param has whether the network has an option
 * @param train the number of training functions
 */
export function operatorPart(
  { network, networks, amplitude = 'none' }: ProblemDefaults,
  has: HasOption,
  train: number,
): OperatorPart {
  const sizes = networks[network] ?? {}
  const form = network.startsWith(MODIFIED) ? 'modified' : 'plain'
  const { trunk = [], features = 1, rank = 1, points = null, options = {} } = sizes
  // As in the command, parts of modified blocks spike only if the tuned settings say so.
  const { spiking = form === 'modified' ? 'none' : 'branch,trunk' } = sizes
  return {
    network,
    form,
    trunk: has('trunk') ? trunk : null,
    features: has('basis') ? Math.min(features, train) : features,
    rank: has('rank') ? rank : null,
    points,
    spiking,
    amplitude: sizes.amplitude ?? amplitude,
    options: Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)])),
  }
}

/** The exact solves of the readout that are tuned for a contender: steps between two, and their penalty. */
export type Solves = { readonly every: number; readonly penalty: number | null }

/** The solves of a contender; null if there are none. */
export function solvesOf(defaults: ProblemDefaults, { estimator, options }: Contender): Solves | null {
  const { readoutSolve = 0, readoutPenalty = null } = tunedEstimator(defaults, estimator, options['scope'] ?? null)
  return readoutSolve === 0 ? null : { every: readoutSolve, penalty: readoutPenalty }
}

/** The tuned settings of an operator that the page has no control for; null for any other problem. */
export function operatorNow(
  settings: Settings,
  contender: number,
  catalogue: Catalogue | null,
): { readonly part: OperatorPart | null; readonly solves: Solves | null } {
  const none = { part: null, solves: null }
  if (catalogue === null) return none
  const defaults = tunedOperator(settings.problem, catalogue.tuned)
  const problem = entryOf(catalogue.problems, settings.problem)
  const network = defaults === undefined ? undefined : entryOf(catalogue.networks, declaredNetwork(defaults.network))
  const asked = settings.contenders[contender]
  if (defaults === undefined || problem === undefined || network === undefined || asked === undefined) return none
  const part = operatorPart(defaults, hasOption(network), trainOf(settings, problem))
  return { part, solves: solvesOf(defaults, asked) }
}
