/** Widths of the hidden layers. */
export type Widths = readonly number[]

/** What is tuned for each estimator. What is not said is the estimator's own default. */
export type EstimatorDefaults = {
  readonly directions?: number
  readonly learningRate: number
  /** Where the estimator does not take the problem's. */
  readonly optimizer?: string
  readonly adapt?: boolean
  readonly exactReadout?: boolean
  /** Steps between two exact solves of the readout; none where it is not said. */
  readonly readoutSolve?: number
  /** Penalty of these; the solver's own where it is not said. */
  readonly readoutPenalty?: number
  readonly steps: number
}

/** By estimator; `rfg layerwise` where the scope matters, `other` for those that are not named. */
export type ByEstimator = Readonly<Record<string, EstimatorDefaults>>

/** What is tuned for each network on a problem. */
export type NetworkDefaults = {
  /** Hidden layers of a network that is one block: `mlp`, `pinn`; of each trunk of `separable-pinn`. */
  readonly hidden?: Widths
  /** Hidden layers of the branch and of the trunk (of each axis) of an operator network. */
  readonly branch?: Widths
  readonly trunk?: Widths
  /** Length of the dot product of branch and trunk. */
  readonly features?: number
  /** Products of axis functions for each feature, of separable networks. */
  readonly rank?: number
  /** Which parts spike: `branch,trunk`, `branch`, `trunk` or `none`. */
  readonly spiking?: string
  /** `data`, `physics` or `hybrid`. */
  readonly loss?: string
  /** How a residual differentiates in the coordinates; where it is not said: `exact` for a smooth trunk, else `stencil`. */
  readonly derivative?: string
  /** Points of a residual a step; of separable networks, lines of a grid along each axis. */
  readonly collocation?: number
  /** Evaluation points a step; all of them where it is not said. */
  readonly points?: number
  /** Points a step; of an operator, input functions a step. */
  readonly batch?: number
  /** In place of the problem's. */
  readonly amplitude?: string
  readonly time?: number
  /** In place of the problem's, whole. */
  readonly byEstimator?: ByEstimator
  /** In place of the problem's where it learns from data alone: the residual of an equation shows no affine layers. */
  readonly estimator?: string
  /** What is different where it learns from the equation alone, `--loss physics`. Only here a readout may be solved for from it. */
  readonly physics?: Omit<NetworkDefaults, 'physics'>
  /** What is different where nothing spikes, `--spiking none`. */
  readonly dense?: Omit<NetworkDefaults, 'physics' | 'dense'>
}

/** Everything about a run that has a default, problem by problem. */
export type ProblemDefaults = {
  /** The network that is taken where none is named. */
  readonly network: string
  /** Networks that were tuned on this problem; others take the sizes of `generic.ts`. */
  readonly networks: Readonly<Record<string, NetworkDefaults>>
  readonly time: number
  readonly neuron: string
  readonly beta: number
  readonly surrogate: string
  readonly reset: string
  readonly estimator: string
  readonly optimizer: string
  readonly schedule: string
  /** Points a step; of an operator, input functions a step. */
  readonly batch: number
  /** What becomes of an input function's amplitude: `divide`, `tell`, or `none` where it is not said. A matter of the operator, not of the network. */
  readonly amplitude?: string
  readonly byEstimator: ByEstimator
}
