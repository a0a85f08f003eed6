import type { SizeValues } from '../catalogue/kinds/networkSizes.js'
import type { PartialSettings } from '../config/settings/runSettings.js'

/** Settings tuned for an estimator. A missing setting takes the estimator's own default. */
export type EstimatorDefaults = {
  readonly learningRate: number
  /** In place of the problem's. */
  readonly optimizer?: string
  readonly exactReadout?: boolean
  /** Steps between two exact solves of the readout, and their penalty. Default: no solves; the solver's own penalty. */
  readonly readoutSolve?: number
  readonly readoutPenalty?: number
  readonly steps: number
  /** Values of options that the estimator declares, such as `directions`. */
  readonly [option: string]: number | string | boolean
}

/** By estimator; `rfg layerwise` if the scope matters, `other` for all that are not named. */
export type ByEstimator = Readonly<Record<string, EstimatorDefaults>>

/**
 * Settings tuned for a network on a problem, under the names of their flags; those of the same name replace the
 * problem's. An `estimator` of an operator applies if the network learns only from data, since the residual of an
 * equation exposes no affine layers.
 */
export type NetworkDefaults = Partial<SizeValues> &
  Pick<PartialSettings, 'amplitude' | 'spiking' | 'loss' | 'derivative' | 'collocation' | 'refine' | 'points'> &
  Pick<PartialSettings, 'batch' | 'estimator'> & {
    /** Values of options that the network declares, by flag. */
    readonly options?: Readonly<Record<string, number | string>>
    /** Replaces the problem's whole. */
    readonly byEstimator?: ByEstimator
    /** Changes if the network learns only from the equation, `--loss physics`: then a readout may be solved from it. */
    readonly physics?: Omit<NetworkDefaults, 'physics'>
    /** Changes when nothing spikes, `--spiking none`. */
    readonly dense?: Omit<NetworkDefaults, 'physics' | 'dense'>
  }

/**
 * The tuned defaults of a problem, under the names of their flags. The amplitude belongs to an operator, not to its
 * network.
 */
export type ProblemDefaults = Pick<PartialSettings, 'amplitude'> &
  Required<
    Pick<PartialSettings, 'network' | 'neuron' | 'surrogate' | 'estimator' | 'optimizer' | 'schedule' | 'batch'>
  > & {
    /** Networks that were tuned on this problem; others take generic sizes. */
    readonly networks: Readonly<Record<string, NetworkDefaults>>
    readonly time: number
    readonly beta: number
    readonly reset: string
    readonly byEstimator: ByEstimator
    /**
     * Of data from a file: the estimators that short trials compare, further networks, further choices of spiking
     * parts, further neurons, and further estimators for several hidden layers.
     */
    readonly candidates?: readonly string[]
    readonly candidateNetworks?: Readonly<Record<string, { readonly estimator?: string }>>
    readonly candidateParts?: readonly string[]
    readonly candidateNeurons?: readonly string[]
    readonly deepCandidates?: readonly string[]
  }
