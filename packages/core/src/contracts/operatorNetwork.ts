import type { Key } from '../numpy/key.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import type { AffineLayer, LayerRecord, Perturbed } from './network.js'
import type { Coefficients, Coords, Field } from './problems/operatorProblem.js'

/** How the output of a network depends on the coordinates, which determines how derivatives in them are taken. */
export interface CoordinateDependence {
  /** Whether the coordinates pass through spikes, so that a derivative in them goes through the surrogate. */
  readonly spikes: boolean
  /**
   * Number of continuous derivatives of the first derivative (of the surrogate's slope): −1 it jumps, Infinity smooth.
   */
  readonly smoothness: number
}

/**
 * A part of the encoder with its affine layers. A sample is an input function: row n of a perturbation belongs to row n of f. One branch
 * is one part; branches that take one of several input functions each are one part each.
 */
export interface EncoderSide<P extends Tree = Tree, Z extends Tree = Tree, F = Tensor> {
  /** Its affine layers in the order of the forward pass, the readout last. */
  readonly affineLayers: readonly AffineLayer[]
  /** The code as computed by `encode`. */
  perturb(params: P, f: F, perturbations: readonly (Tensor | null)[]): Perturbed<Z>
  /**
   * The cotangent [N, units] of the readout's output, from the field's cotangent ∂L/∂field, one row per function
   * [N, everything else]. The map from that output to the field must be affine. Absent: the network does not provide it.
   */
  cotangent?(params: P, z: Z, at: Coords, fieldCotangent: Tensor, f: F): Tensor
  /** Records its neurons for the input functions f. Absent: it has no neurons, or does not show them. */
  record?(params: P, f: F): readonly LayerRecord[]
}

/**
 * A part of the decoder with its affine layers. A sample is a place: a point, or a coordinate along one axis of a grid.
 * A trunk of points is one part; trunks that take one axis each are one part an axis.
 */
export interface DecoderSide<P extends Tree = Tree, Z extends Tree = Tree> {
  /** Its affine layers in the order of the forward pass, the readout last. */
  readonly affineLayers: readonly AffineLayer[]
  /** The field as computed by `decode`; a perturbation has one row per point. */
  perturb(params: P, z: Z, at: Coords, perturbations: readonly (Tensor | null)[]): Perturbed<Tensor>
  /** A field at `at`, place by place: [places, everything else]. */
  arrange(field: Tensor, at: Coords): Tensor
  /** The cotangent of the readout's output, [places, units], from the field's cotangent as `arrange` orders it. */
  cotangent?(params: P, z: Z, at: Coords, fieldCotangent: Tensor): Tensor
  /** Records its neurons at the places of `at`. Absent: it has no neurons, or does not show them. */
  record?(params: P, at: Coords): readonly LayerRecord[]
}

/**
 * A network that maps functions to functions: `encode` once per input function, `decode` wherever the output is needed.
 * `F` is its input: the input functions' values at the sensors [N, m], or null if there is no input function (N = 1
 * then). `Z` is the result of the encoder.
 */
export interface OperatorNetwork<P extends Tree = Tree, Z extends Tree = Tree, F = Tensor> {
  readonly name: string
  /** Coordinates of a point. */
  readonly axes: number
  readonly outputs: number
  readonly coordinates: CoordinateDependence
  /** Names of the problem's conditions that hold for all parameters. */
  readonly satisfies: readonly string[]
  init(key: Key): P
  encode(params: P, f: F): Z
  /** [N, P] at points, [N, n₁, …, n_d] on a grid; with several outputs they are one more axis, the last. */
  decode(params: P, z: Z, at: Coords): Tensor
  /** decode(params, encode(params, f), at). */
  apply(params: P, f: F, at: Coords): Tensor
  /** The current values of an equation's unknown coefficients, if they are among the parameters. Absent: none are. */
  coefficients?(params: P): Coefficients
  /** The network before the transform of its output, if it has one whose derivatives are known exactly. */
  readonly raw?: RawOutput<P, Z, F>
  /**
   * For estimators that perturb pre-activations: a side for each branch that shows its affine layers. Absent: none does. A branch that
   * does not is left out; estimators that need every parameter in an affine layer then refuse (PARAMETER_WITHOUT_LAYER).
   */
  readonly encoders?: readonly EncoderSide<P, Z, F>[]
  /** The same for the decoder. Absent: no part of it shows its affine layers. */
  readonly decoders?: readonly DecoderSide<P, Z>[]
}

/** The output of a network before a transform, and the transform of fields. */
export interface RawOutput<P extends Tree = Tree, Z extends Tree = Tree, F = Tensor> {
  /** As `decode` of the network, without the transform. */
  decode(params: P, z: Z, at: Coords): Tensor
  /** As `decoders` of the network, without the transform. */
  readonly decoders?: readonly DecoderSide<P, Z>[]
  /** The network's field from that of the raw output: the product rule, exact for the transform. */
  through(raw: Field, f: F): Field
}

/** Makes a field with derivatives of a function of the coordinates, in one of several ways. */
export interface Differentiate {
  (u: (c: Coords) => Tensor, dependence: CoordinateDependence): Field
  /** Whether a derivative at a point is a function of values of the field at shifted points only. Absent: no. */
  readonly fromValues?: boolean
  /** Whether it differentiates every intermediate of `u` too, exactly and by forward mode. Absent: no. */
  readonly exact?: boolean
}

/** Pairs of functions on the device, as a tree: what a training run of an operator holds. */
export type OperatorTensors = {
  /** Input functions at the sensors, [N, m]. */
  readonly f: Tensor
  /** Solutions, of the shape that `decode` gives at `at`. */
  readonly u: Tensor
  /** Their points: see `coordsTensors`. */
  readonly at: readonly Tensor[]
}
