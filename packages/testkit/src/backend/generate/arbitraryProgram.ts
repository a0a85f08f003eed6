import fc from 'fast-check'
import {
  abs,
  add,
  broadcastTo,
  cast,
  concatenate,
  cos,
  customJvp,
  div,
  exp,
  expandDims,
  flip,
  greater,
  key,
  matmul,
  max,
  maximum,
  mean,
  min,
  mul,
  neg,
  pad,
  reshape,
  scan,
  sigmoid,
  sin,
  slice,
  stack,
  sub,
  sum,
  take,
  tanh,
  tensor,
  transpose,
  uniform,
  where,
  type FloatDType,
  type Tensor,
} from '@spikeward/core'

/** A random function of three tensors, and the shapes of its arguments. */
export interface GeneratedProgram {
  readonly shapes: readonly (readonly number[])[]
  readonly key: number
  /** A pure function: it does the same operations on every backend. */
  readonly run: (dtype: FloatDType, xs: readonly Tensor[]) => Tensor[]
  readonly toString: () => string
}

interface DrawnStep {
  op: number
  a: number
  b: number
  c: number
}

/** A spike with a triangular surrogate slope. */
const spike = customJvp(
  (u) => cast(greater(u, 0), u.dtype),
  ([u], [du]) => [cast(greater(u!, 0), u!.dtype), mul(maximum(sub(1, abs(u!)), 0), du!)],
)

/**
 * One step: a new value from a value `x`, another value `y` of any shape, and a small number. All values stay within a
 * few units.
 */
type Step = (x: Tensor, y: Tensor, c: number, dtype: FloatDType) => Tensor

/** Brings y to the shape of x: unchanged, by broadcasting, or as its mean. */
function like(y: Tensor, x: Tensor): Tensor {
  const offset = x.ndim - y.ndim
  const fits = offset >= 0 && y.shape.every((d, a) => d === 1 || d === x.shape[a + offset])
  return fits ? y : mean(y)
}

const matrix = (x: Tensor): Tensor => reshape(x, [x.shape[0] ?? 1, -1])
const limit = (x: Tensor): Tensor => tanh(mul(x, 0.5))
const axis = (x: Tensor, c: number): number => (x.ndim === 0 ? 0 : c % x.ndim)
const rows = (x: Tensor): Tensor => (x.ndim === 0 ? reshape(x, [1]) : x)

const STEPS: Readonly<Record<string, Step>> = {
  tanh: (x) => tanh(x),
  sin: (x, _y, c) => sin(mul(x, 1 + c)),
  cos: (x) => cos(x),
  gaussian: (x) => exp(neg(mul(x, x))),
  sigmoid: (x) => sigmoid(x),
  rational: (x, y) => div(x, add(1, mul(like(y, x), like(y, x)))),
  add: (x, y) => limit(add(x, like(y, x))),
  sub: (x, y) => limit(sub(like(y, x), x)),
  mul: (x, y) => mul(limit(x), like(limit(y), x)),
  maximum: (x, y) => maximum(x, like(y, x)),
  where: (x, y, c) => where(greater(x, 0.03 + 0.1 * c), like(y, x), x),
  spike: (x, _y, c) => spike(sub(x, 0.11 + 0.2 * c)),
  transpose: (x) => transpose(x),
  flip: (x, _y, c) => (x.ndim === 0 ? x : flip(x, axis(x, c))),
  flatten: (x) => reshape(x, [-1]),
  split: (x, _y, c) => reshape(x, x.size % 2 === 0 ? (c % 2 === 0 ? [2, -1] : [-1, 2]) : [1, -1]),
  expand: (x, _y, c) => (x.ndim >= 3 ? x : expandDims(x, c % (x.ndim + 1))),
  broadcast: (x, _y, c) => (x.ndim >= 3 || x.size > 200 ? x : broadcastTo(x, [2 + (c % 2), ...x.shape])),
  slice: (x, _y, c) =>
    slice(
      x,
      x.shape.map((d) => (d > 2 && c % 2 === 0 ? 1 : 0)),
      x.shape.map((d) => (c >= 2 && d > 1 ? d - 1 : d)),
      x.shape.map(() => 1 + (c % 2)),
    ),
  pad: (x, _y, c) =>
    x.size > 300
      ? x
      : pad(
          x,
          x.shape.map((_, a) => [a === c ? 1 : 0, a === 0 ? 2 : 0]),
          0.25,
        ),
  concatenate: (x, y, c) =>
    x.ndim === 0 || x.size > 300 ? x : concatenate([x, broadcastTo(like(limit(y), x), x.shape)], axis(x, c)),
  stack: (x, y, c) =>
    x.ndim >= 3 || x.size > 300 ? x : stack([x, broadcastTo(like(limit(y), x), x.shape)], c % (x.ndim + 1)),
  take: (x, _y, c) => take(rows(x), tensor([0, c, -1, 1, 99], { dtype: 'i32' })),
  mean: (x, _y, c) => (x.ndim === 0 ? x : mean(x, axis(x, c))),
  center: (x, _y, c) => (x.ndim === 0 ? x : sub(x, mean(x, axis(x, c), { keepDims: true }))),
  sum: (x, _y, c) => limit(x.ndim === 0 ? x : c === 3 ? sum(x) : sum(x, axis(x, c))),
  max: (x, _y, c) => (x.ndim === 0 ? x : c % 2 === 0 ? max(x, axis(x, c)) : min(x, axis(x, c))),
  gram: (x) => limit(matmul(matrix(x), transpose(matrix(x)))),
  event: (x, y) => limit(matmul(spike(sub(matrix(x), 0.07)), broadcastTo(mean(y), [matrix(x).shape[1]!, 3]))),
  random: (x, _y, c, dtype) => add(x, uniform(key(c).fold(x.ndim), x.shape, { dtype, min: -0.5, max: 0.5 })),
  neurons: (x, y, c) => neurons(rows(x), y, c),
  average: (x, _y, c) =>
    scan((total, now) => [add(mul(total, 0.5), mul(now, 0.5)), total], mean(rows(x), 0), rows(x), {
      reverse: c % 2 === 1,
    })[1],
  recurrent: (x, y) => recurrent(rows(x), y),
}

/** Leaky integrate-and-fire along axis 0; `c` selects spikes or mean rates. */
function neurons(x: Tensor, y: Tensor, c: number): Tensor {
  const rest = mul(mean(x, 0), 0)
  const leak = sigmoid(mean(y))
  const [last, spikes] = scan(
    (u, now) => {
      const charged = add(mul(u, leak), now)
      const out = spike(sub(charged, 0.4))
      return [sub(charged, mul(out, 0.4)), out]
    },
    rest,
    x,
    { reverse: c === 1 },
  )
  return c === 0 ? tanh(last) : c === 1 ? spikes : c === 2 ? mean(spikes, 0) : add(spikes, tanh(last))
}

/** A recurrent layer along axis 0: a scan whose step is not pointwise. */
function recurrent(x: Tensor, y: Tensor): Tensor {
  const flat = reshape(x, [x.shape[0]!, -1])
  const n = flat.shape[1]!
  const weight = mul(broadcastTo(limit(mean(y)), [n, n]), 1 / n)
  return scan(
    (h, now) => {
      const next = tanh(add(reshape(matmul(weight, reshape(h, [n, 1])), [n]), now))
      return [next, next]
    },
    mean(flat, 0),
    flat,
  )[1]
}

const NAMES = Object.keys(STEPS)

/**
 * Random programs: three to twelve steps from a table of operations, each applied to two of the values so far: shapes,
 * views, reductions, products, spikes, scans, random draws. Values stay within a few units, so that rounding errors do
 * not grow. No threshold is 0: centred values are rounding errors around 0, and spikes would depend on their signs.
 */
export function arbitraryProgram(): fc.Arbitrary<GeneratedProgram> {
  const step = fc.record({
    op: fc.nat({ max: NAMES.length - 1 }),
    a: fc.nat({ max: 20 }),
    b: fc.nat({ max: 20 }),
    c: fc.nat({ max: 3 }),
  })
  return fc
    .record({
      shapes: fc.tuple(
        fc.constantFrom([5, 4], [3], [2, 3, 4], [7, 9], [6]),
        fc.constantFrom([4], [], [1, 3]),
        fc.constantFrom([3, 4], [17], [4, 1]),
      ),
      steps: fc.array(step, { minLength: 1, maxLength: 12 }),
      outputs: fc.integer({ min: 1, max: 3 }),
      key: fc.nat({ max: 1000 }),
    })
    .map(({ shapes, steps, outputs, key }) => ({
      shapes,
      key,
      run: (dtype: FloatDType, xs: readonly Tensor[]) => runSteps(dtype, xs, steps, outputs),
      toString: () =>
        `key ${key}, inputs ${shapes.map((s) => `[${s.join(',')}]`).join(' ')}: ` +
        steps
          .map(
            (s, i) =>
              `v${shapes.length + i} = ${NAMES[s.op]}(v${newest(s.a, shapes.length + i)}, v${newest(s.b, shapes.length + i)}, ${s.c})`,
          )
          .join('; '),
    }))
}

/** The index of one of `count` values; choice 0 is the newest. */
const newest = (choice: number, count: number): number => count - 1 - (choice % count)

function runSteps(dtype: FloatDType, xs: readonly Tensor[], steps: readonly DrawnStep[], outputs: number): Tensor[] {
  const values = [...xs]
  for (const s of steps) {
    const x = values[newest(s.a, values.length)]!
    const y = values[newest(s.b, values.length)]!
    values.push(STEPS[NAMES[s.op]!]!(x, y, s.c, dtype))
  }
  return values.slice(-outputs)
}
