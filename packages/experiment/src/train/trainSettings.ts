import type { Declaration, Estimator, Optimizer } from '@spikeward/core'
import type * as estimators from '@spikeward/estimators'
import type * as problems from '@spikeward/problems'
import type { Problem } from '../catalogue/kinds/problems.js'
import type { PointNetwork } from '../assembly/network/buildNetwork.js'
import { type OptionValues, allOptions } from '../catalogue/optionValues.js'
import type { RunOptions, TrainOptions } from '../config/trainConfig.js'
import { type Factories, type Factory, factories } from '../catalogue/factories.js'
import { AUTO } from '../catalogue/make.js'
import { networkSizes } from '../catalogue/kinds/networkSizes.js'
import { backendFlags, baselineFlags, checkFlags, controlSettings } from '../config/settings/controlSettings.js'
import { dataSettings, problemFlags, sequenceFlags } from '../config/settings/dataSettings.js'
import { runSettings } from '../config/settings/runSettings.js'
import { inOtherWords, nearest, shorten, usageError } from '../usage/usageError.js'
import type { TrainedRun } from './trainedRun.js'
import type { DataArrays, DataSequences, DataTrajectories } from './dataArrays.js'

/** Settings that a program gives in another form. */
type Parts = 'problem' | 'data' | 'estimator' | 'optimizer' | 'network'

/** Steps, sizes, rates and the like, each absent by default: then the problem's tuned settings hold. */
type Common = {
  readonly [K in Exclude<keyof RunOptions, Parts> | 'trial' | 'baselines' | 'check']?: TrainOptions[K]
}

type Learned =
  | {
      /**
       * A problem of the library, `package#name`, the path of an equation, or a problem of your own. A short trial
       * chooses the code of an equation from a file that spikes.
       */
      readonly problem: OpenName<ProblemName> | Problem
      /**
       * The path of a file with data; the problem is then `own`, `table`, or the operator whose functions they replace.
       */
      readonly data?: string
    }
  | {
      readonly problem?: undefined
      /**
       * Data in memory: a table of points, pairs of functions, sequences, or trajectories. A short trial chooses what
       * is not given, but of trajectories.
       */
      readonly data: DataArrays | DataSequences | DataTrajectories
    }

/** The settings of a run; only a problem or data are required. */
export type TrainSettings = Common &
  Learned & {
    /** An estimator of the library, with options if you like, or one of your own. Default: that of the problem. */
    readonly estimator?: OpenName<EstimatorName> | Estimator
    /** An optimiser by name, or one of your own. Default: that of the problem and the estimator. */
    readonly optimizer?: string | Optimizer
    /** A network by name, or one of your own for a function of points. Default: that of the problem. */
    readonly network?: string | PointNetwork
    /**
     * Values of options that problem, network, neuron, surrogate, estimator and optimiser declare: `{ directions: 8 }`.
     */
    readonly options?: OptionValues
    /**
     * Starts from the weights of a trained run, or of one in a folder. Network, neurons and estimator are those of that
     * run unless given, and no trial chooses settings.
     */
    readonly from?: string | (Pick<TrainedRun, 'config' | 'snapshot'> & Partial<Pick<TrainedRun, 'variables'>>)
    /** Ends the run: it rejects with the reason of the signal. */
    readonly signal?: AbortSignal
    /** Receives notes, such as a setting that nothing uses, one line each. Default: none are shown. */
    readonly onNote?: (line: string) => void
  }

type AllNames<T> = T extends unknown ? keyof T : never

/** Every setting; the type checks that none is absent. */
const known: Readonly<Record<AllNames<TrainSettings>, unknown>> = {
  ...{ problem: 0, options: 0, from: 0, signal: 0, onNote: 0, trial: 0, data: 0 },
  ...{ ...runSettings, ...networkSizes, ...dataSettings, ...sequenceFlags, ...problemFlags },
  ...{ ...controlSettings, ...checkFlags, ...baselineFlags, ...backendFlags(AUTO) },
}

/**
 * Refuses settings of another name, which a program without types would see ignored.
 *
 * @throws CLI_USAGE, with each name that is wrong and the one that is meant
 */
export function checkNames(settings: TrainSettings): void {
  const wrong = Object.keys(settings).filter((name) => !Object.hasOwn(known, name))
  if (wrong.length === 0) return
  const lists: readonly Factories[] = Object.values(factories)
  const options = new Set(lists.flatMap(Object.values<Factory>).flatMap((one) => Object.keys(allOptions(one))))
  const hintOf = (name: string): string | null => {
    if (options.has(name)) {
      const meant = inOtherWords(name, [...Object.keys(known), ...options])
      const other = meant === null || meant === name ? '' : `, or did you mean "${meant}"?`
      return `give it in options: { ${name} }${other}`
    }
    const guess = nearest(name, Object.keys(known))
    return guess === null ? null : `did you mean "${guess}"?`
  }
  const hints = wrong.map(hintOf)
  const faults = wrong.map((name, i) => `"${shorten(name)}"${hints[i] === null ? '' : ` (${hints[i]})`}`)
  const all = hints.includes(null) ? `; it has ${Object.keys(known).join(', ')}` : ''
  throw usageError('CLI_USAGE', `train has no setting ${faults.join(', ')}${all}`)
}

/** `mexicanHat` as `mexican-hat`, `poisson1d` as `poisson-1d`: the type of core's `kebabCase`. */
export type Kebab<Name extends string, Before extends string = ''> = Name extends `${infer First}${infer Rest}`
  ? First extends `${number}`
    ? `${Before extends `${number}` | '' ? '' : '-'}${First}${Kebab<Rest, First>}`
    : `${First extends Lowercase<First> ? First : `${Before extends '' ? '' : '-'}${Lowercase<First>}`}${Kebab<Rest, First>}`
  : ''

/** Exports that make something of a type without an argument, and are declared. */
type Makers<Exports, Made> = {
  [K in keyof Exports]: Exports[K] extends (() => Made) & {
    readonly declaration: Declaration<never, never> | Declaration
  }
    ? K
    : never
}[keyof Exports]

/** The problems of the library: `burgers`, `poisson-1d`, `mexican-hat`, … */
export type ProblemName = Kebab<Makers<typeof problems, Problem>>

/** The estimators of the library: `rfg`, `eligibility`, `activity`, … */
export type EstimatorName = Makers<typeof estimators, Estimator>

/**
 * A name of the library, or another text: a package's part, `package#name`, or a name with options,
 * `rfg(directions=8)`.
 */
export type OpenName<Name extends string> = Name | (string & Record<never, never>)
