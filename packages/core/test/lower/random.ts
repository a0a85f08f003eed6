import * as s from '../../src/index.js'
import type { Tensor } from '../../src/index.js'

/** Numbers from 0 to 1, the same for the same seed. */
export function randomness(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const MAX_SIZE = 240
const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1)

/**
 * A function of f64 tensors made of random operations: pointwise, views, reductions, products, assemblies, scans of
 * every kind. The same seed gives the same function, which works on tensors and inside transforms.
 */
export function randomFunction(seed: number, length: number): (...xs: Tensor[]) => Tensor[] {
  return (...xs) => {
    const random = randomness(seed)
    const whole = (n: number): number => Math.floor(random() * n)
    const pick = <T>(list: readonly T[]): T => list[whole(list.length)]!
    const pool: Tensor[] = [...xs]
    const any = (): Tensor => (random() < 0.5 ? pool[pool.length - 1 - whole(Math.min(3, pool.length))]! : pick(pool))
    const add = (t: Tensor): void => {
      if (t.size > 0 && t.size <= MAX_SIZE) pool.push(t)
    }
    const unary = (x: Tensor): Tensor =>
      pick([s.sin, s.tanh, s.neg, s.sigmoid, (t: Tensor) => s.mul(t, 0.5), (t: Tensor) => s.add(t, 1)])(x)
    const binary = (x: Tensor, y: Tensor): Tensor =>
      pick([s.add, s.sub, (a: Tensor, b: Tensor) => s.tanh(s.mul(a, b)), s.maximum])(x, y)
    /** A tensor of the pool that broadcasts to `shape`. */
    const partner = (shape: readonly number[]): Tensor | null => {
      const fits = pool.filter(
        (t) => t.ndim <= shape.length && t.shape.every((d, i) => d === 1 || d === shape[shape.length - t.ndim + i]),
      )
      return fits.length === 0 ? null : pick(fits)
    }
    const permutation = (n: number): number[] => {
      const p = Array.from({ length: n }, (_, i) => i)
      for (let i = n - 1; i > 0; i--) {
        const j = whole(i + 1)
        ;[p[i], p[j]] = [p[j]!, p[i]!]
      }
      return p
    }
    const someAxes = (n: number): number[] => Array.from({ length: n }, (_, i) => i).filter(() => random() < 0.5)

    const view = (x: Tensor): Tensor => {
      switch (whole(6)) {
        case 0:
          return s.transpose(x, permutation(x.ndim))
        case 1: {
          const starts = x.shape.map((d) => whole(d)),
            limits = x.shape.map((d, a) => starts[a]! + 1 + whole(d - starts[a]!))
          return s.slice(
            x,
            starts,
            limits,
            x.shape.map(() => 1 + whole(2)),
          )
        }
        case 2:
          return x.ndim === 0 ? x : s.flip(x, whole(x.ndim))
        case 3:
          return s.broadcastTo(x, [2 + whole(2), ...x.shape])
        case 4:
          return s.broadcastTo(s.expandDims(x, x.ndim), [...x.shape, 2])
        default: {
          const n = x.size
          const divisors = Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0)
          const d = pick(divisors)
          return s.reshape(x, pick([[n], [d, n / d], [n / d, 1, d]]))
        }
      }
    }
    const reduce = (x: Tensor): Tensor => {
      const axes = someAxes(x.ndim)
      return axes.length === 0 ? x : pick([s.sum, s.mean, s.max])(x, axes, { keepDims: random() < 0.3 })
    }
    const scan = (x: Tensor, pointwise: boolean): void => {
      if (x.ndim === 0 || x.size > MAX_SIZE) return
      const rest = x.shape.slice(1)
      const starts = pool.filter((t) => t.shape.length === rest.length && t.shape.every((d, i) => d === rest[i]))
      const init = starts.length > 0 && random() < 0.7 ? pick(starts) : s.zeros(rest, 'f64')
      const constant = partner(rest)
      const second = pool.filter(
        (t) =>
          t.ndim > 0 &&
          t.shape[0] === x.shape[0] &&
          sizeOf(t.shape) <= x.size &&
          t.ndim <= x.ndim &&
          t.shape.slice(1).every((d, i) => d === 1 || d === rest[rest.length - t.ndim + 1 + i]),
      )
      const other = second.length > 0 ? pick(second) : null
      const plan = Array.from({ length: 6 }, () => random())
      const [end, ys] = s.scan(
        (c: [Tensor, Tensor], i: Tensor[]): [[Tensor, Tensor], Tensor[]] => {
          let a = s.add(s.mul(c[0], 0.5), i[0]!)
          if (constant !== null && plan[0]! < 0.6) a = s.mul(a, constant)
          if (i[1] !== undefined && plan[1]! < 0.6) a = s.sub(a, i[1])
          if (!pointwise) {
            if (plan[2]! < 0.4 && a.ndim > 0) a = s.sub(a, s.mean(a, a.ndim - 1, { keepDims: true }))
            else if (plan[2]! < 0.7 && a.ndim > 0) a = s.flip(a, 0)
            else if (a.ndim === 2) a = s.matmul(a, s.matmul(s.transpose(a), a))
            else a = s.mul(a, s.sum(c[1]))
          }
          a = s.tanh(a)
          const b = plan[3]! < 0.3 ? c[0] : plan[3]! < 0.5 ? c[1] : s.add(c[1], a)
          return [[a, b], plan[4]! < 0.5 ? [s.sin(a), b] : plan[4]! < 0.8 ? [s.mul(a, c[1])] : [i[0]!, c[0]]]
        },
        [init, plan[5]! < 0.5 ? s.zeros(rest, 'f64') : init],
        other === null ? [x] : [x, other],
        { reverse: random() < 0.4 },
      )
      add(end[0])
      if (random() < 0.6) add(end[1])
      for (const y of ys) {
        add(y)
        if (random() < 0.4) add(s.mean(y, 0))
      }
    }
    const actions: (() => void)[] = [
      () => {
        add(unary(any()))
      },
      () => {
        add(unary(any()))
      },
      () => {
        const x = any(),
          y = partner(x.shape)
        if (y !== null) add(binary(x, y))
      },
      () => {
        const x = any(),
          y = partner(x.shape)
        if (y !== null) add(binary(y, x))
      },
      () => {
        add(view(any()))
      },
      () => {
        add(view(any()))
      },
      () => {
        add(reduce(any()))
      },
      () => {
        const x = any()
        if (x.ndim > 0) add(s.concatenate([x, unary(x)], whole(x.ndim)))
      },
      () => {
        const x = any()
        if (x.ndim > 0 && x.size < 60)
          add(
            s.pad(
              x,
              x.shape.map(() => [whole(2), whole(2)] as [number, number]),
              0.5,
            ),
          )
      },
      () => {
        const x = any()
        if (x.ndim === 2) add(s.tanh(s.matmul(x, s.transpose(pick([x, s.sin(x)])))))
        else if (x.ndim === 3) add(s.tanh(s.matmul(x, s.transpose(x, [0, 2, 1]))))
      },
      () => {
        const x = any()
        add(s.mul(x, s.cast(s.iota(x.shape, x.ndim === 0 ? 0 : whole(x.ndim), 'i32'), 'f64')))
      },
      () => {
        scan(any(), true)
      },
      () => {
        scan(any(), random() < 0.3)
      },
    ]
    for (let i = 0; i < length; i++) pick(actions)()
    const made = pool.slice(xs.length)
    return made.length === 0 ? [pool[0]!] : [made[made.length - 1]!, ...Array.from({ length: 2 }, () => pick(pool))]
  }
}
