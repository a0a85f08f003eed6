import type { Estimator, Optimizer } from '@spikeward/core'
import type { Problem } from '../catalogue/kinds/problems.js'
import type { PointNetwork } from '../assembly/network/buildNetwork.js'
import type { OptionValues } from '../catalogue/optionValues.js'
import type { TrainOptions } from '../config/trainConfig.js'
import type { EstimatorName, Named, ProblemName } from './choices.js'
import type { DataArrays } from './dataArrays.js'

/** Settings of a command that are its own, or that a program gives in another form. */
type OfCommand =
  | 'json'
  | 'quiet'
  | 'figures'
  | 'watch'
  | 'log'
  | 'out'
  | 'force'
  | 'profile'
  | 'memoryCheck'
  | 'rankTimeout'
  | 'shares'
  | 'budget'
  | 'declared'
  | 'problem'
  | 'data'
  | 'estimator'
  | 'optimizer'
  | 'network'

/** Steps, sizes, rates and the like, each absent by default: then the problem's tuned settings hold. */
type Common = { readonly [K in keyof Omit<TrainOptions, OfCommand>]?: TrainOptions[K] }

/** The problem or the data of a run. */
type Learned =
  | {
      /** A problem of the library, `package#name`, the path of an equation, or a problem of your own. */
      readonly problem: Named<ProblemName> | Problem
      /** The path of a file with data; the problem is then `own`, `table`, or the operator whose functions they replace. */
      readonly data?: string
    }
  | {
      readonly problem?: undefined
      /** Data in memory: a table of points, or pairs of functions. A short trial chooses what is not given. */
      readonly data: DataArrays
    }

/** The settings of a run; only a problem or data are required. */
export type TrainSettings = Common &
  Learned & {
    /** An estimator of the library, with options if you like, or one of your own. Default: that of the problem. */
    readonly estimator?: Named<EstimatorName> | Estimator
    /** An optimiser by name, or one of your own. Default: that of the problem and the estimator. */
    readonly optimizer?: string | Optimizer
    /** A network by name, or one of your own for a function of points. Default: that of the problem. */
    readonly network?: string | PointNetwork
    /** Values of options that problem, network, neuron, surrogate, estimator and optimiser declare: `{ directions: 8 }`. */
    readonly options?: OptionValues
    /** Ends the run: it rejects with the reason of the signal. */
    readonly signal?: AbortSignal
    /** Receives notes, such as a setting that nothing uses, one line each. Default: none are shown. */
    readonly onNote?: (line: string) => void
  }
