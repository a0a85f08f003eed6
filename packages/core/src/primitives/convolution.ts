import { batchFlat } from '../interpreters/batch.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import type { Primitive } from '../program/program.js'
import { type TransposeInput, isZero } from '../program/tangent.js'
import { type Aval, aval } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'
import { withBatchAxis } from './broadcast.js'
import { dot } from './dot.js'
import { addTangents, bilinear } from './pointwise/arithmetic.js'
import { floatDType, zeroOf } from './pointwise/pointwise.js'
import { reshape } from './reshape.js'
import { embed, permute, sliceOf } from './views.js'
import { countWindows, slidingWindows } from './windows.js'

/** Numbers for each of the d spatial axes. */
export interface ConvolutionOptions {
  readonly windows: readonly { readonly stride: number; readonly dilation: number }[]
  /** Zeros before and after; negative numbers cut elements off. */
  readonly padding: readonly (readonly [number, number])[]
  /** Step between the elements of x, with zeros between them: 1 but in the transpose of a convolution with a stride. */
  readonly spread: readonly number[]
}

/** Parameters of a convolution: its options and operands, from which its Program follows. */
export interface ConvolutionParams extends ConvolutionOptions {
  readonly operands: readonly [Aval, Aval]
}

/** [from, from + length). */
const range = (from: number, length: number): number[] => Array.from({ length }, (_, i) => from + i)

/** x with zeros between and around its elements, as windows: [samples, o₁ … o_d, k₁ … k_d, channels]. */
function windowsOf(x: Tensor, kernel: readonly number[], { windows, padding, spread }: ConvolutionOptions): Tensor {
  const at = (a: number): number => a - 1
  const inside = (a: number): boolean => a > 0 && a < x.ndim - 1
  const [before, after] = [0, 1].map((side) => padding.map((p) => p[side]!)) as [number[], number[]]
  const length = x.shape.map((n, a) => (inside(a) ? spread[at(a)]! * (n - 1) + 1 : n))
  const wider = embed(x, {
    shape: length.map((n, a) => (inside(a) ? n + Math.max(before[at(a)]!, 0) + Math.max(after[at(a)]!, 0) : n)),
    starts: length.map((_, a) => (inside(a) ? Math.max(before[at(a)]!, 0) : 0)),
    steps: length.map((_, a) => (inside(a) ? spread[at(a)]! : 1)),
    fill: 0,
  })
  const cut = sliceOf(wider, {
    starts: length.map((_, a) => (inside(a) ? Math.max(-before[at(a)]!, 0) : 0)),
    steps: length.map(() => 1),
    lengths: length.map((n, a) => (inside(a) ? n + before[at(a)]! + after[at(a)]! : n)),
  })
  return slidingWindows(
    'conv',
    cut,
    1,
    windows.map((w, a) => ({ ...w, size: kernel[a]! })),
  )
}

/** The convolution as a product of windows with the weights. */
function run(x: Tensor, w: Tensor, o: ConvolutionOptions): Tensor {
  const d = o.windows.length
  const seen = windowsOf(x, w.shape.slice(0, d), o)
  return dot(seen, w, { contract: [range(1 + d, d + 1), range(0, d + 1)], batch: [[], []] })
}

/**
 * The convolution [samples, n₁ … n_d, channels] ∗ [k₁ … k_d, channels, out]; see `conv`. With z the input with zeros
 * between (`spread`) and around (`padding`) its elements,
 *
 *     y[o, j] = Σ_{k, c} z[stride · o + dilation · k, c] w[k, c, j]
 *
 * It becomes a product of windows. As an operation of its own it passes a cotangent to x as a convolution of the same
 * kind, with the flipped weights, where the transpose of the product would add up overlapping windows:
 *
 *     x̄ = ȳ ∗ flipped(w)ᵀ  with stride and spread exchanged,   w̄[k, c, j] = Σ_o z[stride · o + dilation · k, c] ȳ[o, j]
 */
export const convolutionPrimitive: Primitive<ConvolutionParams> = {
  name: 'convolution',
  shape([x, w], { windows, padding, spread }) {
    const d = windows.length
    const lengths = padding.map(([before, after], a) => spread[a]! * (x!.shape[1 + a]! - 1) + 1 + before + after)
    const counts = countWindows(
      'conv',
      lengths,
      windows.map((o, a) => ({ ...o, size: w!.shape[a]! })),
    )
    return [aval([x!.shape[0]!, ...counts, w!.shape[d + 1]!], floatDType('conv', [x!, w!]), false)]
  },
  jvp([x, w], [dx, dw], p) {
    const y = convolution(x!, w!, p)
    const byInput = isZero(dx!) ? zeroOf(y) : convolution(dx!, w!, p)
    const byWeight = isZero(dw!) ? zeroOf(y) : convolution(x!, dw!, p)
    return [[y], [addTangents(byInput, byWeight)]]
  },
  series: (operands, p) => bilinear(convolution)(operands, p),
  transpose([ct], ins, p) {
    const [x, w] = ins as readonly [TransposeInput, TransposeInput]
    if (isZero(ct!)) return ins.map((a) => ('known' in a ? null : { zero: a.linear }))
    const d = p.windows.length
    if ('known' in w) {
      const kernel = w.known.shape.slice(0, d)
      const lengths = (x as { readonly linear: Aval }).linear.shape
      const flipped = sliceOf(w.known, {
        starts: w.known.shape.map((n, a) => (a < d ? n - 1 : 0)),
        steps: w.known.shape.map((_, a) => (a < d ? -1 : 1)),
        lengths: w.known.shape,
      })
      const padding = p.windows.map(({ stride, dilation }, a): [number, number] => {
        const far = dilation * (kernel[a]! - 1)
        const before = far - p.padding[a]![0]
        return [before, p.spread[a]! * (lengths[1 + a]! - 1) + far - stride * (ct!.shape[1 + a]! - 1) - before]
      })
      const back = convolution(ct!, permute(flipped, [...range(0, d), d + 1, d]), {
        windows: p.windows.map(({ dilation }, a) => ({ stride: p.spread[a]!, dilation })),
        padding,
        spread: p.windows.map(({ stride }) => stride),
      })
      return [back, null]
    }
    const seen = windowsOf((x as { readonly known: Tensor }).known, w.linear.shape.slice(0, d), p)
    return [null, dot(seen, ct!, { contract: [range(0, d + 1), range(0, d + 1)], batch: [[], []] })]
  },
  batch(size, [x, w], [dx = null, dw = null], p) {
    if (dw === null) {
      // More samples.
      const y = convolution(reshape(x!, [size * x!.shape[1]!, ...x!.shape.slice(2)]), w!, p)
      return [[reshape(y, [size, y.shape[0]! / size, ...y.shape.slice(1)])], [0]]
    }
    const [outs, dims] = batchFlat((a, b) => [run(a, b, p)], size, [x!, w!], [dx, dw])
    return [[withBatchAxis(outs[0]!, dims[0]!, size)], [0]]
  },
  lower: { kind: 'inline', program: (p) => traceFlat((x, w) => [run(x, w, p)], p.operands).program },
}

/** {@link convolutionPrimitive} as a function. */
export const convolution = (x: Tensor, w: Tensor, { windows, padding, spread }: ConvolutionOptions): Tensor =>
  bind(convolutionPrimitive, [x, w], { windows, padding, spread, operands: [x.aval, w.aval] })[0]!
