import {
  SpikewardError,
  arange,
  cast,
  equal,
  jit,
  jvp,
  reshape,
  slice,
  tensor,
  treeFlatten,
  treeLeaves,
  treePaths,
  treeUnflatten,
  vmap,
} from '@spikeward/core'
import type { FloatDType, Tensor, Tree, Variables } from '@spikeward/core'
import { factorCholesky, solveCholesky } from './cholesky.js'

/** Options of {@link residualRidge}. */
export type ResidualRidgeOptions<P extends Tree, F extends Tree> = {
  /** Variables, as returned by `init`. */
  readonly variables: Variables<P, F>
  /** The residuals r of an equation and its conditions at fixed points, [M]; pure and traceable. */
  readonly residuals: (variables: Variables<P, F>) => Tensor
  /**
   * The error on validation points, by which λ is chosen. Its argument is freed afterwards, except for the best
   * variables.
   */
  readonly validate: (variables: Variables<P, F>) => Promise<number>
  /**
   * Paths of further learned parameters that are solved together with the readout, such as unknown coefficients of the
   * equation. Default: none.
   */
  readonly also?: readonly string[]
}

/** Result of {@link residualRidge}. */
export type ResidualRidge<P extends Tree, F extends Tree> = {
  /** The variables with the solved readout; all others are unchanged. */
  readonly variables: Variables<P, F>
  readonly lambda: number
  /** The error on the validation points, which chose λ. */
  readonly validation: number
}

/** Penalties, each solved from the solution of the one before. */
const LAMBDAS = [1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12]

/** Gauss–Newton steps for each penalty; a linear equation takes one step for each and one derivative in all. */
const STEPS = 6

/** How often a step that does not lower the loss is halved. */
const HALVINGS = 6

/** A step below this share of the loss counts as zero. */
const NEGLIGIBLE = 1e-3

/**
 * Positions of the readout among the leaves: of the weight and the bias called `readout`, if there is one of each. Null
 * for a network whose output is not an affine function of a single readout, such as a separable one.
 */
export function readoutLeaves(trained: Tree): readonly number[] | null {
  const paths = treePaths(trained)
  const of = (what: string): number[] => paths.flatMap((p, i) => (`.${p}`.endsWith(`.readout.${what}`) ? [i] : []))
  const [weights, biases] = [of('weight'), of('bias')]
  return weights.length === 1 && biases.length === 1 ? [...weights, ...biases] : null
}

/** Positions of learned parameters that are solved together with the readout. */
function furtherLeaves(paths: readonly string[], readout: readonly number[], also: readonly string[]): number[] {
  const known = paths.filter((_, leaf) => !readout.includes(leaf))
  return also.map((path) => {
    if (known.includes(path)) return paths.indexOf(path)
    const list = known.length === 0 ? 'there are none besides the readout' : `known are ${known.join(', ')}`
    throw new SpikewardError(
      'INVALID_OPTION',
      `residualRidge: also: '${path}' is not the path of a learned parameter; ${list}`,
    )
  })
}

/**
 * The readout with which a network of the coordinates satisfies an equation best, for fixed hidden layers: the
 * untrained baseline for equations, as {@link untrainedRidge} is for data.
 *
 *     min over W, b   ‖r(W, b)‖² + λ s ‖W‖²,   s = the mean square of a column of ∂r/∂W
 *
 * The output is affine in W and b. For a linear equation r is too, so this is one least-squares problem, whose matrix
 * is the forward-mode derivative of r, with a tangent for each entry of the readout. For other equations it takes
 * Gauss–Newton steps on the readout alone, which start from 0 and are halved until they lower the loss. Unknown
 * coefficients (`also`) are solved in the same system, without a penalty.
 *
 * λ is chosen on validation points, in double precision on the host; r and its derivative have the precision of the
 * network.
 *
 * @returns null if the network has no single readout ({@link readoutLeaves}), or if no λ gives a finite error
 * @throws INVALID_OPTION if `also` names a path that does not exist or belongs to the readout
 */
export async function residualRidge<P extends Tree, F extends Tree>(
  options: ResidualRidgeOptions<P, F>,
): Promise<ResidualRidge<P, F> | null> {
  const { variables, residuals, validate, also = [] } = options
  const readout = readoutLeaves(variables.trained)
  if (readout === null) return null
  const { leaves } = treeFlatten(variables.trained)
  const paths = treePaths(variables.trained)
  const free = [...readout, ...furtherLeaves(paths, readout, also)]
  const sizes = free.map((leaf) => leaves[leaf]!.size)
  const numbers = sizes.reduce((a, b) => a + b, 0)
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0))
  const dtype = leaves[free[0]!]!.dtype as FloatDType

  /** The variables with the solved entries from a vector. */
  const withFree = ({ trained, fixed }: Variables<P, F>, x: Tensor): Variables<P, F> => {
    const { leaves: own, structure } = treeFlatten(trained)
    const all = [...own]
    free.forEach((leaf, i) => {
      all[leaf] = reshape(slice(x, [starts[i]!], [starts[i]! + sizes[i]!]), own[leaf]!.shape)
    })
    return { trained: treeUnflatten(structure, all) as P, fixed }
  }
  const place = jit(withFree)
  const evaluate = jit((v: Variables<P, F>, x: Tensor) => residuals(withFree(v, x)))
  const linearise = jit((v: Variables<P, F>, x: Tensor) =>
    vmap((k: Tensor) => {
      const unit = cast(equal(arange(numbers, 'i32'), k), dtype)
      return jvp((at: Tensor) => residuals(withFree(v, at)), [x], [unit])[1]
    })(arange(numbers, 'i32')),
  )
  /** The value of a compiled function at x, on the host. */
  const at = async (f: (v: Variables<P, F>, x: Tensor) => Tensor, x: Float64Array): Promise<Float64Array> => {
    const input = tensor(x, { dtype })
    const out = f(variables, input)
    const values = Float64Array.from(await out.data())
    input.dispose()
    out.dispose()
    return values
  }

  try {
    const first = new Float64Array(numbers)
    for (const [i, leaf] of free.entries()) {
      if (i >= readout.length) first.set(Float64Array.from(await leaves[leaf]!.data()), starts[i])
    }
    const minima = await minimise(first, sizes[0]!, also.length > 0, {
      residuals: (x) => at(evaluate, x),
      slopes: (x) => at(linearise, x),
    })
    let best: ResidualRidge<P, F> | null = null
    for (const { lambda, x } of minima) {
      const point = tensor(x, { dtype })
      const solved = place(variables, point)
      point.dispose()
      const validation = await validate(solved)
      const isBetter = validation < (best?.validation ?? Infinity)
      const worse = isBetter ? best?.variables : solved
      if (worse !== undefined) treeLeaves(worse).forEach((t) => t.dispose())
      if (isBetter) best = { variables: solved, lambda, validation }
    }
    return best
  } finally {
    for (const compiled of [place, evaluate, linearise]) compiled.dispose()
  }
}

type LeastSquares = {
  /** r(x), [M]. */
  readonly residuals: (x: Float64Array) => Promise<Float64Array>
  /** ∂r/∂x, [d, M]. */
  readonly slopes: (x: Float64Array) => Promise<Float64Array>
}

const squares = (x: Float64Array): number => x.reduce((sum, v) => sum + v * v, 0)

/**
 * Minimises ‖r(x)‖² + λ s ‖x₀ … x_p‖² for each λ in turn.
 *
 * @param penalised p + 1: the number of entries, counted from the first, that have a penalty
 * @param product whether r may contain products of entries, so that it is not linear
 */
async function minimise(
  first: Float64Array,
  penalised: number,
  product: boolean,
  { residuals, slopes }: LeastSquares,
): Promise<readonly { readonly lambda: number; readonly x: Float64Array }[]> {
  let [x, r] = [first, await residuals(first)]
  let system = normalEquations(await slopes(x), r, x.length)
  let linear = false
  const scale = system.diagonal(penalised) / penalised
  const minima: { lambda: number; x: Float64Array }[] = []
  for (const lambda of LAMBDAS) {
    const penalty = lambda * scale
    const loss = (y: Float64Array, ry: Float64Array): number =>
      squares(ry) + penalty * squares(y.subarray(0, penalised))
    for (let step = 0; step < (linear ? 1 : STEPS); step++) {
      const move = system.step(x, penalised, penalty)
      if (move === null) break
      const before = loss(x, r)
      let accepted = null
      for (let half = 0; half < HALVINGS && accepted === null; half++) {
        const y = x.map((v, i) => v + move[i]! / 2 ** half)
        const ry = await residuals(y)
        // At readout 0, a product of the readout and a coefficient looks linear.
        if (half === 0 && step === 0 && lambda === LAMBDAS[0] && !product)
          linear = isSmall(system.missed(move, r, ry), r)
        if (loss(y, ry) < before) accepted = { x: y, r: ry }
      }
      if (accepted === null) break
      x = accepted.x
      r = accepted.r
      system = linear ? system.at(r) : normalEquations(await slopes(x), r, x.length)
      if (before - loss(x, r) < NEGLIGIBLE * before) break
    }
    minima.push({ lambda, x })
  }
  return minima
}

/** Whether the norm of `part` is negligible compared with that of `whole`. */
const isSmall = (part: Float64Array, whole: Float64Array): boolean => squares(part) < NEGLIGIBLE ** 2 * squares(whole)

type System = {
  /** Δ with (JᵀJ + penalty) Δ = −Jᵀr − penalty x; null if the matrix is singular. */
  step(x: Float64Array, penalised: number, penalty: number): Float64Array | null
  /** Σ (JᵀJ)ᵢᵢ over the first n. */
  diagonal(n: number): number
  /** The error of the linear model for a step: r + JΔ − r(x + Δ). */
  missed(move: Float64Array, before: Float64Array, after: Float64Array): Float64Array
  /** The same matrix with other residuals. */
  at(r: Float64Array): System
}

/** JᵀJ and Jᵀr of slopes [d, M]. */
function normalEquations(slopes: Float64Array, r: Float64Array, d: number): System {
  const m = slopes.length / d
  const row = (i: number): Float64Array => slopes.subarray(i * m, (i + 1) * m)
  const dot = (a: Float64Array, b: Float64Array): number => {
    let sum = 0
    for (let k = 0; k < m; k++) sum += a[k]! * b[k]!
    return sum
  }
  const gram = new Float64Array(d * d)
  for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) gram[i * d + j] = dot(row(i), row(j))
  const largest = Math.max(1e-30, ...Array.from({ length: d }, (_, i) => gram[i * d + i]!))
  const systemAt = (residual: Float64Array): System => {
    const right = Float64Array.from({ length: d }, (_, i) => -dot(row(i), residual))
    return {
      step(x, penalised, penalty) {
        const a = gram.slice()
        // Entries without a penalty may have no effect; this keeps them unchanged instead of making the matrix
        // singular.
        for (let i = 0; i < d; i++) a[i * d + i]! += i < penalised ? penalty : 1e-12 * largest
        const b = right.map((v, i) => (i < penalised ? v - penalty * x[i]! : v))
        if (!factorCholesky(a, d)) return null
        solveCholesky(a, d, b, 1)
        return b
      },
      diagonal: (n) => Array.from({ length: n }, (_, i) => gram[i * d + i]!).reduce((a, b) => a + b, 0),
      missed: (move, before, after) =>
        before.map((v, k) => move.reduce((sum, step, i) => sum + step * slopes[i * m + k]!, v) - after[k]!),
      at: systemAt,
    }
  }
  return systemAt(r)
}
