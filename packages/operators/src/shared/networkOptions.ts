import type { Affine, Domain, Network, Tensor, Tree } from '@spikeward/core'
import { choice, integer, opaque } from '@spikeward/core'
import type { OutputScale } from '../scales/outputScale.js'

/** Whether a value is a function. Its parameters and result are not checked. */
export const isFunction = (x: unknown): boolean => typeof x === 'function'

/** Whether a value is an object with these properties. */
export const has = (x: unknown, ...names: readonly string[]): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && names.every((n) => n in x)

const isFinitePair = (x: unknown): boolean =>
  Array.isArray(x) && x.length === 2 && x.every((v) => typeof v === 'number' && Number.isFinite(v)) && x[0] < x[1]

const isDomain = (x: unknown): x is Domain => Array.isArray(x) && x.length > 0 && x.every(isFinitePair)

const isFiniteList = (x: unknown): boolean =>
  Array.isArray(x) && x.every((v) => typeof v === 'number' && Number.isFinite(v))

const isOutputScale = (x: unknown): x is OutputScale =>
  has(x, 'shift', 'scale') && isFiniteList(x['shift']) && isFiniteList(x['scale'])

/** The range of `hidden`: units of each layer, and the number of layers. */
export const layerRange = { min: 1, max: 1_048_576, minLength: 1, maxLength: 1024 } as const

/** The range of the length of a product, and of a rank. */
export const lengthRange = { min: 1, max: 1_048_576 } as const

/** `axes` of a network over coordinates. */
export const axesOption = /* @__PURE__ */ integer({ min: 1, required: true, help: 'coordinates of a point (d)' })

/** `outputs` of a network. */
export const outputsOption = /* @__PURE__ */ integer({ min: 1, default: 1, help: 'values at a point' })

/** `domain` of a network, which maps its coordinates to [−1, 1]. */
export const domainOption = /* @__PURE__ */ opaque('a list of intervals [low, high], low below high', isDomain, {
  computed: '[-1, 1] for every axis',
  help: 'interval of each coordinate, mapped to [-1, 1]',
})

/** `output` of a network: outputs are shift + scale · (the network's result). */
export const outputOption = /* @__PURE__ */ opaque('{ shift, scale }, two lists of finite numbers', isOutputScale, {
  computed: 'shift 0 and scale 1',
  help: 'shift and scale of each output',
})

/** `dtype` of the variables of a network. */
export const dtypeOption = /* @__PURE__ */ choice(['f32', 'f64'], {
  default: 'f32',
  help: 'precision of the variables',
})

/** A network whose outputs are an affine function of features, so that its readout has a closed-form solution. */
export interface FeatureNetwork<V extends Tree> extends Network<V> {
  /** Features [batch, width] at x [batch, inputs]. The readout applies to these features minus `fixed.centre`. */
  features(variables: V, x: Tensor): Tensor
}

/** The part of the learned variables that {@link solveReadout} replaces. */
export type WithReadout = { readonly readout: Affine; readonly [name: string]: Tree }

/** The part of the fixed variables that {@link solveReadout} reads. */
export type WithCentre = {
  /** Mean features at initialisation, [width]. */
  readonly centre: Tensor
  /** Outputs are shift + scale · affine; both [outputs]. */
  readonly output: { readonly shift: Tensor; readonly scale: Tensor }
  readonly [name: string]: Tree
}
