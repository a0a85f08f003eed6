import { type ExportFormat, exportFormats, factories } from '@spikeward/experiment'
import {
  type ProblemDefaults,
  genericSizes,
  gridNetwork,
  problemDefaults,
  untunedDefaults,
} from '@spikeward/experiment/tuned'
import type { Catalogue } from '../../protocol.js'
import { type Tuned, ownEntry } from '../../settings/tuned.js'
import { catalogue, functions, isOffered, offered } from '../catalogue.js'

const problems = Object.entries(factories.problem).filter(([, declared]) => isOffered(declared))

const ofKind = (kind: 'pinn' | 'operator') =>
  problems.filter(([, { declaration }]) => declaration.facts['kind'] === kind)

/**
 * Settings of their own network, with all of its sizes, and of networks on a grid: those of a network that was not
 * tuned are generic, as in a run.
 */
function ofOwnNetwork(defaults: ProblemDefaults, onGrid: ProblemDefaults['networks']): ProblemDefaults {
  const { network, networks } = defaults
  const sizes = { ...genericSizes, ...networks[network] }
  return {
    ...defaults,
    estimator: sizes.estimator ?? defaults.estimator,
    byEstimator: sizes.byEstimator ?? defaults.byEstimator,
    networks: { ...onGrid, [network]: sizes },
  }
}

const isOnGrid = (network: string): boolean =>
  factories.network[network]?.declaration.facts['learns'] === 'functions on one grid'

/** The page looks into networks that know points: by default it takes the generic one for one on a grid. */
const knowsPoints = ({ network }: ProblemDefaults): boolean => !isOnGrid(network)

const gridNetworks = Object.keys(factories.network).filter(isOnGrid)

/** The settings of all networks on a grid: those of a network that was not tuned are generic. */
const onGridOf = (networks: ProblemDefaults['networks'] = {}): ProblemDefaults['networks'] =>
  Object.fromEntries(gridNetworks.map((name) => [name, { ...gridNetwork, ...networks[name] }]))

/** Tuned settings by name; a problem without any has those of its kind. */
const tunedOf = (kind: 'pinn' | 'operator'): Tuned['operators'] =>
  Object.fromEntries(
    ofKind(kind).map(([name]) => {
      const own = ownEntry(problemDefaults, name)
      const onGrid = kind === 'operator' ? onGridOf(own?.networks) : {}
      return [name, ofOwnNetwork(own !== undefined && knowsPoints(own) ? own : untunedDefaults[kind], onGrid)]
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
