import { SpikewardError } from '../errors.js'
import { dot } from '../primitives/dot.js'
import { permute } from '../primitives/views.js'
import { printAval, sameShape } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'
import { neg } from './elementwise.js'
import { type Complex, applyAlong, checkModes, floatOf, inverseMatrix, phases, turnAlong, upTo } from './fourier.js'
import { partOf, reshape, squeeze, stack } from './shape.js'

/** The frequencies that an axis before the last one keeps: the lowest from both ends. */
function bothEnds(modes: number, n: number): number[] {
  if (modes % 2 !== 0 || modes > n) {
    throw new SpikewardError(
      'INVALID_ARGUMENT',
      `spectralConv: ${modes} modes along an axis of ${n}; axes before the last one keep an even number of modes, half of them negative, and at most ${n}`,
    )
  }
  return Array.from({ length: modes }, (_, i) => (i < modes / 2 ? i : i - modes))
}

/**
 * The linear map of a Fourier layer (Li et al. 2021, 2010.08895, equation 5): transforms along the spatial axes, keeps
 * the lowest modes, multiplies each by its own complex matrix over channels, and transforms back,
 *
 *     y = F⁻¹(R · F x),   (R · F x)[f, j] = Σ_c (F x)[f, c] R[f, c, j]
 *
 * The last spatial axis keeps frequencies 0 … m − 1 and each other one 0 … m − 1 and −m … −1: the corners of the
 * published code, joined along that axis in this order. Few modes make every transform one product with a small matrix.
 *
 * Binary inputs (spikes) are multiplied as any numbers: their lines are columns of the products, and behind the
 * transform they are no longer binary.
 *
 * @param x [..., n₁ … n_d, channels]
 * @param weights real and imaginary parts of R, each [2m₁, …, 2m_{d−1}, m_d, channels, channels out]
 * @returns [..., n₁ … n_d, channels out]
 * @throws SHAPE_MISMATCH if ranks or channels do not fit; INVALID_ARGUMENT for more modes than an axis has
 * @example spectralConv(ones([2, 64, 3]), { re: ones([12, 3, 4]), im: ones([12, 3, 4]) }) // f32[2,64,4]
 */
export function spectralConv(x: Tensor, { re, im }: Complex): Tensor {
  const d = re.ndim - 2
  if (d < 1 || x.ndim < d + 1 || x.shape[x.ndim - 1] !== re.shape[d] || !sameShape(re.shape, im.shape)) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `spectralConv: ${printAval(x.aval)} with weights ${printAval(re.aval)} and ${printAval(im.aval)}; inputs are [..., n₁ … n_d, channels], both weights [modes₁ … modes_d, channels, channels out]`,
    )
  }
  const first = x.ndim - d - 1
  const lengths = x.shape.slice(first, first + d)
  const modes = re.shape.slice(0, d)
  const lead = x.shape.slice(0, first)
  const [channels, out] = re.shape.slice(d) as [number, number]
  const dtype = floatOf(x)
  const last = first + d - 1
  checkModes('spectralConv', modes[d - 1]!, lengths[d - 1]!)

  // [lead, modes, re and im, channels]
  const [count, n] = [modes[d - 1]!, lengths[d - 1]!]
  const pairs = applyAlong(phases(upTo(count), upTo(n), n, { sign: -1, dtype }), x, last)
  let spectrum = reshape(pairs, [...pairs.shape.slice(0, last), count, 2, channels])
  for (let a = d - 2; a >= 0; a--) {
    const m = lengths[a]!
    spectrum = turn(phases(bothEnds(modes[a]!, m), upTo(m), m, { sign: -1, dtype }), spectrum, first + a)
  }

  // One product for each mode: (a + ib)(c + id) as [a b] · [[c d], [−d c]].
  const matrix = stack([stack([re, im], d + 1), stack([neg(im), re], d + 1)], d)
  const at = modes.map((_, a) => a)
  const product = dot(spectrum, matrix, {
    contract: [
      [first + d, first + d + 1],
      [d, d + 1],
    ],
    batch: [at.map((a) => first + a), at],
  })
  let mixed = permute(product, [...lead.map((_, a) => d + a), ...at, x.ndim - 1, x.ndim])

  for (let a = 0; a < d - 1; a++) {
    const m = lengths[a]!
    mixed = turn(phases(upTo(m), bothEnds(modes[a]!, m), m, { sign: 1, scale: 1 / m, dtype }), mixed, first + a)
  }
  const flat = reshape(mixed, [...mixed.shape.slice(0, last), 2 * count, out])
  return applyAlong(inverseMatrix(n, count, dtype), flat, last)
}

/** {@link turnAlong} for pairs of real and imaginary parts on the second-to-last axis. */
function turn(matrix: Tensor, z: Tensor, axis: number): Tensor {
  const pair = z.ndim - 2
  const member = (i: number): Tensor => squeeze(partOf(z, pair, i, 1), pair)
  const { re, im } = turnAlong(matrix, member(0), member(1), axis)
  return stack([re, im], pair)
}
