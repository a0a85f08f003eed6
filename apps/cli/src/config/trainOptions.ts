/** What the command line says of a run; what it does not say is absent. */
import type { Widths } from './trainConfig.js'

/** Options of the problem and its data. */
export type ProblemOptions = {
  readonly interval?: readonly number[]
  readonly sensors?: number
  readonly lengthScale?: number
  readonly resolution?: number
  readonly sizes?: readonly number[]
  readonly dataKey?: number
  readonly data?: string
  readonly inputs?: string
  readonly outputs?: string
  readonly coords?: string
}

/** Options of the network and of what it learns from. */
export type NetworkOptions = {
  readonly network?: string
  readonly hidden?: Widths
  readonly branch?: Widths
  readonly trunk?: Widths
  readonly features?: number
  readonly rank?: number
  readonly spiking?: string
  readonly loss?: string
  readonly derivative?: string
  readonly derivativeStep?: number
  readonly collocation?: number
  readonly points?: number
  readonly hard?: boolean
  readonly amplitude?: string
  readonly time?: number
  readonly neuron?: string
  readonly beta?: number
  readonly surrogate?: string
  readonly reset?: string
}

/** Options of the estimator. */
export type EstimatorOptions = {
  readonly estimator?: string
  readonly scope?: string
  readonly directions?: number
  readonly distribution?: string
  readonly size?: number
  readonly readout?: string
  readonly damping?: number
  readonly adapt?: boolean
  readonly exactReadout?: boolean
}

/** What the command line of `train` says. */
export type TrainOptions = ProblemOptions &
  NetworkOptions &
  EstimatorOptions & {
    readonly backend: string
    readonly threads?: number
    readonly key: number
    readonly optimizer?: string
    readonly learningRate?: number
    readonly schedule?: string
    readonly steps?: number
    readonly seconds?: number
    readonly batch?: number
    /** 0: none, where the problem's default has some. */
    readonly readoutSolve?: number
    readonly readoutPenalty?: number
    readonly checkpointEvery?: number
    readonly out?: string
    readonly force: boolean
    readonly json: boolean
    readonly quiet: boolean
  }
