import { cos, div, erf, exp, log, matmul, pow, sin, sqrt, sum, tanh, tensor } from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import { erf as exactErf } from '../../../packages/core/src/reference/scalar.js'
import { randomOf } from './randomOf.js'

/** An operation on f32 values, what it is in double precision, and where it is measured. */
type Operation = {
  readonly name: string
  readonly from: readonly [number, number]
  readonly on: (x: Tensor, y: Tensor) => Tensor
  readonly exact: (x: number, y: number) => number
  /** The smallest magnitude for which errors are relative: below it, they are absolute. */
  readonly floor: number
  /** Units in the last place that the contract allows. */
  readonly bound: number
}

const least = 2 ** -126

/** The measured operations: rounded ones must be within half a unit, the others within the contract of backends. */
export const operations: readonly Operation[] = [
  { name: 'div', from: [-100, 100], on: div, exact: (x, y) => x / y, floor: least, bound: 0.5 },
  { name: 'sqrt', from: [0, 1e6], on: (x) => sqrt(x), exact: Math.sqrt, floor: least, bound: 0.5 },
  { name: 'exp', from: [-80, 80], on: (x) => exp(x), exact: Math.exp, floor: least, bound: 4.5 },
  { name: 'log', from: [1e-6, 1e6], on: (x) => log(x), exact: Math.log, floor: 0.125, bound: 4.5 },
  { name: 'sin', from: [-1e4, 1e4], on: (x) => sin(x), exact: Math.sin, floor: 0.125, bound: 4.5 },
  { name: 'cos', from: [-1e4, 1e4], on: (x) => cos(x), exact: Math.cos, floor: 0.125, bound: 4.5 },
  { name: 'tanh', from: [-10, 10], on: (x) => tanh(x), exact: Math.tanh, floor: least, bound: 8.5 },
  { name: 'erf', from: [-4, 4], on: (x) => erf(x), exact: exactErf, floor: least, bound: 8.5 },
  { name: 'pow', from: [0.05, 20], on: pow, exact: (x, y) => x ** y, floor: least, bound: 16.5 },
]

const ulp = (x: number, floor: number): number => 2 ** (Math.floor(Math.log2(Math.max(Math.abs(x), floor))) - 23)

/** The largest errors of a backend: units in the last place against double precision; for sums, units of ε Σ|x|. */
export type Accuracy = Readonly<Record<string, number>>

/** Measures f32 operations of a backend at random points of their ranges. */
export async function measureAccuracy(backend: Backend, points = 20_000): Promise<Accuracy> {
  const random = randomOf(2026)
  const draw = ([low, high]: readonly [number, number], n: number): Float32Array =>
    Float32Array.from({ length: n }, () => low + ((high - low) * random(2 ** 31)) / 2 ** 31)
  const errors: Record<string, number> = {}
  for (const { name, from, on, exact, floor } of operations) {
    const [xs, ys] = [draw(from, points), draw([-5, 5], points)]
    const computed = on(tensor(xs, { backend }), tensor(ys, { backend }))
    const values = await computed.data()
    let worst = 0
    values.forEach((v, i) => {
      const truth = exact(xs[i]!, ys[i]!)
      worst = Math.max(worst, Math.abs(v - truth) / ulp(truth, floor))
    })
    errors[name] = rounded(worst, 100)
  }
  /** The difference to the exact sum of terms, in units of ε Σ|x|. */
  const ofSum = (value: number, terms: readonly number[]): number => {
    const [exact, size] = [terms, terms.map(Math.abs)].map((all) => all.reduce((s, x) => s + x, 0)) as [number, number]
    return Math.abs(value - exact) / (2 ** -23 * size)
  }
  const xs = draw([-1, 1], 4096)
  errors['sum of 4096'] = rounded(ofSum(await sum(tensor(xs, { backend })).item(), [...xs]), 1e4)
  const [n, length] = [8, 256]
  const [a, b] = [draw([-1, 1], n * length), draw([-1, 1], length * n)]
  const product = matmul(tensor(a, { shape: [n, length], backend }), tensor(b, { shape: [length, n], backend }))
  const each = Array.from(await product.data(), (value, at) => {
    const [i, j] = [Math.floor(at / n), at % n]
    return ofSum(
      Number(value),
      Array.from({ length }, (_, k) => a[i * length + k]! * b[k * n + j]!),
    )
  })
  errors['product over 256'] = rounded(Math.max(...each), 1e4)
  return errors
}

const rounded = (value: number, by: number): number => Math.round(value * by) / by
