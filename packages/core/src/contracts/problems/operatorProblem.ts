import type { Shape } from '../../tensor/aval.js'
import type { Key } from '../../numpy/key.js'
import type { Tensor } from '../../tensor/tensor.js'
import type { RegressionProblem } from './problem.js'
import type { ShareOut } from '../parallel/communicator.js'

/**
 * The points at which a field is evaluated, on the device. `points`: x is [P, axes]. `grid`: one tensor [nₐ] per axis,
 * which stands for all combinations, with the last axis running fastest; a separable network costs Σ nₐ, not Π nₐ.
 */
export type Coords =
  | {
      readonly kind: 'points'
      readonly x: Tensor
      /** On a boundary: the outward unit normals, [P, axes]. */
      readonly normal?: Tensor
      /** Numbers that belong to the points, such as measurements, [P, numbers]. */
      readonly values?: Tensor
    }
  | { readonly kind: 'grid'; readonly axes: readonly Tensor[] }

/** The same on the host, in double precision. `points`: x is a flat [P, axes], row-major. */
export type HostCoords =
  | { readonly kind: 'points'; readonly x: Float64Array; readonly axes: number }
  | { readonly kind: 'grid'; readonly axes: readonly Float64Array[] }

/** The order of a derivative along one axis. */
export type DerivativeOrder = 1 | 2 | 3 | 4

/** A direction in the space of the coordinates, one number for each axis, and a weight. */
export type WeightedDirection = { readonly along: readonly number[]; readonly weight: number }

/**
 * A field u for each of N input functions (N = 1 if there is no input function).
 *
 * Shapes: [N, P] at points, [N, n₁, …, n_d] on a grid; a field of several components has one more axis, the last. The
 * derivative is forward-mode in the coordinates: for points the tangent of x is 1 in the column `axis`, for a grid it
 * is 1 along `axes[axis]`.
 */
export interface Field {
  at(c: Coords): Tensor
  /** ∂ᵏu/∂xₐᵏ of order k = 1 (the default) to 4, of the shape that `at` gives. */
  d(c: Coords, axis: number, order?: DerivativeOrder): Tensor
  /**
   * The mixed derivative ∂^(k₁+…+k_d) u / ∂x₁^k₁ … ∂x_d^k_d, of the shape that `at` gives.
   *
   * @param orders k for each axis, 0 to 4, together 1 to 4: [1, 1] is ∂²u/∂x∂y
   */
  mixed(c: Coords, orders: readonly number[]): Tensor
  /**
   * Σ_i w_i ∂ᵏu/∂v_iᵏ of directions v_i, in one pass (see `collapsedJet`), of the shape that `at` gives. Absent: the
   * field is not differentiated by forward mode; the derivatives along the axes say the same.
   *
   * @param directions one number for each axis; INVALID_OPTION otherwise
   * @param order k, 2 to 4
   */
  directional?(c: Coords, directions: readonly WeightedDirection[], order: DerivativeOrder): Tensor
}

/**
 * Coefficients of an equation by name, numbers []: unknown ones, which train with the network, and those that follow a
 * {@link Continuation}.
 */
export type Coefficients = Readonly<Record<string, Tensor>>

/**
 * A coefficient that starts where the equation is easy and ends at its own value (numerical continuation):
 *
 *     c(i) = to · (from / to)^max(0, 1 − i/steps)   in step i
 */
export type Continuation = {
  /** The first value, above 0. */
  readonly from: number
  /** The value of the equation, above 0. */
  readonly to: number
  /** Steps until it is reached. */
  readonly steps: number
}

/** A part of the domain: all of it, or a face of it on which some axes are held. Usable inside `jit`. */
export interface Region {
  /** For each axis the value at which it is held, or null if it covers the whole interval of the domain. */
  readonly held: readonly (number | null)[]
  /** `n` points drawn uniformly: x is [n, axes], f32. */
  points(key: Key, n: number): Coords
  /**
   * A grid: `shape[a]` coordinates along axis a (always one for a held axis), f32. With a key they are drawn uniformly,
   * without one they are the centres of equal cells. Absent: the region is not a box, and its points form no grid.
   */
  grid?(shape: Shape, key?: Key): Coords
}

/** A boundary or initial condition: a residual that vanishes on a region. */
export interface Condition<F = Tensor> {
  readonly name: string
  readonly region: Region
  /** As {@link Physics.residual}; zero where the condition holds. */
  residual(u: Field, f: F, c: Coords, coefficients?: Coefficients): Tensor
}

/**
 * An equation with its conditions, made of tensor operations only, so that losses built on it can be differentiated
 * and compiled. `F` is what it is given of the input functions: their values at the sensors [N, m], or null.
 */
export interface Physics<F = Tensor> {
  /** The equation as text for display: "u_t = D u_xx + k u² + f". */
  readonly equation: string
  /** The highest derivative per axis. A surrogate that replaces a spike must be smooth enough for it. */
  readonly order: readonly (0 | DerivativeOrder)[]
  readonly interior: Region
  /**
   * Zero where the equation holds: [N, P] at points, [N, n₁, …, n_d] on a grid. Several equations are one more axis,
   * the last.
   *
   * @param coefficients the current values of `unknown`, and in a step of training those of `continuation`
   */
  residual(u: Field, f: F, c: Coords, coefficients?: Coefficients): Tensor
  /** Unknown coefficients and their first values: they train with the network. Absent: none. */
  readonly unknown?: Readonly<Record<string, number>>
  /**
   * Coefficients that change over the first steps of training. Where the residual gets none of them, they have their
   * last value.
   */
  readonly continuation?: Readonly<Record<string, Continuation>>
  readonly conditions: readonly Condition<F>[]
  /**
   * Builds conditions into the output: u = hard.apply(network's output, f, c), differentiable in `c`. Null if the
   * problem offers none. `satisfies` names the conditions that then need no penalty.
   */
  readonly hard: HardConditions<F> | null
}

/** An output transform after which conditions hold for any output of the network. */
export interface HardConditions<F = Tensor> {
  readonly satisfies: readonly string[]
  /**
   * Pointwise: its result at a point depends only on the network's output there, for that function.
   *
   * @param raw the network's output, of the field's shape at `c`; several components are its last axis
   */
  apply(raw: Tensor, f: F, c: Coords): Tensor
}

/** Where input functions are read. */
export interface Sensors {
  /** Flat [count, axes], row-major. */
  readonly x: Float64Array
  readonly count: number
  readonly axes: number
  /** The grid that the sensors form, or null. */
  readonly grid: Shape | null
  /**
   * Several input functions: their names and numbers of sensors, which add up to `count`. A row of sensor values holds
   * one function after the other, and the first coordinate of a sensor is the number of its function, from 0. Absent:
   * one function.
   */
  readonly functions?: readonly { readonly name: string; readonly count: number }[]
}

/** An input function on the host: values at points given as a flat [P, sensor axes]. Pure. */
export type SourceFunction = (points: Float64Array) => Float64Array

/** Pairs of an input function and its solution, on the host; row i belongs to function i. */
export interface OperatorData {
  readonly count: number
  /** [count, m]. */
  readonly sensors: Float64Array
  /** [count, points, outputs], the points in the order of the problem's `at`. */
  readonly values: Float64Array
}

/** The progress of generating a data set. */
export interface DataProgress {
  readonly split: 'train' | 'validation' | 'test'
  readonly done: number
  readonly total: number
}

/** Options of generating data. */
export interface DataOptions {
  /** Called before the first function, from time to time, and after the last one. */
  readonly onProgress?: (progress: DataProgress) => void
  /** Ends the work with the signal's own reason. */
  readonly signal?: AbortSignal
  /** Solves for the functions, such as on several processes that call `data` together. Default: one after another. */
  readonly share?: ShareOut
}

/** Draws input functions and solves for them. */
export interface Generator {
  /** Everything that the data depend on, as text: two problems with the same signature have the same data. */
  readonly signature: string
  /** `n` functions; the first of them do not depend on `n`. */
  sample(key: Key, n: number): Promise<readonly SourceFunction[]>
  /** The reference solution for one function, in double precision: [points, outputs]. Pure, and possibly slow. */
  solve(f: SourceFunction, at: HostCoords): Float64Array
}

/**
 * Learn a map from functions to functions, f ↦ u. Training uses `train`, settings are chosen on `validation`, and
 * errors are reported on `test`: three sets of functions, drawn from three keys.
 */
export interface OperatorProblem {
  readonly kind: 'operator'
  readonly name: string
  /** Names of the solution's axes: ['x', 't']. */
  readonly axes: readonly string[]
  /** [low, high] of each of them. */
  readonly domain: readonly (readonly [number, number])[]
  readonly outputs: number
  readonly sensors: Sensors
  /** Where solutions are given, the same for every split. */
  readonly at: HostCoords
  /** Functions per split. */
  readonly sizes: { readonly train: number; readonly validation: number; readonly test: number }
  data(split: 'train' | 'validation' | 'test', options?: DataOptions): Promise<OperatorData>
  /**
   * Reads training functions by their numbers, 0 … sizes.train − 1, in the given order, from data that need not fit in
   * memory. If present, `data('train')` returns the first of them alone, as many as fit: a sample for scales and
   * readouts.
   */
  rows?(numbers: readonly number[]): Promise<OperatorData>
  /** Null for data from a file. */
  readonly generator: Generator | null
  /** Null for data from a file. */
  readonly physics: Physics | null
}

/** A domain in the plane that is not a box, for figures. */
export interface PlaneShape {
  /** Whether a point is in the domain. */
  inside(point: readonly [number, number]): boolean
  /** Lines along the boundary, each a list of points; a line of one point is a point of the boundary. */
  readonly boundary: readonly (readonly (readonly [number, number])[])[]
}

/**
 * Solve one equation, without an input function. Its points carry the exact solution, or a reference: `train` for
 * losses that mix equation and data, `validation` to choose by, `test` to report on. Where no solution is known,
 * `target` is absent and `y` of all points is empty.
 */
export interface PinnProblem extends Omit<RegressionProblem, 'kind'> {
  readonly kind: 'pinn'
  /** Names of the axes: ['x']. */
  readonly axes: readonly string[]
  /** Names of the outputs: ['u', 'v']. Absent: u, or u_0, u_1, … */
  readonly unknowns?: readonly string[]
  readonly physics: Physics<null>
  /** The domain of an equation in the plane. Absent: the box of `domain`, or an equation in other dimensions. */
  readonly shape?: PlaneShape
  /**
   * Whether a point, in the order of the axes, is in the domain; the boundary may count as either. Absent: the domain
   * is the box of `domain`.
   */
  readonly inside?: (x: readonly number[]) => boolean
  /**
   * Notes on parts that a user should check before training, such as a part of the boundary without a condition.
   * Absent: none.
   */
  readonly notes?: readonly string[]
}
