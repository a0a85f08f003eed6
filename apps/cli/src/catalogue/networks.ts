import type { OperatorData, OperatorNetwork, OperatorProblem, OperatorTensors, Tree } from '@spikeward/core'
import {
  deepOnet,
  pinn,
  podBasis,
  podDeepOnet,
  sepOnet,
  separablePinn,
  solveOperatorReadout,
  solvePhysicsReadout,
  standardiseOutputs,
  standardiseSensors,
  standardiseSensorsAndAmplitude,
} from '@spikeward/operators'
import type {
  BlockOptions,
  Domain,
  OutputScale,
  SolveOperatorReadoutOptions,
  SolvePhysicsReadoutOptions,
} from '@spikeward/operators'
import type { Variables } from '@spikeward/train'
import type { Catalogue } from './entry.js'

/** The settings of an operator network. */
export type OperatorSettings = {
  readonly problem: OperatorProblem
  /** Training functions as the network is given them. */
  readonly train: OperatorData
  /** Whether they have one more column, of the amplitude. */
  readonly told: 0 | 1
  readonly branch: BlockOptions
  readonly trunk: BlockOptions
  readonly features: number
  readonly rank: number
  /** What brings its output to mean 0 and deviation 1. */
  readonly output: OutputScale
}

/** An operator network, and how its readouts are solved for. */
export type MadeOperator = {
  readonly network: OperatorNetwork<Variables, Tree>
  /** The learned variables with the readouts that fit data best. */
  solve(options: SolveOperatorReadoutOptions): { run(variables: Variables, data: OperatorTensors): Tree }
  /** The same from the equation alone; null where the trunk is not a function that can be differentiated. */
  readonly solvePhysics:
    | ((options: SolvePhysicsReadoutOptions) => { run(variables: Variables, data: OperatorTensors): Tree })
    | null
}

/** The settings of a network of the coordinates alone. */
export type PinnSettings = {
  readonly axes: number
  readonly domain: Domain
  readonly block: BlockOptions
  readonly rank: number
}

/** A network, by what it learns. */
export type NetworkEntry =
  | { readonly kind: 'regression' }
  | {
      readonly kind: 'operator'
      /** What its blocks are, where they do not spike or do. */
      readonly block: 'plain' | 'modified'
      readonly separable: boolean
      /** Whether it learns its trunk, and takes hard conditions. */
      readonly trunk: boolean
      readonly build: (settings: OperatorSettings) => MadeOperator
    }
  | {
      readonly kind: 'pinn'
      readonly block: 'plain' | 'modified'
      readonly separable: boolean
      readonly build: (settings: PinnSettings) => OperatorNetwork<Variables, Tree, null>
    }

/** Functions on which a spiking branch is centred. */
const SAMPLE = 256

/** The options of every network with a branch that depend on the training functions. */
const side = ({ problem, train, told }: OperatorSettings) => ({
  sensors: problem.sensors.count + told,
  input: told === 0 ? standardiseSensors(train) : standardiseSensorsAndAmplitude(train, problem.sensors.count),
  sample: train.sensors.slice(0, SAMPLE * (problem.sensors.count + told)),
})

/** Axes, outputs, domain. */
const behind = ({ problem, features, output }: OperatorSettings) => ({
  axes: problem.axes.length,
  domain: problem.domain,
  outputs: problem.outputs,
  features,
  output,
})

function deep(settings: OperatorSettings): MadeOperator {
  const network = deepOnet({ ...side(settings), ...behind(settings), branch: settings.branch, trunk: settings.trunk })
  return {
    network,
    solve: (o) => ({ run: solveOperatorReadout(network, o) }),
    solvePhysics: (o) => ({ run: solvePhysicsReadout(network, o) }),
  }
}

/** Networks. */
export const networks: Catalogue<NetworkEntry> = {
  mlp: {
    about: 'spiking multi-layer perceptron: constant current in, mean spike rates out',
    make: { kind: 'regression' },
  },
  deeponet: {
    about: 'branch of the sensors, trunk of the coordinates, dot product',
    make: { kind: 'operator', block: 'plain', separable: false, trunk: true, build: deep },
  },
  'modified-deeponet': {
    about: 'the same of modified MLPs: two gated encoders in branch and trunk',
    make: { kind: 'operator', block: 'modified', separable: false, trunk: true, build: deep },
  },
  seponet: {
    about: 'branch, and a trunk of one scalar input for each axis: a grid costs the sum of its axes',
    make: {
      kind: 'operator',
      block: 'plain',
      separable: true,
      trunk: true,
      build(settings) {
        const { branch, trunk, rank } = settings
        const network = sepOnet({ ...side(settings), ...behind(settings), branch, trunk, rank })
        return {
          network,
          solve: (o) => ({ run: solveOperatorReadout(network, o) }),
          solvePhysics: (o) => ({ run: solvePhysicsReadout(network, o) }),
        }
      },
    },
  },
  'pod-deeponet': {
    about: 'branch, and a fixed basis found from the training solutions',
    make: {
      kind: 'operator',
      block: 'plain',
      separable: false,
      trunk: false,
      build(settings) {
        const { problem, train, branch, features } = settings
        const basis = podBasis(train.values, train.count, features)
        const [scale = 1] = standardiseOutputs(train).scale
        const network = podDeepOnet({ ...side(settings), branch, basis, at: problem.at, scale })
        // Its modes satisfy what all solutions do: no condition is put on top.
        return {
          network,
          solve: ({ hard: _, ...o }) => ({ run: solveOperatorReadout(network, o) }),
          solvePhysics: null,
        }
      },
    },
  },
  pinn: {
    about: 'a network of the coordinates alone',
    make: { kind: 'pinn', block: 'plain', separable: false, build: ({ rank: _, ...o }) => pinn(o) },
  },
  'modified-pinn': {
    about: 'the same of a modified MLP: two gated encoders',
    make: { kind: 'pinn', block: 'modified', separable: false, build: ({ rank: _, ...o }) => pinn(o) },
  },
  'separable-pinn': {
    about: 'a sum of products of networks of one coordinate each',
    make: {
      kind: 'pinn',
      block: 'plain',
      separable: true,
      build: ({ block, ...o }) => separablePinn({ ...o, trunk: block }),
    },
  },
}
