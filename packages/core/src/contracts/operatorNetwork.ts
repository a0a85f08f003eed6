import type { Key } from '../numpy/key.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
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
}

/** The output of a network before a transform, and the transform of fields. */
export interface RawOutput<P extends Tree = Tree, Z extends Tree = Tree, F = Tensor> {
  /** As `decode` of the network, without the transform. */
  decode(params: P, z: Z, at: Coords): Tensor
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
