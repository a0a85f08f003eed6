/** Layers to time, and the operations that they take. */
import { cast, conv, greater, spectralConv } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/** A layer as a function of its input and its weights. */
export interface LayerCase {
  readonly name: string
  /** Shapes of the input, the weights and the output. */
  readonly input: readonly number[]
  readonly weights: readonly (readonly number[])[]
  readonly output: readonly number[]
  /** Multiplications and additions of one evaluation; a gradient takes as many for the input and for the weights each. */
  readonly flops: number
  apply(x: Tensor, ...weights: Tensor[]): Tensor
}

/** The share of inputs above 0.8416, the quantile of the standard normal law, and so of spikes. */
export const DENSITY = 0.2

/** Spikes of density {@link DENSITY} from standard normal numbers. */
export const spikesOf = (x: Tensor): Tensor => cast(greater(x, 0.8416), x.dtype)

const convolution = (samples: number, size: number, channels: number, out: number, kernel: number): LayerCase => ({
  name: `convolution ${samples} × ${size}² × ${channels} → ${out}, ${kernel}²`,
  input: [samples, size, size, channels],
  weights: [[kernel, kernel, channels, out]],
  output: [samples, size, size, out],
  flops: 2 * samples * size * size * channels * out * kernel * kernel,
  apply: (x, w) => conv(x, w),
})

/** Products with the matrices of the transform and its inverse, and one product for each mode. */
const fourier1d = (samples: number, n: number, channels: number, modes: number): LayerCase => ({
  name: `Fourier layer ${samples} × ${n} × ${channels}, ${modes} modes`,
  input: [samples, n, channels],
  weights: [
    [modes, channels, channels],
    [modes, channels, channels],
  ],
  output: [samples, n, channels],
  flops: 2 * samples * 2 * modes * channels * (2 * n + 2 * channels),
  apply: (x, re, im) => spectralConv(x, { re: re, im: im }),
})

const fourier2d = (samples: number, n: number, channels: number, modes: number): LayerCase => ({
  name: `Fourier layer ${samples} × ${n}² × ${channels}, ${modes} modes`,
  input: [samples, n, n, channels],
  weights: [
    [2 * modes, modes, channels, channels],
    [2 * modes, modes, channels, channels],
  ],
  output: [samples, n, n, channels],
  // Along the last axis real, along the first one complex: two real products with a matrix of cosines and sines.
  flops:
    2 * samples * channels * (2 * (2 * modes * n * n + 2 * modes * 4 * modes * n) + 2 * modes * modes * 4 * channels),
  apply: (x, re, im) => spectralConv(x, { re: re, im: im }),
})

/** The layers of the benchmark: of images, and of the published Fourier neural operators. */
export const layerCases: readonly LayerCase[] = [
  convolution(16, 32, 64, 64, 3),
  convolution(16, 32, 32, 32, 3),
  convolution(8, 64, 16, 16, 3),
  fourier1d(20, 256, 64, 16),
  fourier1d(20, 128, 24, 12),
  fourier2d(4, 64, 24, 12),
]

/** Small ones, for `--quick`. */
export const quickCases: readonly LayerCase[] = [
  convolution(1, 8, 8, 8, 3),
  fourier1d(2, 16, 4, 3),
  fourier2d(1, 8, 4, 2),
]
