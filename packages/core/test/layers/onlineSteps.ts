import * as sw from '../../src/index.js'
import type { OnlineOptions, Tensor, Tree } from '../../src/index.js'
import { irregular } from '../helpers.js'

/** Samples and time steps of the cases. */
export const [N, T] = [3, 7]

/** A spike with the surrogate slope of an arctangent, α = 2. */
export const spike = sw.customJvp(
  (u: Tensor) => sw.cast(sw.greaterEqual(u, 0), 'f64'),
  ([u], [du]) => [
    sw.cast(sw.greaterEqual(u!, 0), 'f64'),
    sw.mul(sw.div(1, sw.add(1, sw.square(sw.mul(u!, Math.PI)))), du!),
  ],
)

export const zeros = (...shape: number[]): Tensor => sw.zeros(shape, 'f64')
export const f = (...shape: number[]): Tensor => irregular(zeros(...shape), shape[0]! * 10 + shape.length)
export const weight = (w: Tensor): { weight: Tensor } => ({ weight: w })

export type Step<P extends Tree, S extends Tree> = (params: P, state: S, x: Tensor) => readonly [S, Tensor]

/** The sum over time of the gradients of online steps, for given cotangents of the results; and the results. */
export function learned<P extends Tree, S extends Tree>(
  step: Step<P, S>,
  params: P,
  state: S,
  xs: Tensor,
  cotangents: Tensor,
  options?: OnlineOptions,
): { gradient: P; outputs: Tensor; carry: Tree } {
  const learn = sw.online(step, options)
  const run = (p: P, seq: readonly [Tensor, Tensor]): { gradient: P; outputs: Tensor; carry: Tree } => {
    const [[carry, gradient], outputs] = sw.scan(
      ([carry, total]: [{ state: S; traces: Tree }, P], [x, ct]: [Tensor, Tensor]) => {
        const [next, y, pull] = learn.step(p, carry, x)
        return [[next, sw.treeMap((a, b) => sw.add(a, b), total, pull(ct))], y]
      },
      [
        learn.init(p, state, sw.take(seq[0], sw.tensor(0, { dtype: 'i32' }))),
        sw.treeMap((t) => sw.zerosLike(t), p),
      ] as [{ state: S; traces: Tree }, P],
      [seq[0], seq[1]] as [Tensor, Tensor],
    )
    return { gradient, outputs, carry }
  }
  return sw.jit(run)(params, [xs, cotangents])
}

/** The same by `gradient`: the carry after the last step, and the gradient. */
export function sequenceOf<P extends Tree, S extends Tree>(
  step: Step<P, S>,
  params: P,
  state: S,
  xs: Tensor,
  cotangents: Tensor,
  options?: OnlineOptions,
): [Tree, P] {
  const learn = sw.online((p: P, s: S, [x]: readonly [Tensor, Tensor]) => step(p, s, x), options)
  const run = (p: P, seq: readonly [Tensor, Tensor]): [Tree, P] => {
    const first = sw.treeMap((t) => sw.take(t, sw.tensor(0, { dtype: 'i32' })), seq)
    const start = learn.init(p, state, first)
    const [carry, , gradient] = learn.gradient(p, start, seq, (y, [, ct]) => sw.mul(sw.mul(y, ct), y.size))
    return [carry, gradient]
  }
  return sw.jit(run)(params, [xs, cotangents])
}

/** The gradient by reverse mode through time. */
export function reverse<P extends Tree, S extends Tree>(
  step: Step<P, S>,
  params: P,
  state: S,
  xs: Tensor,
  cotangents: Tensor,
): P {
  const outputs = (p: P): Tensor => sw.scan((s: S, x: Tensor) => step(p, s, x), state, xs)[1]
  return sw.vjp(outputs, params)[1](cotangents)[0]
}

export const cosine = (a: readonly number[], b: readonly number[]): number => {
  const dot = (x: readonly number[], y: readonly number[]): number => x.reduce((s, v, i) => s + v * y[i]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

export const xs = f(T, N, 4)
export const dense = (inputs: number, outputs: number) => ({ weight: f(inputs, outputs), bias: f(outputs) })
export const lif = (u: Tensor, current: Tensor, leak: Tensor | number, detached = true): [Tensor, Tensor] => {
  const charged = sw.add(sw.mul(u, leak), current)
  const s = spike(sw.sub(charged, 1))
  return [sw.sub(charged, detached ? sw.stopGradient(s) : s), s]
}
export const params = { hidden: dense(4, 5), out: dense(5, 2), leak: sw.mul(f(5), 0.5) }
export type Params = typeof params
export const ct = f(T, N, 2)

/** One layer with states, in forms whose gradient by traces is exact. */
export const exact: Record<string, Step<Params, Tensor>> = {
  'a fixed leak and a detached reset': (p, u, x) => {
    const [next, s] = lif(u, sw.affine(p.hidden, x), 0.9)
    return [next, sw.affine(p.out, s)]
  },
  'a reset with its derivative': (p, u, x) => {
    const [next, s] = lif(u, sw.affine(p.hidden, x), 0.9, false)
    return [next, sw.affine(p.out, s)]
  },
  'learned leaks': (p, u, x) => {
    const [next, s] = lif(u, sw.affine(p.hidden, x), p.leak)
    return [next, sw.affine(p.out, s)]
  },
  'a standardised weight': (p, u, x) => {
    const w = p.hidden.weight
    const standard = sw.sub(w, sw.mean(w, 0))
    const [next, s] = lif(u, sw.affine({ weight: standard, bias: p.hidden.bias }, x), p.leak)
    return [next, sw.affine(p.out, s)]
  },
}
