import { type ExportFormat, exportFormats, factories } from '@spikeward/experiment'
import { type ProblemDefaults, genericSizes, problemDefaults, untunedDefaults } from '@spikeward/experiment/tuned'
import type { Catalogue } from '../../protocol.js'
import { type Tuned, ownEntry } from '../../settings/tuned.js'
import { catalogue, functions, isOffered, offered } from '../catalogue.js'

const problems = Object.entries(factories.problem).filter(([, declared]) => isOffered(declared))

const ofKind = (kind: 'pinn' | 'operator') =>
  problems.filter(([, { declaration }]) => declaration.facts['kind'] === kind)

/**
 * Settings of their own network alone, with all of its sizes: those of a network that was not tuned are generic, as in
 * a run.
 */
function ofOwnNetwork(defaults: ProblemDefaults): ProblemDefaults {
  const { network, networks } = defaults
  const sizes = { ...genericSizes, ...networks[network] }
  return {
    ...defaults,
    estimator: sizes.estimator ?? defaults.estimator,
    byEstimator: sizes.byEstimator ?? defaults.byEstimator,
    networks: { [network]: sizes },
  }
}

/**
 * The page asks networks about points, and one on a grid knows its output on the grid alone: the generic network takes
 * its place.
 */
const knowsPoints = ({ network }: ProblemDefaults): boolean =>
  factories.network[network]?.declaration.facts['learns'] !== 'functions on one grid'

/** Tuned settings by name; a problem without any has those of its kind. */
const tunedOf = (kind: 'pinn' | 'operator'): Tuned['operators'] =>
  Object.fromEntries(
    ofKind(kind).map(([name]) => {
      const own = ownEntry(problemDefaults, name)
      return [name, ofOwnNetwork(own !== undefined && knowsPoints(own) ? own : untunedDefaults[kind])]
    }),
  )

/** The page's offers, equations and operators included. */
export const wholeCatalogue: Catalogue = {
  ...catalogue,
  problems: offered([...functions, ...[...ofKind('pinn'), ...ofKind('operator')].map(([, declared]) => declared)]),
  tuned: { equations: tunedOf('pinn'), operators: tunedOf('operator') },
  formats: Object.keys(exportFormats) as ExportFormat[],
  isWhole: true,
}
