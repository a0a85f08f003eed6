import { readFileSync } from 'node:fs'

/** A reference trace of one library's neuron: rows are time steps, columns neurons. */
export interface Trace {
  readonly library: string
  readonly model: string
  readonly params: Readonly<Record<string, number | boolean | string>>
  readonly input: number
  /** One string of 0 and 1 per time step. */
  readonly spikes: readonly string[]
  readonly membrane: readonly (readonly number[])[]
  readonly synaptic?: readonly (readonly number[])[]
  readonly adaptation?: readonly (readonly number[])[]
}

export interface NeuronFixture {
  readonly steps: number
  readonly neurons: number
  readonly inputs: readonly (readonly (readonly number[])[])[]
  readonly traces: readonly Trace[]
}

export interface SurrogateFixture {
  readonly u: readonly number[]
  readonly surrogates: readonly {
    readonly library: string
    readonly name: string
    readonly params: Readonly<Record<string, number>>
    readonly derivative: readonly number[]
  }[]
}

/** Weights are [in][out] per layer, biases [out]. */
export interface NetworkCase {
  readonly widths: readonly number[]
  readonly steps: number
  readonly batch: number
  readonly beta: number
  readonly threshold: number
  readonly resetDelay: boolean
  readonly alpha: number
  readonly x: readonly (readonly number[])[]
  readonly y: readonly (readonly number[])[]
  readonly W: readonly (readonly (readonly number[])[])[]
  readonly b: readonly (readonly number[])[]
  readonly directionW: readonly (readonly (readonly number[])[])[]
  readonly directionB: readonly (readonly number[])[]
  readonly runs: readonly NetworkRun[]
}

export interface NetworkRun {
  readonly reset: 'subtract' | 'zero' | 'none'
  readonly prediction: readonly (readonly number[])[]
  readonly loss: number
  readonly spikesPerLayer: readonly number[]
  readonly gradW: readonly (readonly (readonly number[])[])[]
  readonly gradB: readonly (readonly number[])[]
  /** From `gradW` and `gradB`, whose cotangents were rounded to single precision at every spike. */
  readonly directionalDerivative: number
  /** Without that rounding. */
  readonly exactDirectionalDerivative: number
}

const load = (name: string): unknown => JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8'))

export const neuronFixture = (): NeuronFixture => load('neurons.json') as NeuronFixture
export const surrogateFixture = (): SurrogateFixture => load('surrogates.json') as SurrogateFixture
export const networkFixture = (): { readonly cases: readonly NetworkCase[] } =>
  load('networks.json') as { readonly cases: readonly NetworkCase[] }

/** The largest |a − b|; Infinity if the lengths differ or a value is not a number. */
export function largestError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity
  let worst = 0
  for (let i = 0; i < found.length; i++) {
    const error = Math.abs(found[i]! - expected[i]!)
    if (!(error <= worst)) worst = Number.isNaN(error) ? Infinity : error
  }
  return worst
}
