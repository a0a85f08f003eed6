import type { Key } from '../numpy/key.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import type { Probed, Site } from './network.js'
import type { Coords, Field } from './operatorProblem.js'

/** How the output of a network depends on the coordinates, for those who differentiate in them. */
export interface CoordinateDependence {
  /** Whether the coordinates pass through spikes, so that a derivative in them is one of the surrogate. */
  readonly spikes: boolean
  /**
   * Number of continuous derivatives of the first derivative (of the surrogate's slope): −1 it jumps, Infinity smooth.
   */
  readonly smoothness: number
}

/** The encoder, looked into: a sample is an input function, and rows of probes are those of f. */
export interface EncoderSide<P extends Tree = Tree, Z extends Tree = Tree, F = Tensor> {
  /** Its affine maps in the order of the forward pass, the one that makes z last. */
  readonly sites: readonly Site[]
  probe(params: P, f: F, probes: readonly (Tensor | null)[]): Probed<Z>
  /**
   * The adjoint of what stands between the last of its maps and the field, an affine map where z is what that one gives: from
   * ∂L/∂field, function by function [N, everything else], to ∂L/∂z [N, units]. Absent: the network does not say.
   */
  credit?(params: P, z: Z, at: Coords, slope: Tensor): Tensor
}

/**
 * A part of the decoder, looked into: a sample is a place, which is a point or a coordinate along one axis of a grid.
 * A network has as many as there are kinds of place: one for a trunk of points, one for each axis where these are apart.
 */
export interface DecoderSide<P extends Tree = Tree, Z extends Tree = Tree> {
  /** Its affine maps in the order of the forward pass, the readout last. */
  readonly sites: readonly Site[]
  /** The field as `decode` gives it, with probes of a row for each place. */
  probe(params: P, z: Z, at: Coords, probes: readonly (Tensor | null)[]): Probed<Tensor>
  /** A field at `at`, place by place: [places, everything else]. */
  arrange(field: Tensor, at: Coords): Tensor
  /** The same for the decoder's readout: from ∂L/∂field as `arrange` gives it to ∂L/∂(readout's output) [places, units]. */
  credit?(params: P, z: Z, at: Coords, slope: Tensor): Tensor
}

/**
 * A network that maps functions to functions: `encode` once per input function, `decode` wherever the output is asked.
 * `F` is what it is given of the input functions: values at the sensors [N, m], or null where there is no input
 * function (N = 1 then). `Z` is what the encoder makes of them.
 */
export interface OperatorNetwork<P extends Tree = Tree, Z extends Tree = Tree, F = Tensor> {
  readonly name: string
  /** Coordinates of a point. */
  readonly axes: number
  readonly outputs: number
  readonly coordinates: CoordinateDependence
  /** Names of the conditions of the problem that hold whatever the parameters are. */
  readonly satisfies: readonly string[]
  init(key: Key): P
  encode(params: P, f: F): Z
  /** [N, P] at points, [N, n₁, …, n_d] on a grid; with several outputs they are one more axis, the last. */
  decode(params: P, z: Z, at: Coords): Tensor
  /** decode(params, encode(params, f), at). */
  apply(params: P, f: F, at: Coords): Tensor
  /** What estimators that look into a network use. Absent: the encoder does not show its affine maps. */
  readonly encoder?: EncoderSide<P, Z, F>
  /** Absent: the decoder does not show its own. */
  readonly decoders?: readonly DecoderSide<P, Z>[]
}

/** Makes a field with derivatives of a function of the coordinates, in one of several ways. */
export interface Differentiate {
  (u: (c: Coords) => Tensor, dependence: CoordinateDependence): Field
}

/** Pairs of functions on the device, as a tree: what a training run of an operator holds. */
export type OperatorTensors = {
  /** Input functions at the sensors, [N, m]. */
  readonly f: Tensor
  /** Solutions, of the shape that `decode` gives at `at`. */
  readonly u: Tensor
  /** Where they are given: see `coordsTensors`. */
  readonly at: readonly Tensor[]
}
