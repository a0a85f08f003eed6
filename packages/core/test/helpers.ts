import { expect } from 'vitest'
import { type Tensor, type Tree, jvp, tensor, treeLeaves, treeMap, vjp } from '../src/index.js'

/** f64 tensor, so that numerical differences have digits to spare. */
export const f64 = (data: Parameters<typeof tensor>[0]): Tensor => tensor(data, { dtype: 'f64' })

/** All numbers of a tree, in order. */
export async function numbers(tree: Tree): Promise<number[]> {
  const arrays = await Promise.all(treeLeaves(tree).map((t) => t.data()))
  return arrays.flatMap((a) => Array.from(a))
}

/** Largest entry-wise distance within `tolerance`, relative where values are large. */
export async function expectClose(found: Tree, expected: Tree | readonly number[], tolerance = 1e-6): Promise<void> {
  const a = await numbers(found)
  const b =
    Array.isArray(expected) && typeof expected[0] === 'number'
      ? (expected as number[])
      : await numbers(expected as Tree)
  expect(a.length).toBe(b.length)
  a.forEach((x, i) => {
    if (!(Math.abs(x - b[i]!) <= tolerance * Math.max(1, Math.abs(b[i]!)))) expect(a).toEqual(b)
  })
}

/** A fixed, irregular tangent for every tensor of a tree. */
export const irregular = <T extends Tree>(tree: T, phase = 0): T => {
  let n = phase
  return treeMap((t) => {
    const values = Array.from({ length: t.size }, () => Math.sin(1.7 * ++n) + 0.3)
    return tensor(values, { shape: t.shape, dtype: t.dtype })
  }, tree)
}

/** jvp against central differences, and ⟨ct, jvp(v)⟩ = ⟨vjp(ct), v⟩, in f64. */
export async function checkDerivatives<A extends Tree[]>(
  fn: (...args: A) => Tree,
  args: A,
  tolerance = 1e-6,
): Promise<void> {
  const v = irregular(args)
  const [, dy] = jvp(fn, args, v)
  const shift = async (h: number): Promise<number[]> => {
    const moved: Tensor[][] = []
    const xs = treeLeaves(args)
    const vs = treeLeaves(v)
    for (const [i, x] of xs.entries()) {
      const a = await x.data()
      const b = await vs[i]!.data()
      moved.push([
        tensor(
          Float64Array.from(a, (e, j) => e + h * b[j]!),
          { shape: x.shape },
        ),
      ])
    }
    const flat = moved.flat()
    let next = 0
    return numbers(fn(...treeMap(() => flat[next++]!, args)))
  }
  const h = 1e-6
  const plus = await shift(h)
  const minus = await shift(-h)
  await expectClose(
    dy,
    plus.map((p, i) => (p - minus[i]!) / (2 * h)),
    tolerance,
  )

  const [y, pull] = vjp(fn, ...args)
  const ct = irregular(y, 100)
  const back = pull(ct)
  const inner = async (a: Tree, b: Tree): Promise<number> => {
    const x = await numbers(a)
    const z = await numbers(b)
    return x.reduce((s, e, i) => s + e * z[i]!, 0)
  }
  const forward = await inner(ct, dy)
  const reverse = await inner(back, v)
  expect(Math.abs(forward - reverse)).toBeLessThan(1e-9 * Math.max(1, Math.abs(forward)))
}
