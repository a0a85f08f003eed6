/** Widths of the hidden layers. */
export type Widths = readonly number[]

/** Settings tuned for an estimator. A missing setting takes the estimator's own default. */
export type EstimatorDefaults = {
  readonly directions?: number
  readonly learningRate: number
  /** In place of the problem's. */
  readonly optimizer?: string
  readonly exactReadout?: boolean
  /** Steps between two exact solves of the readout, and their penalty. Default: no solves; the solver's own penalty. */
  readonly readoutSolve?: number
  readonly readoutPenalty?: number
  readonly steps: number
  /** Values of further options that the estimator declares. */
  readonly [option: string]: number | string | boolean
}

/** By estimator; `rfg layerwise` if the scope matters, `other` for all that are not named. */
export type ByEstimator = Readonly<Record<string, EstimatorDefaults>>

/** Settings tuned for a network on a problem; those of the same name replace the problem's. */
export type NetworkDefaults = {
  /** Hidden layers of a network that is one block, of each trunk of a separable one; of the branch; of the trunk (of each axis). */
  readonly hidden?: Widths
  readonly branch?: Widths
  readonly trunk?: Widths
  /** Length of the dot product of branch and trunk. */
  readonly features?: number
  /** Products of axis functions for each feature, of separable networks. */
  readonly rank?: number
  readonly time?: number
  /** Values of options that the network declares, by flag. */
  readonly options?: Readonly<Record<string, number | string>>
  /** Which parts spike: `branch,trunk`, `branch`, `trunk` or `none`. */
  readonly spiking?: string
  /** `data`, `physics` or `hybrid`. */
  readonly loss?: string
  /** The derivatives of a residual; default: `exact` for a smooth trunk, else `stencil`, which gives `gaussNewton` the Jacobian in one pass. */
  readonly derivative?: string
  /** Points of a residual a step; of separable networks, lines of a grid along each axis. */
  readonly collocation?: number
  /** The methods that adapt points and weights of a residual: `rad,causal(strength=10)`. */
  readonly refine?: string
  /** Evaluation points per step; default: all of them. */
  readonly points?: number
  readonly batch?: number
  readonly amplitude?: string
  /** Replaces the problem's whole. */
  readonly byEstimator?: ByEstimator
  /** Of a network that learns only from data: the residual of an equation exposes no affine layers. */
  readonly estimator?: string
  /** Changes if the network learns only from the equation, `--loss physics`: then a readout may be solved from it. */
  readonly physics?: Omit<NetworkDefaults, 'physics'>
  /** Changes when nothing spikes, `--spiking none`. */
  readonly dense?: Omit<NetworkDefaults, 'physics' | 'dense'>
}

/** The tuned defaults of a problem. */
export type ProblemDefaults = {
  /** The default network. */
  readonly network: string
  /** Networks that were tuned on this problem; others take generic sizes. */
  readonly networks: Readonly<Record<string, NetworkDefaults>>
  readonly time: number
  readonly neuron: string
  readonly beta: number
  readonly surrogate: string
  readonly reset: string
  readonly estimator: string
  readonly optimizer: string
  readonly schedule: string
  /** Points per step; of an operator, input functions per step. */
  readonly batch: number
  /** Treatment of an input function's amplitude: `divide`, `tell` or `none` (default). It belongs to the operator, not to the network. */
  readonly amplitude?: string
  readonly byEstimator: ByEstimator
  /** Of data from a file: the estimators that short trials compare, further networks, and further estimators for several hidden layers. */
  readonly candidates?: readonly string[]
  readonly candidateNetworks?: readonly string[]
  readonly deepCandidates?: readonly string[]
}
