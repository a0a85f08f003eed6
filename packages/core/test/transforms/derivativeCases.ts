import * as sw from '../../src/index.js'
import type { Tensor } from '../../src/index.js'
import { arityOf, realFunctions, type RealFunction } from '../../src/plan/operations.js'
import { f64 } from '../helpers.js'

const m = f64([
  [0.5, -1.2, 2],
  [1.5, 0.7, -0.4],
])
const n = f64([
  [0.3, 0.9],
  [-0.8, 1.1],
  [1.4, 0.2],
])
const positive = f64([0.5, 1.2, 2.5])
/** A vector of three numbers. */
export const v = f64([0.4, -1.3, 0.8])
const spd = f64([
  [4, 1, 0.5],
  [1, 3, -0.2],
  [0.5, -0.2, 2],
])
/** n irregular numbers of a shape. */
const spread = (...shape: number[]): Tensor =>
  f64(
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(1.3 * i + 0.4) + 0.1 * Math.cos(7 * i)),
  )
const image = sw.reshape(spread(1, 5, 6, 2), [1, 5, 6, 2])
const symmetric = (a: Tensor): Tensor => sw.mul(0.5, sw.add(a, sw.transpose(a)))

/** Every function of as many real numbers, except some. */
const functionsOf = (x: Tensor[], except: readonly string[] = []): Tensor[] =>
  (Object.keys(realFunctions) as RealFunction[]).flatMap((f) =>
    arityOf(f) === x.length && !except.includes(f) ? [(sw[f] as (...x: Tensor[]) => Tensor)(...x)] : [],
  )

/** Functions that together use every differentiable operation, with arguments. */
export const derivativeCases: [string, (...xs: Tensor[]) => sw.Tree, Tensor[]][] = [
  [
    'neg, add, sub, mul, div',
    (x, y) => sw.div(sw.mul(sw.add(x, y), sw.sub(x, y)), sw.add(2, sw.neg(y))),
    [v, f64([0.2, 0.1, -0.3])],
  ],
  ['broadcasting', (x, y) => sw.mul(x, sw.add(y, 1)), [m, v]],
  ['affine', (x, weight, bias) => sw.affine({ weight: weight, bias: bias }, x), [m, n, f64([0.3, -0.7])]],
  [
    'affineMap: a weight of two tensors, and the bias along axis 0',
    (x, u, w, bias) =>
      sw.affineMap({ weight: { u: u, w: w }, bias: bias }, x, (t, k) => sw.add(sw.matmul(t, k.u), sw.matmul(t, k.w)), {
        biasAxis: 0,
      }),
    [m, n, sw.mul(n, 0.3), f64([0.3, -0.7])],
  ],
  [
    'overTime',
    (xs, weight) => sw.overTime((x) => sw.affine({ weight: weight }, sw.tanh(sw.reshape(x, [1, 3]))), xs),
    [m, n],
  ],
  ['exp, log, sqrt', (x) => sw.exp(sw.log(sw.add(sw.sqrt(x), x))), [positive]],
  ['every function of one real number', (x) => functionsOf([x]), [positive]],
  ['functions of any real number', (x) => functionsOf([x], ['log']), [v]],
  [
    'arctan2, in every quadrant',
    (y, x) => sw.arctan2(y, x),
    [f64([0.4, -1.3, 0.8, -0.2]), f64([0.5, 1.2, -2.5, -0.1])],
  ],
  ['sigmoid, square, reciprocal', (x) => sw.sigmoid(sw.square(sw.reciprocal(x))), [positive]],
  ['every function of two real numbers', (x, y) => functionsOf([x, y]), [positive, v]],
  [
    'abs, relu, maximum, minimum, clip',
    (x, y) => [sw.abs(x), sw.relu(x), sw.maximum(x, y), sw.minimum(x, y), sw.clip(x, -1, 1)],
    [v, f64([0.1, 0.3, 0.2])],
  ],
  ['rem', (x) => sw.rem(x, 0.3), [v]],
  ['where', (x, y) => sw.where(sw.greater(x, 0), sw.mul(x, y), sw.sub(y, x)), [v, positive]],
  ['sum, mean, max, min', (x) => [sw.sum(x, 0), sw.mean(x, 1), sw.max(x), sw.min(x, -1, { keepDims: true })], [m]],
  ['matmul', (x, y) => sw.matmul(x, y), [m, n]],
  ['matmul of vectors', (x, y) => [sw.matmul(x, y), sw.outer(y, y)], [m, v]],
  ['stacked matmul', (x, y) => sw.matmul(sw.stack([x, sw.mul(2, x)]), y), [m, n]],
  [
    'dotGeneral with batch and several contracted axes',
    (x, y) =>
      sw.dotGeneral(
        sw.reshape(sw.concatenate([x, x, x, x]), [2, 2, 2, 3]),
        sw.reshape(sw.concatenate([y, y]), [3, 2, 2]),
        {
          contract: [
            [3, 1],
            [0, 1],
          ],
          batch: [[2], [2]],
        },
      ),
    [m, n],
  ],
  [
    'transpose, reshape, squeeze, expandDims',
    (x) => sw.squeeze(sw.reshape(sw.transpose(sw.expandDims(x, 1)), [3, 1, 2])),
    [m],
  ],
  [
    'slice, flip, pad, concatenate, stack',
    (x) =>
      sw.concatenate(
        [
          sw.flip(sw.slice(x, [0, 1], [2, 3]), 1),
          sw.pad(
            x,
            [
              [0, 0],
              [1, 2],
            ],
            5,
          ),
          sw.sum(sw.stack([x, sw.square(x)], 2), 2),
        ],
        1,
      ),
    [m],
  ],
  ['take', (x) => sw.take(x, sw.tensor([1, 0, 1, 1], { dtype: 'i32' })), [m]],
  [
    'conv with stride, dilation and every edge',
    (x, w) =>
      (['zeros', 'circular', 'reflect'] as const).map((edges, i) =>
        sw.conv(x, w, { stride: [1 + i, 1], dilation: [1, 2 - (i % 2)], edges, padding: i === 0 ? 'same' : 2 }),
      ),
    [image, sw.reshape(spread(3, 2, 2, 3), [3, 2, 2, 3])],
  ],
  [
    'conv in groups, without padding',
    (x, w) => sw.conv(x, w, { groups: 2, padding: 'valid' }),
    [image, sw.reshape(spread(2, 3, 1, 4), [2, 3, 1, 4])],
  ],
  [
    'convTranspose',
    (x, w) =>
      sw.convTranspose(x, w, {
        stride: [2, 1],
        dilation: [1, 2],
        crop: [
          [1, 0],
          [0, 2],
        ],
      }),
    [image, sw.reshape(spread(3, 2, 2, 2), [3, 2, 2, 2])],
  ],
  [
    'avgPool, maxPool, upsample',
    (x) => [
      sw.avgPool(x, [2, 2]),
      sw.avgPool(x, [3, 2], { stride: [1, 2] }),
      sw.maxPool(x, [2, 3], { stride: 2 }),
      sw.upsample(x, [2, 3]),
      sw.upsample(x, [2, 1], { method: 'linear' }),
    ],
    [image],
  ],
  [
    'fft, rfft, irfft',
    (x, y) => [
      sw.fft({ re: x, im: y }, { axis: 0 }),
      sw.fft({ re: x, im: y }, { inverse: true }),
      sw.rfft(x),
      sw.rfft(x, { axis: 0, modes: 2 }),
      sw.irfft({ re: x, im: y }, 5),
      sw.irfft({ re: x, im: y }, 4, { axis: 0 }),
    ],
    [m, sw.square(m)],
  ],
  [
    'fft, rfft, irfft of many points, by factors',
    (x) => {
      const long = sw.mul(sw.reshape(x, [6, 1]), sw.reshape(spread(6, 144), [6, 144]))
      const y = sw.rfft(long)
      return [y, sw.irfft(y, 144), sw.irfft(y, 150), sw.fft({ re: long, im: sw.flip(long, 1) })]
    },
    [m],
  ],
  [
    'spectralConv in one and two dimensions',
    (x, re, im) => [
      sw.spectralConv(sw.reshape(x, [1, 30, 2]), { re: sw.reshape(re, [8, 2, 2]), im: sw.reshape(im, [8, 2, 2]) }),
      sw.spectralConv(x, { re, im }),
    ],
    [image, sw.reshape(spread(32), [4, 2, 2, 2]), sw.reshape(sw.flip(spread(32), 0), [4, 2, 2, 2])],
  ],
  [
    'segmentSum, segmentMax',
    (x) => [sw.segmentSum, sw.segmentMax].map((f) => f(x, sw.tensor([2, 2], { dtype: 'i32' }), 4)),
    [m],
  ],
  [
    'softmax, layerNorm',
    (x, y) => [sw.softmax(x), sw.softmax(x, { axis: 0 }), sw.layerNorm(x, { scale: y, shift: y })],
    [m, v],
  ],
  [
    'attention, with a mask',
    (q, k) =>
      sw.attention(q, k, sw.square(k), {
        mask: sw.tensor([
          [true, false, true],
          [true, true, false],
        ]),
      }),
    [m, spd],
  ],
  ['cholesky', (a) => sw.cholesky(symmetric(a)), [spd]],
  [
    'solveTriangular',
    (a, b) => [
      sw.solveTriangular(sw.cholesky(symmetric(a)), b),
      sw.solveTriangular(sw.cholesky(symmetric(a)), b, { transposed: true }),
    ],
    [spd, n],
  ],
  ['solveSpd', (a, b) => sw.solveSpd(symmetric(a), b), [spd, n]],
  [
    'scan, pointwise',
    (x, w) =>
      sw.scan(
        (s: Tensor, xt: Tensor) => {
          const u = sw.add(sw.mul(sw.tanh(s), w), xt)
          return [u, sw.mul(u, u)] as const
        },
        w,
        x,
      ),
    [m, v],
  ],
  [
    'scan, reversed, with a product inside',
    (x, w) =>
      sw.scan(
        (s: Tensor, xt: Tensor) => {
          const u = sw.tanh(sw.add(sw.matmul(w, s), xt))
          return [u, [u, sw.sum(u)]] as const
        },
        sw.mul(v, 0.5),
        x,
        { reverse: true },
      ),
    [m, spd],
  ],
  [
    'scan in a scan',
    (x, w) =>
      sw.scan(
        (s: Tensor, xt: Tensor) => {
          const [t] = sw.scan((a: Tensor) => [sw.sin(sw.add(a, xt)), []] as const, s, null, { length: 3 })
          return [sw.mul(t, w), []] as const
        },
        v,
        x,
      ),
    [m, v],
  ],
]
