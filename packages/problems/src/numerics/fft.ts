import { SpikewardError } from '@spikeward/core'

/** A discrete Fourier transform of one length, in place on real and imaginary parts. */
export interface Fft {
  readonly size: number
  /** Xₖ = Σⱼ xⱼ e^(−2πi jk/n). */
  forward(re: Float64Array, im: Float64Array): void
  /** The inverse, 1/n included. */
  inverse(re: Float64Array, im: Float64Array): void
}

/**
 * The fast Fourier transform for a power of two, radix 2 with decimation in time: n log₂ n butterflies on the
 * bit-reversed sequence. Roots of unity and the reversal are computed once.
 *
 * @throws INVALID_OPTION if n is not a power of two
 */
export function fft(n: number): Fft {
  const levels = Math.log2(n)
  if (!Number.isInteger(levels) || n < 2)
    throw new SpikewardError('INVALID_OPTION', `fft of ${n} values; the length must be a power of two, at least 2`)
  const cosine = Float64Array.from({ length: n / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / n))
  const sine = Float64Array.from({ length: n / 2 }, (_, k) => Math.sin((2 * Math.PI * k) / n))
  const reversed = new Uint32Array(n)
  for (let i = 1; i < n; i++) reversed[i] = (reversed[i >> 1]! >> 1) | ((i & 1) << (levels - 1))

  const forward = (re: Float64Array, im: Float64Array): void => {
    for (let i = 0; i < n; i++) {
      const j = reversed[i]!
      if (j <= i) continue
      ;[re[i], re[j]] = [re[j]!, re[i]!]
      ;[im[i], im[j]] = [im[j]!, im[i]!]
    }
    for (let half = 1; half < n; half *= 2) {
      const stride = n / (2 * half)
      for (let start = 0; start < n; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const c = cosine[k * stride]!
          const s = sine[k * stride]!
          const a = start + k
          const b = a + half
          const br = re[b]! * c + im[b]! * s
          const bi = im[b]! * c - re[b]! * s
          re[b] = re[a]! - br
          im[b] = im[a]! - bi
          re[a]! += br
          im[a]! += bi
        }
      }
    }
  }
  return {
    size: n,
    forward,
    inverse(re, im) {
      // The inverse is the forward transform with the parts exchanged, over n.
      forward(im, re)
      for (let i = 0; i < n; i++) {
        re[i]! /= n
        im[i]! /= n
      }
    },
  }
}

/** The discrete Fourier transform of n × n values, row-major, in place: that of all rows, then of all columns. */
export function fft2(n: number): Fft {
  const line = fft(n)
  const [re, im] = [new Float64Array(n), new Float64Array(n)]
  const along = (run: Fft['forward'], a: Float64Array, b: Float64Array): void => {
    for (let i = 0; i < n; i++) run(a.subarray(i * n, (i + 1) * n), b.subarray(i * n, (i + 1) * n))
    for (let j = 0; j < n; j++) {
      for (let i = 0; i < n; i++) {
        re[i] = a[i * n + j]!
        im[i] = b[i * n + j]!
      }
      run(re, im)
      for (let i = 0; i < n; i++) {
        a[i * n + j] = re[i]!
        b[i * n + j] = im[i]!
      }
    }
  }
  return {
    size: n * n,
    forward: (a, b) => along((x, y) => line.forward(x, y), a, b),
    inverse: (a, b) => along((x, y) => line.inverse(x, y), a, b),
  }
}
