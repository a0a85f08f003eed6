import { SpikewardError } from '../errors.js'
import { broadcast } from '../primitives/broadcast.js'
import { dot } from '../primitives/dot.js'
import { moveAxis, sliceOf } from '../primitives/views.js'
import { sizeOf } from '../tensor/aval.js'
import type { FloatDType } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'
import { tensor } from './create.js'
import { add, mul, sub } from './elementwise.js'
import { axisOf, pad, partOf, reshape, stack } from './shape.js'

/** A complex tensor: its real and its imaginary part, of one shape. */
export type Complex = { readonly re: Tensor; readonly im: Tensor }

/** Up to this length, or where a length has no small factors, a transform is one product with its matrix. */
const DIRECT = 64

export const floatOf = (x: Tensor): FloatDType => (x.dtype === 'f64' ? 'f64' : 'f32')

const angle = (i: number, n: number): number => (2 * Math.PI * i) / n

/**
 * The matrix [rows · 2, columns] of a transform of length n: for each row r a line of scale · cos(2π r c / n), then one
 * of sign · scale · sin(2π r c / n).
 */
export function phases(
  rows: readonly number[],
  columns: readonly number[],
  n: number,
  options: { sign: 1 | -1; scale?: number; dtype: FloatDType },
): Tensor {
  const { sign, scale = 1, dtype } = options
  const data = rows.flatMap((r) => {
    const turns = columns.map((c) => angle((((r * c) % n) + n) % n, n))
    return [...turns.map((t) => scale * Math.cos(t)), ...turns.map((t) => sign * scale * Math.sin(t))]
  })
  return tensor(data, { shape: [2 * rows.length, columns.length], dtype })
}

/** 0, 1, …, n − 1. */
export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** Splits an axis of pairs into its first and second members, each with half its length. */
function unpair(x: Tensor, axis: number): [Tensor, Tensor] {
  const half = (start: number): Tensor =>
    sliceOf(x, {
      starts: x.shape.map((_, a) => (a === axis ? start : 0)),
      steps: x.shape.map((_, a) => (a === axis ? 2 : 1)),
      lengths: x.shape.map((d, a) => (a === axis ? d / 2 : d)),
    })
  return [half(0), half(1)]
}

/**
 * Multiplies every complex line along `axis` by the complex matrix of {@link phases}. A null imaginary part is zero.
 */
export function turnAlong(matrix: Tensor, re: Tensor, im: Tensor | null, axis: number): Complex {
  const [rc, rs] = unpair(applyAlong(matrix, re, axis), axis)
  if (im === null) return { re: rc, im: rs }
  const [ic, is] = unpair(applyAlong(matrix, im, axis), axis)
  return { re: sub(rc, is), im: add(rs, ic) }
}

/** The largest factor of n that is at most √n. */
function factorOf(n: number): number {
  let p = Math.floor(Math.sqrt(n))
  while (n % p !== 0) p--
  return p
}

/** All n frequencies, by Cooley and Tukey's factors: n = p q takes n (p + q) products instead of n². */
function fftAlong(re: Tensor, im: Tensor | null, axis: number, sign: 1 | -1): Complex {
  const n = re.shape[axis]!
  const p = factorOf(n)
  const all = upTo(n)
  if (n <= DIRECT || p === 1) return turnAlong(phases(all, all, n, { sign, dtype: floatOf(re) }), re, im, axis)
  const q = n / p
  const split = (x: Tensor): Tensor => reshape(x, [...x.shape.slice(0, axis), p, q, ...x.shape.slice(axis + 1)])
  const first = fftAlong(split(re), im === null ? null : split(im), axis, sign)
  const rest = re.ndim - axis - 1
  const twiddle = (f: (t: number) => number): Tensor =>
    tensor(
      Float64Array.from({ length: n }, (_, i) => f(angle(Math.floor(i / q) * (i % q), n))),
      { shape: [p, q, ...new Array<number>(rest).fill(1)], dtype: floatOf(re) },
    )
  const [c, s] = [twiddle(Math.cos), twiddle((t) => sign * Math.sin(t))]
  const turned = {
    re: sub(mul(first.re, c), mul(first.im, s)),
    im: add(mul(first.re, s), mul(first.im, c)),
  }
  const second = fftAlong(turned.re, turned.im, axis + 1, sign)
  const join = (x: Tensor): Tensor => reshape(moveAxis(x, axis, axis + 1), re.shape)
  return { re: join(second.re), im: join(second.im) }
}

/** Throws for a number of modes that an axis of n real values does not have. */
export function checkModes(name: string, modes: number, n: number): void {
  const most = Math.floor(n / 2) + 1
  if (Number.isInteger(modes) && modes >= 1 && modes <= most) return
  throw new SpikewardError(
    'INVALID_ARGUMENT',
    `${name}: ${modes} modes of an axis of ${n}; give a whole number from 1 to ${most}, which is ⌊n / 2⌋ + 1`,
  )
}

/**
 * The discrete Fourier transform along an axis, or its inverse, which divides by n:
 *
 *     Y[f] = Σⱼ x[j] exp(−2πi f j / n),   x[j] = (1/n) Σ_f Y[f] exp(2πi f j / n)
 *
 * Composed of products with matrices of the factors of n, so that every transform and backend has it; NumPy's `fft` and
 * `ifft`.
 *
 * @param axis default: the last
 */
export function fft({ re, im }: Complex, { axis = -1, inverse = false } = {}): Complex {
  const y = fftAlong(re, im, axisOf('fft', axis, re.ndim), inverse ? 1 : -1)
  const n = re.shape[axisOf('fft', axis, re.ndim)]!
  return inverse ? { re: mul(y.re, 1 / n), im: mul(y.im, 1 / n) } : y
}

/**
 * The frequencies 0 … modes − 1 of real values along an axis, Y[f] = Σⱼ x[j] exp(−2πi f j / n). NumPy's `rfft`, which
 * keeps all ⌊n / 2⌋ + 1. A few modes are one product with a matrix [2 · modes, n].
 *
 * @param options.axis default: the last
 * @param options.modes number of frequencies from 0 on; default ⌊n / 2⌋ + 1
 * @throws INVALID_ARGUMENT if the axis has fewer modes
 * @example rfft(ones([4, 64]), { modes: 3 }).re // f32[4,3]
 */
export function rfft(x: Tensor, options: { axis?: number; modes?: number } = {}): Complex {
  const axis = axisOf('rfft', options.axis ?? -1, x.ndim)
  const n = x.shape[axis]!
  const modes = options.modes ?? Math.floor(n / 2) + 1
  checkModes('rfft', modes, n)
  if (fewModes(n, modes)) {
    return turnAlong(phases(upTo(modes), upTo(n), n, { sign: -1, dtype: floatOf(x) }), x, null, axis)
  }
  const y = fftAlong(x, null, axis, -1)
  return { re: partOf(y.re, axis, 0, modes), im: partOf(y.im, axis, 0, modes) }
}

/**
 * The n real values whose frequencies 0, 1, … along an axis are given; those beyond the given ones are zero. NumPy's
 * `irfft`: the imaginary parts of frequency 0, and of n / 2 for even n, have no effect.
 *
 * @param n length of the result along the axis: another one than that of the transformed values resamples them
 * @param options.axis default: the last
 * @throws INVALID_ARGUMENT if there are more than ⌊n / 2⌋ + 1 frequencies
 * @example irfft(rfft(x), 64)
 */
export function irfft({ re, im }: Complex, n: number, options: { axis?: number } = {}): Tensor {
  const axis = axisOf('irfft', options.axis ?? -1, re.ndim)
  const modes = re.shape[axis]!
  checkModes('irfft', modes, n)
  if (fewModes(n, modes)) {
    const pairs = stack([re, im], axis + 1)
    return applyAlong(inverseMatrix(n, modes, floatOf(re)), reshape(pairs, withLength(re, axis, 2 * modes)), axis)
  }
  // x = Re Σ_f c_f Y[f] exp(2πi f j / n) / n over the given frequencies, whose conjugates need no transform of their
  // own.
  const weights = tensor(
    Float64Array.from({ length: modes }, (_, f) => multiplicity(f, n) / n),
    { shape: withLength(re, axis, modes).map((d, a) => (a === axis ? d : 1)), dtype: floatOf(re) },
  )
  const whole = (x: Tensor): Tensor =>
    pad(
      mul(x, weights),
      x.shape.map((_, a) => (a === axis ? [0, n - modes] : [0, 0])),
    )
  return fftAlong(whole(re), whole(im), axis, 1).re
}

/** True if one product with a matrix takes less work than a transform by factors. */
const fewModes = (n: number, modes: number): boolean =>
  n <= DIRECT || factorOf(n) === 1 || modes < factorOf(n) + n / factorOf(n)

const withLength = (x: Tensor, axis: number, length: number): number[] =>
  x.shape.map((d, a) => (a === axis ? length : d))

/** How often a frequency of n real values counts: with its conjugate, except for 0 and n / 2. */
const multiplicity = (f: number, n: number): number => (f === 0 || 2 * f === n ? 1 : 2)

/** The matrix [n, modes · 2] from pairs of real and imaginary parts to n real values. */
export function inverseMatrix(n: number, modes: number, dtype: FloatDType): Tensor {
  const data = new Float64Array(n * 2 * modes)
  for (let j = 0; j < n; j++) {
    for (let f = 0; f < modes; f++) {
      const t = angle((f * j) % n, n)
      data[2 * (j * modes + f)] = (multiplicity(f, n) * Math.cos(t)) / n
      data[2 * (j * modes + f) + 1] = (-multiplicity(f, n) * Math.sin(t)) / n
    }
  }
  return tensor(data, { shape: [n, 2 * modes], dtype })
}

/**
 * Multiplies every line of `x` along `axis` by a matrix: y[…, i, …] = Σⱼ m[i, j] x[…, j, …].
 *
 * The matrix is the left operand and shared by the batch of leading axes, so that no operand is copied; along the last
 * axis the lines are. Spikes are therefore multiplied as any numbers elsewhere: to make them the left operand, lines
 * would have to be copied in another order, which takes longer than sums of spikes gain.
 *
 * @param matrix [m, n]
 * @param x […, n, …]
 */
export function applyAlong(matrix: Tensor, x: Tensor, axis: number): Tensor {
  const [m, n] = matrix.shape as [number, number]
  if (axis === x.ndim - 1) {
    return moveAxis(dot(x, matrix, { contract: [[axis], [1]], batch: [[], []] }), x.ndim - 1, axis)
  }
  const [before, after] = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis + 1))]
  const lines = reshape(x, [before, n, after])
  const y = dot(broadcast(matrix, [before, m, n], [1, 2]), lines, { contract: [[2], [1]], batch: [[0], [0]] })
  return reshape(y, [...x.shape.slice(0, axis), m, ...x.shape.slice(axis + 1)])
}
