import * as s from '../../src/index.js'
import type { Tensor } from '../../src/index.js'

/** Zeros: only shapes matter to a plan. */
export const z = (...shape: number[]): Tensor => s.zeros(shape)

/** A spike with a surrogate slope that every transform can pass through. */
export const spike = s.customJvp(
  (u: Tensor) => s.cast(s.greaterEqual(u, 0), 'f32'),
  ([u], [du]) => [s.cast(s.greaterEqual(u!, 0), 'f32'), s.mul(s.div(1, s.square(s.add(1, s.mul(3, s.abs(u!))))), du!)],
)

export const lif = (x: Tensor): [Tensor, Tensor] =>
  s.scan(
    (u: Tensor, i: Tensor) => {
      const v = s.add(s.mul(u, 0.9), i)
      const out = spike(s.sub(v, 1))
      return [s.sub(v, out), out] as const
    },
    s.zeros(x.shape.slice(1)),
    x,
  )

/** Parameters of {@link snnLoss}. */
export type Params = { w1: Tensor; b1: Tensor; w2: Tensor; b2: Tensor; w3: Tensor }

/** A two-layer spiking network over [T,B,M] inputs, with a mean squared error. */
export function snnLoss(p: Params, x: Tensor, y: Tensor): Tensor {
  const [t, b] = [x.shape[0]!, x.shape[1]!]
  const layer = (h: Tensor, w: Tensor, bias: Tensor): Tensor => {
    const flat = s.reshape(h, [t * b, h.shape[2]!])
    const z = s.add(s.matmul(flat, w), bias)
    return lif(s.reshape(z, [t, b, w.shape[1]!]))[1]
  }
  const h = layer(layer(x, p.w1, p.b1), p.w2, p.b2)
  const rate = s.mean(h, 0)
  return s.mean(s.square(s.sub(s.matmul(rate, p.w3), y)))
}

export const snnParams: Params = { w1: z(3, 4), b1: z(4), w2: z(4, 5), b2: z(5), w3: z(5, 2) }
export const snnX = z(6, 7, 3)
export const snnY = z(7, 2)

/** One step of Adam on one tensor. */
export const adam = (p: Tensor, m: Tensor, v: Tensor, g: Tensor, t: Tensor): [Tensor, Tensor, Tensor] => {
  const m1 = s.add(s.mul(m, 0.9), s.mul(g, 0.1))
  const v1 = s.add(s.mul(v, 0.999), s.mul(s.square(g), 0.001))
  const mh = s.div(m1, s.sub(1, s.pow(0.9, t)))
  const vh = s.div(v1, s.sub(1, s.pow(0.999, t)))
  return [s.sub(p, s.mul(0.001, s.div(mh, s.add(s.sqrt(vh), 1e-8)))), m1, v1]
}

export const stackTree = (k: number): Params => ({
  w1: z(k, 3, 4),
  b1: z(k, 4),
  w2: z(k, 4, 5),
  b2: z(k, 5),
  w3: z(k, 5, 2),
})
