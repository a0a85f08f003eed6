import {
  add,
  isFloat,
  jvp,
  mul,
  scope,
  sum,
  tensor,
  treeFlatten,
  treeLeaves,
  treeUnflatten,
  vjp,
  type Tensor,
  type Tree,
} from '@spikeward/core'
import { CheckFailure, ensure } from './check.js'
import { draw, elementName, inDType, numbersOf } from './tensorValues.js'

/** Options of `checkGradients`. */
export interface GradientOptions {
  /** Precision of the check; default `f64`. In `f32` use a `step` of about 0.03 and a `tolerance` of about 0.01. */
  readonly dtype?: 'f64' | 'f32'
  /** Random directions for the directional derivatives; default 2. */
  readonly directions?: number
  /** Step h of the differences; default 1e-3 (their error is of order h⁴). */
  readonly step?: number
  /** Allowed difference, relative to 1 + |value|; default 1e-6. */
  readonly tolerance?: number
  /** The largest number of elements whose partial derivatives are computed one by one; default 64, spread evenly. */
  readonly entries?: number
  /** Key of directions and cotangents; default 1. */
  readonly key?: number
  /** Whether reverse mode is checked; default true. */
  readonly reverse?: boolean
  /**
   * Whether derivatives are compared with differences; default true. False for a function whose derivative is a
   * surrogate: then only jvp and vjp are compared.
   */
  readonly differences?: boolean
}

/**
 * Checks the derivatives of a function at a point:
 *
 * - jvp along random directions v against the central difference [8 (f(x+hv) − f(x−hv)) − (f(x+2hv) − f(x−2hv))] / 12h;
 * - vjp for a random cotangent c, element by element, against the same difference of ⟨c, f⟩;
 * - forward against reverse mode: ⟨c, jvp v⟩ = ⟨vjp c, v⟩, to rounding.
 *
 * Floating-point arguments are converted to f64; integers, flags and keys are held fixed.
 *
 * @param f pure function of trees
 * @param args the point, a tuple of trees
 * @throws CheckFailure naming the worst element, its derivative and the difference
 * @example await checkGradients((x, y) => sum(mul(sin(x), y)), [tensor([1, 2]), tensor([3, 4])])
 */
export async function checkGradients<A extends readonly Tree[]>(
  f: (...args: A) => Tree,
  args: readonly [...A],
  options: GradientOptions = {},
): Promise<void> {
  const {
    dtype = 'f64',
    directions = 2,
    step = 1e-3,
    tolerance = 1e-6,
    entries = 64,
    key = 1,
    reverse = true,
    differences = true,
  } = options
  const point = inDType(args as readonly Tree[], dtype)
  const { leaves, structure } = treeFlatten(point)
  const free = leaves.flatMap((t, i) => (isFloat(t.dtype) ? [i] : []))
  ensure(free.length > 0, 'checkGradients: no argument is a float; there is nothing to differentiate')
  const x = free.map((i) => leaves[i]!)
  let resultTree: Tree = []
  const g = (...xs: Tensor[]): Tensor[] => {
    const all = [...leaves]
    free.forEach((i, k) => (all[i] = xs[k]!))
    resultTree = f(...(treeUnflatten(structure, all) as unknown as A))
    return treeLeaves(resultTree).filter((t) => isFloat(t.dtype))
  }
  const outNames = namesOf(() => resultTree, null)
  const inNames = namesOf(() => point, free)
  const worst = worstOf(tolerance)

  const cotangents = g(...x).map((t, i) => draw(t.shape, t.dtype, key + 500 + i))
  const slopes: { v: Tensor[]; dy: Tensor[] }[] = []
  for (let d = 0; d < directions; d++) {
    const v = x.map((t, i) => draw(t.shape, t.dtype, key + 100 * d + i))
    const [, dy] = jvp((...xs: Tensor[]) => g(...xs), x, v)
    slopes.push({ v, dy })
    if (!differences) continue
    const expected = await difference(g, x, v, step)
    const actual = await numbersOf(dy)
    for (const [leaf, values] of expected.entries()) {
      values.forEach((value, at) =>
        worst.see(actual[leaf]![at]!, value, () => `jvp along direction ${d}, element ${outNames(leaf, at)}`),
      )
    }
  }
  worst.report('forward mode disagrees with differences')

  if (!reverse) return
  const [, pull] = vjp((...xs: Tensor[]) => g(...xs), ...x)
  const back = pull(cotangents)
  for (const [d, { v, dy }] of slopes.entries()) {
    const [forward, backward] = await Promise.all([inner(cotangents, dy), inner(back as readonly Tensor[], v)])
    ensure(
      relative(forward, backward) <= (dtype === 'f64' ? 1e-9 : 1e-3),
      () =>
        `checkGradients: forward and reverse mode disagree along direction ${d}: ⟨c, jvp v⟩ = ${forward}, ⟨vjp c, v⟩ = ${backward}`,
    )
  }
  if (!differences) return
  const gradient = await numbersOf(back)
  const scalar = (...xs: Tensor[]): Tensor[] => [
    g(...xs)
      .map((t, i) => sum(mul(t, cotangents[i]!)))
      .reduce((a, b) => add(a, b)),
  ]
  const elements = spread(
    x.flatMap((t, leaf) => Array.from({ length: t.size }, (_, at) => [leaf, at] as const)),
    entries,
  )
  for (const [leaf, at] of elements) {
    const v = x.map((t, i) =>
      tensor(
        Float64Array.from({ length: t.size }, (_, k) => (i === leaf && k === at ? 1 : 0)),
        { shape: t.shape, dtype: t.dtype },
      ),
    )
    const [[value]] = (await difference(scalar, x, v, step)) as [[number]]
    worst.see(gradient[leaf]![at]!, value, () => `vjp of argument ${inNames(leaf, at)}`)
  }
  worst.report('reverse mode disagrees with differences')
}

/** Distance of two numbers, relative to 1 + |expected|; infinite if one is NaN. */
function relative(actual: number, expected: number): number {
  const distance = Math.abs(actual - expected) / (1 + Math.abs(expected))
  return Number.isNaN(distance) ? Infinity : distance
}

/** Records the element with the largest error. */
function worstOf(tolerance: number) {
  let worst = { off: tolerance, text: '' }
  let count = 0
  return {
    see(actual: number, expected: number, name: () => string): void {
      const off = relative(actual, expected)
      if (off <= tolerance) return
      count++
      if (off > worst.off) worst = { off, text: `${name()}: ${actual}, by central differences ${expected}` }
    },
    report(what: string): void {
      if (count === 0) return
      throw new CheckFailure(
        `checkGradients: ${what} in ${count} places; worst: ${worst.text} (off by ${worst.off.toExponential(2)} relative to 1 + |value|, allowed ${tolerance})`,
      )
    },
  }
}

/** Names of the elements of a tree's float leaves; `which` holds the indices of these among all leaves. */
const namesOf =
  (tree: () => Tree, which: readonly number[] | null) =>
  (leaf: number, at: number): string => {
    const floats = which ?? treeLeaves(tree()).flatMap((t, i) => (isFloat(t.dtype) ? [i] : []))
    return elementName(tree(), floats[leaf]!, at)
  }

/** The fourth-order central difference along v. */
async function difference(
  g: (...xs: Tensor[]) => Tensor[],
  x: readonly Tensor[],
  v: readonly Tensor[],
  h: number,
): Promise<number[][]> {
  const at = (s: number): Promise<number[][]> => numbersOf(scope(() => g(...x.map((t, i) => add(t, mul(v[i]!, s))))))
  const [a, b, c, d] = [await at(h), await at(-h), await at(2 * h), await at(-2 * h)]
  return a.map((values, leaf) =>
    values.map((value, i) => (8 * (value - b[leaf]![i]!) - (c[leaf]![i]! - d[leaf]![i]!)) / (12 * h)),
  )
}

async function inner(a: readonly Tensor[], b: readonly Tensor[]): Promise<number> {
  const [left, right] = await Promise.all([numbersOf(a), numbersOf(b)])
  return left.reduce((s, values, leaf) => s + values.reduce((r, value, i) => r + value * right[leaf]![i]!, 0), 0)
}

/** At most `count` of the items, evenly spread. */
const spread = <T>(items: readonly T[], count: number): T[] =>
  items.length <= count
    ? [...items]
    : Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]!)
