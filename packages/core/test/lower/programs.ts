import * as s from '../../src/index.js'
import type { Tensor, Tree } from '../../src/index.js'
import { type Params, adam, lif, snnLoss, snnParams, snnX, snnY, spike, stackTree, z } from './networks.js'

export interface Case {
  readonly name: string
  readonly fn: (...args: never[]) => Tree
  readonly args: readonly Tree[]
}

const make = <A extends readonly Tree[]>(name: string, fn: (...args: A) => Tree, ...args: A): Case => ({
  name,
  fn: fn as unknown as Case['fn'],
  args,
})

/** Programs whose fused plans are compared with plans of one step per equation. */
export const cases: readonly Case[] = [
  make('pointwise chain', (x: Tensor, y: Tensor) => s.exp(s.add(s.mul(x, y), s.mul(x, 2))), z(3, 4), z(3, 4)),
  make(
    'broadcast, transpose, slice, flip',
    (x: Tensor, b: Tensor) => s.add(s.transpose(s.flip(s.slice(x, [1, 0], [4, 6], [1, 2]), 1)), s.expandDims(b, 1)),
    z(5, 6),
    z(3),
  ),
  make(
    'reshape that strides cannot express',
    (x: Tensor) => s.mul(s.reshape(s.transpose(s.add(x, 1)), [12]), 2),
    z(3, 4),
  ),
  make('reshape that splits', (x: Tensor, y: Tensor) => s.mul(s.reshape(s.add(x, 1), [3, 4]), y), z(12), z(3, 4)),
  make(
    'reduce with producers',
    (x: Tensor, y: Tensor) => [s.sum(s.square(s.sub(x, y))), s.mean(s.mul(x, y), 0), s.max(x, 1)],
    z(4, 5),
    z(4, 5),
  ),
  make(
    'reductions of one value along different axes',
    (x: Tensor, y: Tensor) => {
      const a = s.mul(x, y)
      return [s.sum(a), s.sum(a, 0), s.max(a, 1), s.min(s.square(a), 1)]
    },
    z(4, 5),
    z(4, 5),
  ),
  make(
    'a value and its transpose',
    (x: Tensor) => {
      const a = s.sin(x)
      return s.add(a, s.transpose(a))
    },
    z(4, 4),
  ),
  make(
    'two that share a small value',
    (x: Tensor, y: Tensor, b: Tensor) => {
      const e = s.exp(b)
      return [s.mul(x, e), s.mul(y, e)]
    },
    z(4, 3),
    z(5, 3),
    z(3),
  ),
  make(
    'softmax',
    (x: Tensor) => {
      const e = s.exp(s.sub(x, s.max(x, 1, { keepDims: true })))
      return s.div(e, s.sum(e, 1, { keepDims: true }))
    },
    z(4, 5),
  ),
  make(
    'assemble',
    (x: Tensor, y: Tensor) => [
      s.concatenate([s.mul(x, 2), y, s.neg(x)], 1),
      s.pad(
        s.add(x, y),
        [
          [1, 2],
          [0, 1],
        ],
        5,
      ),
      s.stack([x, y], 1),
    ],
    z(2, 3),
    z(2, 3),
  ),
  make(
    'outputs that are inputs, literals and twice the same',
    (x: Tensor, y: Tensor) => {
      const a = s.add(x, y)
      return [x, a, a, s.full([3], 7), s.transpose(x), y]
    },
    z(2, 3),
    z(2, 3),
  ),
  make(
    'products',
    (a: Tensor, b: Tensor, c: Tensor) => [
      s.matmul(a, b),
      s.matmul(s.transpose(b), s.transpose(a)),
      s.matmul(c, b),
      s.matmul(s.flip(a, 1), b),
      s.dotGeneral(c, c, {
        contract: [
          [0, 1],
          [0, 1],
        ],
        batch: [[], []],
      }),
      s.dotGeneral(c, s.transpose(c, [0, 2, 1]), { contract: [[2], [1]], batch: [[0], [0]] }),
      s.matmul(s.square(a), s.add(b, 1)),
    ],
    z(4, 3),
    z(3, 5),
    z(2, 4, 3),
  ),
  make(
    'linear algebra',
    (a: Tensor, b: Tensor) =>
      s.solveSpd(
        s.add(
          s.matmul(a, s.transpose(a)),
          s.mul(10, s.cast(s.equal(s.iota([4, 4], 0, 'i32'), s.iota([4, 4], 1, 'i32')), 'f32')),
        ),
        b,
      ),
    z(4, 4),
    z(4, 2),
  ),
  make(
    'empty tensors',
    (x: Tensor, w: Tensor) => [
      s.add(x, 1),
      s.sum(x, 0),
      s.sum(x),
      s.mul(s.max(x, 0), 0),
      s.matmul(s.transpose(x), x),
      s.matmul(x, w),
      s.concatenate([x, s.transpose(w)], 0),
      s.reshape(x, [3, 0]),
    ],
    z(0, 3),
    z(3, 2),
  ),
  make(
    'a whole padded by nothing, flipped twice',
    (x: Tensor) =>
      s.flip(
        s.flip(
          s.pad(s.neg(x), [
            [0, 0],
            [0, 0],
          ]),
          0,
        ),
        0,
      ),
    z(2, 3),
  ),
  make(
    'network in chunks of time, three directions',
    (p: Tensor, dps: Tensor, x: Tensor) => {
      const f = (w: Tensor): Tensor => {
        const [[, rate]] = s.scan(
          ([u, sum]: [Tensor, Tensor], chunk: Tensor) => {
            const [v, spikes] = s.scan(
              (c: Tensor, i: Tensor) => {
                const n = s.add(s.mul(c, 0.9), i)
                const out = spike(s.sub(n, 0.3))
                return [s.sub(n, out), out] as const
              },
              u,
              s.matmul(chunk, w),
            )
            return [[v, s.add(sum, s.sum(spikes, 0))] as [Tensor, Tensor], []] as const
          },
          [s.zeros([7, 4]), s.zeros([7, 4])] as [Tensor, Tensor],
          x,
        )
        return rate
      }
      return s.vmap((dp: Tensor) => s.jvp(f, [p], [dp]))(dps)
    },
    z(3, 4),
    z(3, 3, 4),
    z(2, 5, 7, 3),
  ),
  make('take', (x: Tensor, i: Tensor) => s.mul(s.take(x, s.add(i, 1)), 2), z(6, 3), s.zeros([4], 'i32')),
  make('scan, pointwise', (x: Tensor) => lif(s.mul(x, 2)), z(8, 3, 4)),
  make(
    'scan with a constant, a schedule, an unread sequence',
    (x: Tensor, tau: Tensor, decay: Tensor) => {
      const [end, ys] = s.scan(
        (c: { u: Tensor; a: Tensor }, [i, d]: [Tensor, Tensor]) => {
          const u = s.add(s.mul(c.u, tau), s.mul(i, d))
          return [{ u, a: s.mul(c.a, d) }, [u, s.square(u)]] as const
        },
        { u: s.zeros([3, 4]), a: s.ones([]) },
        [s.add(x, 1), decay] as [Tensor, Tensor],
      )
      return [s.exp(end.u), end.a, s.mul(ys[0], 3)]
    },
    z(5, 3, 4),
    z(4),
    z(5),
  ),
  make(
    'scan, reversed, with a coordinate of time',
    (x: Tensor) => {
      const [end, ys] = s.scan(
        (c: Tensor, i: Tensor) => {
          const n = s.add(s.mul(c, 0.5), i)
          return [n, n] as const
        },
        s.zeros([4]),
        s.mul(x, s.add(s.iota([6, 4], 0, 'f32'), x)),
        { reverse: true },
      )
      return [end, s.add(ys, s.iota([6, 4], 0, 'f32'))]
    },
    z(6, 4),
  ),
  make(
    'scan whose mean over time is taken',
    (x: Tensor) => {
      const [end, spikes] = lif(x)
      return s.sub(s.mul(s.mean(spikes, 0), 2), end)
    },
    z(8, 3, 4),
  ),
  make('scan of length 0 and 1', (x: Tensor, y: Tensor) => [lif(x), lif(y)], z(0, 3), z(1, 3)),
  make(
    'recurrent scan',
    (x: Tensor, w: Tensor) =>
      s.scan(
        (h: Tensor, i: Tensor) => {
          const n = s.tanh(s.add(i, s.matmul(h, w)))
          return [n, s.sum(n, 1)] as const
        },
        s.zeros([3, 4]),
        s.mul(x, 2),
      ),
    z(5, 3, 4),
    z(4, 4),
  ),
  make(
    'recurrent scan, reversed, swapped carries',
    (x: Tensor, w: Tensor, a0: Tensor) =>
      s.scan(
        (c: [Tensor, Tensor, Tensor], i: Tensor) => {
          const [a, b, still] = c
          return [
            [b, s.add(s.mul(a, still), s.matmul(i, w)), still] as [Tensor, Tensor, Tensor],
            s.transpose(s.add(a, b)),
          ] as const
        },
        [a0, s.square(a0), s.add(a0, 3)] as [Tensor, Tensor, Tensor],
        x,
        { reverse: true },
      ),
    z(5, 3, 4),
    z(4, 4),
    z(3, 4),
  ),
  make(
    'recurrent scan, carries that change places',
    (x: Tensor, a0: Tensor, b0: Tensor) =>
      s.scan(
        ([a, b]: [Tensor, Tensor], i: Tensor) => [[b, a] as [Tensor, Tensor], s.sum(s.mul(s.flip(a, 0), i))] as const,
        [a0, b0] as [Tensor, Tensor],
        x,
      ),
    z(5, 3, 4),
    z(3, 4),
    z(3, 4),
  ),
  make(
    'recurrent scan whose start is read elsewhere',
    (x: Tensor, y: Tensor) => {
      const start = s.exp(y),
        total = s.sum(s.square(y), 1)
      const [end, ys] = s.scan(
        (h: Tensor, i: Tensor) => {
          const n = s.tanh(s.sub(s.mul(s.flip(h, 0), start), i))
          return [n, s.sum(n)] as const
        },
        start,
        x,
      )
      const [last] = s.scan(
        (h: Tensor, i: Tensor) => [s.tanh(s.add(s.flip(h, 0), s.add(s.sum(i, 1), total))), []] as const,
        total,
        x,
      )
      return [end, ys, start, last, total]
    },
    z(5, 3, 4),
    z(3, 4),
  ),
  make(
    'scan in a scan',
    (x: Tensor, w: Tensor) =>
      s.scan(
        (u: Tensor, chunk: Tensor) => {
          const [v, ys] = s.scan(
            (c: Tensor, i: Tensor) => {
              const n = s.add(s.mul(c, 0.9), i)
              return [n, s.exp(n)] as const
            },
            u,
            s.matmul(chunk, w),
          )
          return [v, [ys, s.sum(ys, [0, 1])]] as const
        },
        s.zeros([3, 4]),
        s.mul(x, 2),
      ),
    z(2, 5, 3, 4),
    z(4, 4),
  ),
  make('spiking network', snnLoss, snnParams, snnX, snnY),
  make(
    'spiking network, jvp',
    (p: Params, dp: Params, x: Tensor, y: Tensor) => s.jvp((q: Params) => snnLoss(q, x, y), [p], [dp]),
    snnParams,
    snnParams,
    snnX,
    snnY,
  ),
  make(
    'spiking network, gradient',
    (p: Params, x: Tensor, y: Tensor) => s.valueAndGrad((q: Params) => snnLoss(q, x, y))(p),
    snnParams,
    snnX,
    snnY,
  ),
  make(
    'spiking network, three directions',
    (p: Params, dps: Params, x: Tensor, y: Tensor) => {
      const f = (q: Params): Tensor => snnLoss(q, x, y)
      return s.vmap((dp: Params) => s.jvp(f, [p], [dp]))(dps)
    },
    snnParams,
    stackTree(3),
    snnX,
    snnY,
  ),
  make(
    'adam',
    (p: Params, m: Params, v: Params, g: Params, t: Tensor) => {
      const out = s.treeMap((a, b, c, d) => adam(a, b, c, d, t)[0], p, m, v, g)
      return out
    },
    snnParams,
    snnParams,
    snnParams,
    snnParams,
    s.ones([]),
  ),
  make(
    'random directions',
    (k: Tensor) => {
      const key = new s.Key(k)
      return s.mul(s.rademacher(key, [4, 5]), 2)
    },
    s.zeros([2], 'u32'),
  ),
]
