import { SpikewardError, sizeOf } from '@spikeward/core'
import type { Chip } from '../chip/chip.js'
import { checkWord } from '../integer/integer.js'
import { holdWeight, weightStep } from '../synapse/dense.js'
import type { WeightFormat } from '../synapse/dense.js'
import { placesOf } from '../synapse/convolution.js'
import { largestOf } from '../quantise/scaleLayer.js'
import type { ChipConvolution, ChipStepper, ConvolutionReport, FloatConvolution, FloatStepper } from './chipStepper.js'

/** Whole states are at most this part of their word on the calibration fields. */
const MARGIN = 1 / 2

type Grid = Pick<FloatStepper, 'cells' | 'edges'>
type Shape = Pick<FloatConvolution, 'kernel' | 'inputs' | 'outputs'>

/** For each place of a kernel the cell that each cell reads there; −1 beyond the ends. */
function cellsRead({ cells, edges }: Grid, kernel: readonly number[]): Int32Array[] {
  const all = placesOf(cells)
  return placesOf(kernel).map((place) =>
    Int32Array.from(all, (cell) => {
      let from = 0
      for (const [a, n] of cells.entries()) {
        const at = cell[a]! + place[a]! - Math.floor((kernel[a]! - 1) / 2)
        if (edges === 'zeros' && (at < 0 || at >= n)) return -1
        from = from * n + ((at + n) % n)
      }
      return from
    }),
  )
}

/** Sums of a convolution of stride 1 for fields [count, …cells, inputs], without the bias: [count, …cells, outputs]. */
function convolved(grid: Grid, shape: Shape, weight: ArrayLike<number>, x: Float64Array): Float64Array {
  const { inputs, outputs } = shape
  const count = sizeOf(grid.cells)
  const y = new Float64Array((x.length / inputs) * outputs)
  const places = cellsRead(grid, shape.kernel)
  for (let f = 0; f < x.length / inputs; f += count)
    for (const [k, from] of places.entries())
      for (let cell = 0; cell < count; cell++) {
        if (from[cell]! < 0) continue
        for (let i = 0; i < inputs; i++) {
          const v = x[(f + from[cell]!) * inputs + i]!
          if (v === 0) continue
          const [row, to] = [(k * inputs + i) * outputs, (f + cell) * outputs]
          for (let o = 0; o < outputs; o++) y[to + o]! += v * weight[row + o]!
        }
      }
  return y
}

/**
 * The covariance of the inputs that an output reads, row-major [kernel · inputs]², from at most about 20,000 outputs.
 */
function covarianceOf(
  grid: Grid,
  { kernel, inputs }: Shape,
  x: Float64Array,
): { readonly n: number; readonly of: Float64Array } {
  const places = cellsRead(grid, kernel)
  const [count, n] = [sizeOf(grid.cells), places.length * inputs]
  const [sums, of, window] = [new Float64Array(n), new Float64Array(n * n), new Float64Array(n)]
  const all = x.length / inputs
  // An odd step meets every cell of a grid whose sides are powers of two.
  const step = 2 * Math.floor(all / 40_000) + 1
  let rows = 0
  for (let at = 0; at < all; at += step, rows++) {
    const cell = at % count
    places.forEach((from, k) => {
      const read = (at - cell + from[cell]!) * inputs
      for (let i = 0; i < inputs; i++) window[k * inputs + i] = from[cell]! < 0 ? 0 : x[read + i]!
    })
    for (let i = 0; i < n; i++) {
      sums[i]! += window[i]!
      for (let j = 0; j <= i; j++) of[i * n + j]! += window[i]! * window[j]!
    }
  }
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++)
      of[i * n + j] = of[j * n + i] = of[i * n + j]! / rows - (sums[i]! / rows) * (sums[j]! / rows)
  return { n, of }
}

/**
 * The same network with channels of another size: the weights to a channel of rectified units and those from it have
 * the same largest magnitude, so that few bits hold both.
 */
function equalised(layers: readonly FloatConvolution[]): FloatConvolution[] {
  const even = layers.map((layer) => ({ ...layer, weight: Float64Array.from(layer.weight) }))
  const largest = ({ weight }: FloatConvolution, is: (i: number) => boolean): number =>
    largestOf(Array.from(weight).filter((_, i) => is(i)))
  for (const [l, above] of even.slice(1).entries()) {
    const below = even[l]!
    const { inputs, outputs } = above
    const toOf = (i: number): number => i % inputs
    const fromOf = (i: number): number => Math.floor(i / outputs) % inputs
    const factors = Array.from({ length: inputs }, (_, c) => {
      const into = largest(below, (i) => toOf(i) === c)
      const out = largest(above, (i) => fromOf(i) === c)
      return into > 0 && out > 0 ? Math.sqrt(into / out) : 1
    })
    even[l] = {
      ...below,
      weight: below.weight.map((w, i) => w / factors[toOf(i)]!),
      bias: Float64Array.from(below.bias, (b, c) => b / factors[c]!),
    }
    even[l + 1] = {
      ...above,
      weight: above.weight.map((w, i) => w * factors[fromOf(i)]!),
      thresholds: Float64Array.from(above.thresholds, (t, c) => t / factors[c]!),
    }
  }
  return even
}

/**
 * The same network in the unit of few-spike messages: values of a hidden channel are parts of its range, and a channel
 * is as large as its weights, if its range then still fits the word of a state.
 *
 * @param room the largest range in the unit of the largest weight
 */
function inRanges(layers: readonly FloatConvolution[], room: number): FloatConvolution[] {
  let sizes: readonly number[] = [1]
  return layers.map((layer, l) => {
    const { inputs, outputs, thresholds } = layer
    const ranges = Array.from(thresholds, (t) => (l === 0 ? 1 : 2 * t))
    const weight = Float64Array.from(layer.weight, (w, i) => w * ranges[Math.floor(i / outputs) % inputs]!)
    const own = Float64Array.from(thresholds, (t, c) => t / sizes[c]!)
    const next = layers[l + 1]
    sizes = Array.from({ length: outputs }, (_, o) =>
      next === undefined
        ? 1
        : Math.max(largestOf(weight.filter((_w, i) => i % outputs === o)), (2 * next.thresholds[o]!) / room),
    )
    return {
      ...{ ...layer, thresholds: own, weight: weight.map((w, i) => w / sizes[i % outputs]!) },
      bias: Float64Array.from(layer.bias, (b, o) => b / sizes[o]!),
    }
  })
}

/**
 * Part of the mean variance that is added to each, so that the covariance has an inverse even if some inputs never
 * change.
 */
const DAMPING = 1e-4

/**
 * The factors by which the error of each rounded weight moves the later ones, so that the sums change least: rows of
 * the inverse covariance of the inputs that are not rounded yet, each divided by its diagonal.
 */
function feedbackOf({ n, of }: ReturnType<typeof covarianceOf>): Float64Array[] {
  const variance = Array.from({ length: n }, (_, i) => of[i * n + i]!).reduce((a, b) => a + b, 0) / n
  const damping = variance > 0 ? DAMPING * variance : 1
  const damped = of.map((v, at) => v + (at % (n + 1) === 0 ? damping : 0))
  // From the last weight to the first: the inverse for the weights from i on borders that for the weights from i + 1
  // on.
  let inverse = new Float64Array(0)
  const rows: Float64Array[] = []
  for (let i = n - 1, m = 0; i >= 0; i--, m++) {
    const product = new Float64Array(m)
    for (let r = 0; r < m; r++)
      for (let c = 0; c < m; c++) product[r]! += inverse[r * m + c]! * damped[i * n + i + 1 + c]!
    const left = damped[i * n + i]! - product.reduce((sum, v, c) => sum + v * damped[i * n + i + 1 + c]!, 0)
    const wider = new Float64Array((m + 1) ** 2)
    wider[0] = 1 / left
    for (let r = 0; r < m; r++) {
      wider[r + 1] = wider[(r + 1) * (m + 1)] = -product[r]! / left
      for (let c = 0; c < m; c++)
        wider[(r + 1) * (m + 1) + c + 1] = inverse[r * m + c]! + (product[r]! * product[c]!) / left
    }
    inverse = wider
    rows.unshift(Float64Array.from(product, (v) => -v))
  }
  return rows
}

/** The largest weight takes the whole word, or a part of it from a half: the parts that are tried. */
const PARTS = Array.from({ length: 64 }, (_, i) => 1 - i / 128)

/**
 * Weights that the chip holds, rounded one after another, each with the error of those before it: in the scale in which
 * the sums of these inputs err least.
 */
function heldWeights(
  chip: Chip,
  format: WeightFormat,
  { weight, outputs }: FloatConvolution,
  covariance: ReturnType<typeof covarianceOf>,
) {
  const step = weightStep(chip, format)
  const most = 2 ** chip.weightBits - step
  const largest = largestOf(weight)
  const feedback = feedbackOf(covariance)
  const rounded = (factor: number) => {
    const rest = Float64Array.from(weight, (w) => w * factor)
    const words = new Int32Array(rest.length)
    feedback.forEach((row, i) => {
      for (let o = 0; o < outputs; o++) {
        const at = i * outputs + o
        words[at] = holdWeight(chip, format, Math.max(-most, Math.min(most, Math.round(rest[at]! / step) * step)))
        const error = rest[at]! - words[at]
        row.forEach((f, j) => (rest[(i + 1 + j) * outputs + o]! -= error * f))
      }
    })
    // Integer units of a sum for a product of 1 with a message of 1.
    return { held: words, unit: factor * 2 ** format.exponent, asFloats: Float64Array.from(words, (w) => w / factor) }
  }
  /** The variance of the error of the sums. */
  const variance = ({ asFloats }: ReturnType<typeof rounded>): number => {
    const { n, of } = covariance
    const error = asFloats.map((w, i) => w - weight[i]!)
    let total = 0
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        for (let o = 0; o < outputs; o++) total += error[i * outputs + o]! * of[i * n + j]! * error[j * outputs + o]!
    return total
  }
  const tried = PARTS.map((part) => rounded(largest === 0 ? 1 : (part * most) / largest))
  return tried
    .map((result) => ({ found: result, error: variance(result) }))
    .reduce((best, next) => (next.error < best.error ? next : best)).found
}

/** The cores, memory and fan-out that a convolution takes. */
function placement(
  chip: Chip,
  cells: readonly number[],
  l: number,
  c: FloatConvolution,
  bits: number,
): Omit<ConvolutionReport, 'rmsWeightError'> {
  const [neurons, reads] = [sizeOf(cells) * c.inputs, sizeOf(c.kernel) * c.inputs]
  if (reads > chip.fanIn)
    throw new SpikewardError(
      'CHIP_LIMIT',
      `a unit behind convolution ${l} reads ${reads} inputs, but a core of ${chip.name} distinguishes only ${chip.fanIn}; use fewer channels or smaller kernels`,
    )
  const weightBytes = Math.ceil((reads * c.outputs * bits) / 8)
  const cores = Math.max(Math.ceil(neurons / chip.neuronsPerCore), Math.ceil(weightBytes / chip.synapseBytesPerCore))
  return { neurons, fanOut: sizeOf(c.kernel) * c.outputs, weightBytes, cores }
}

/**
 * Converts a time-stepper of sigma–delta or few-spike units to the integers of a chip with graded spikes. Weights of
 * each convolution share a scale, after those to and from each channel were made equally large; of the scales in which
 * the largest takes a half to all of the word, it is the one in which the sums of the calibration fields err least.
 * They are rounded one after another, and later ones take back what the error of earlier ones does to these sums
 * (Frantar et al. 2022, 2210.17323); a bias takes back the mean (Nagel et al. 2019, 1906.04721). States of the units
 * are as fine as their words allow, with twice the room that the calibration fields need. A message is a state without
 * its low bits, so that its product with a weight fits 32 bits; a threshold is at least 1 in its unit. A few-spike
 * message is a digit of a state, and channels of hidden layers are made as large as their weights.
 *
 * @param calibration fields [count, …cells, channels] that cover those of future rollouts, and are not all 0
 * @param options.bits bits of a weight, including its sign; default the chip's
 * @throws CHIP_LIMIT for a chip of binary spikes, or of too few cores or inputs; CHIP_RANGE for a threshold beyond 32
 * bits, and for bits that a weight cannot have; INVALID_ARGUMENT for numbers that do not fit the layers, or are not
 * finite
 * @example
 * const onChip = quantiseStepper(loihi2, { cells: [256], edges: 'circular', layers, leak: 0.5, rest: 1 }, fields)
 */
export function quantiseStepper(
  chip: Chip,
  stepper: FloatStepper,
  calibration: Float64Array,
  options: { readonly bits?: number } = {},
): ChipStepper {
  const { cells, edges, cycle = null } = stepper
  const bits = checkWord('the number of weight bits', options.bits ?? chip.weightBits, 2, chip.weightBits, chip.name)
  if (chip.spikeBits < chip.stateBits)
    throw new SpikewardError(
      'CHIP_LIMIT',
      `spikes of ${chip.name} have ${chip.spikeBits} bit, but sigma–delta units send changes of up to ${chip.stateBits} bits, and few-spike networks the field; choose a chip with graded spikes, such as loihi2`,
    )
  checkStepper(stepper, calibration)
  const layers =
    cycle === null
      ? equalised(stepper.layers)
      : inRanges(stepper.layers, 2 ** (chip.stateBits - 2 - chip.weightBits - cycle))
  // Held weights are multiples of the step, which the right shift of their sums takes away exactly.
  const format: WeightFormat = { signMode: 'mixed', bits, exponent: 0 }
  const exact = { ...format, exponent: -Math.log2(weightStep(chip, format)) }
  const whole = (2 ** (chip.stateBits - 1) - 1) * MARGIN
  const scaleOf = (values: Float64Array): number => whole / largestOf(values)
  const fieldScale = scaleOf(calibration)
  const convolutions: ChipConvolution[] = []
  const report: ConvolutionReport[] = []
  let [x, stateScale, bias] = [calibration, fieldScale, new Float64Array(layers[0]!.inputs)]
  for (const [l, layer] of layers.entries()) {
    const { held, unit, asFloats } = heldWeights(chip, exact, layer, covarianceOf(stepper, layer, x))
    const sums = convolved(stepper, layer, layer.weight, x)
    const result = convolved(stepper, layer, asFloats, x)
    const n = layer.outputs
    const corrected = Float64Array.from(layer.bias, (b, o) => b + meanOf(sums, o, n) - meanOf(result, o, n))
    const y = sums.map((s, i) => s + layer.bias[i % n]!)
    // Messages whose sums fit the state, and whose products add up within 32 bits.
    const reads = sizeOf(layer.kernel) * layer.inputs
    const product = 2 ** 30 / (reads * 2 * largestOf(x) * 2 ** chip.weightBits)
    const digits = cycle !== null && l > 0
    const ranges = cycle === null ? [] : Array.from(layers[l + 1]?.thresholds ?? [], (t) => 2 * t)
    const fits = Math.min(...[sums, y, Float64Array.from(ranges)].map(scaleOf)) / unit
    const most = digits ? fits : Math.min(fits, product)
    const stateExp = digits ? 0 : Math.max(0, Math.ceil(Math.log2(stateScale / most)))
    const scale = digits ? 2 ** cycle : stateScale / 2 ** stateExp
    if (scale > most)
      throw new SpikewardError(
        'CHIP_LIMIT',
        `sums of convolution ${l} with values of ${cycle} bits do not fit the states of ${chip.name}, which have ${chip.stateBits}; use few-spike units of fewer bits, or fewer channels`,
      )
    // Few-spike units compare their state itself, others the message that it gives.
    const own = digits ? stateScale : scale
    const largest = digits ? 2 ** (chip.stateBits - 2) - 1 : 2 ** (31 - stateExp) - 1
    const vth = Int32Array.from(layer.thresholds, (t) =>
      checkWord('a threshold', Math.max(1, Math.round(t * own)), 1, largest, chip.name),
    )
    const inWords = (values: Float64Array, by: number): Int32Array => Int32Array.from(values, (v) => Math.round(v * by))
    convolutions.push({
      ...{ kernel: layer.kernel, inputs: layer.inputs, outputs: n },
      ...{ vth, bias: inWords(bias, own), stateExp, weights: held, format: exact },
    })
    const error = Math.sqrt(asFloats.reduce((t, w, i) => t + (w - layer.weight[i]!) ** 2, 0) / asFloats.length)
    report.push({ ...placement(chip, cells, l, layer, bits), rmsWeightError: error })
    bias = corrected
    stateScale = scale * unit
    const levels = 2 ** (cycle ?? 0)
    x = y.map((v, i) =>
      cycle === null
        ? Math.max(0, v)
        : Math.min(levels - 1, Math.max(0, Math.floor((levels * v) / ranges[i % n]!))) / levels,
    )
  }
  const cores = report.reduce((n, r) => n + r.cores, 0)
  if (cores > chip.cores)
    throw new SpikewardError(
      'CHIP_LIMIT',
      `the network takes ${cores} cores, but ${chip.name} has ${chip.cores}; use fewer channels or layers, or a smaller grid`,
    )
  const ratio = fieldScale / stateScale
  const shift = Math.ceil(Math.log2(ratio))
  const unit = 2 ** chip.decayBits
  return {
    ...{ chip, cells, edges, fieldScale, cycle, layers: convolutions, report },
    outBias: Int32Array.from(bias, (b) => Math.round(b * stateScale)),
    increment: { multiplier: Math.round((ratio / 2 ** shift) * unit), shift },
    leak: Math.round(stepper.leak * unit),
    rest: [stepper.rest].flat().map((r) => Math.round(r * fieldScale)),
  }
}

function meanOf(values: Float64Array, channel: number, channels: number): number {
  let sum = 0
  for (let i = channel; i < values.length; i += channels) sum += values[i]!
  return (sum * channels) / values.length
}

function checkStepper({ cells, layers, leak, rest }: FloatStepper, calibration: Float64Array): void {
  const channels = layers[0]?.inputs ?? 1
  const refuse = (what: string): SpikewardError =>
    new SpikewardError('INVALID_ARGUMENT', `quantiseStepper: ${what}; give the time-stepper as it was trained`)
  if (layers.length === 0) throw refuse('there is no convolution')
  layers.forEach(({ kernel, inputs, outputs, weight, bias, thresholds }, l) => {
    const fits =
      kernel.length === cells.length &&
      inputs === (layers[l - 1]?.outputs ?? channels) &&
      (l < layers.length - 1 || outputs === channels) &&
      weight.length === sizeOf(kernel) * inputs * outputs &&
      bias.length === outputs &&
      thresholds.length === inputs
    if (!fits) throw refuse(`the shapes of convolution ${l} do not fit its neighbours or its numbers`)
    if (![weight, bias, thresholds].every((values) => Array.from(values).every(Number.isFinite)))
      throw refuse(`convolution ${l} has a number that is not finite`)
  })
  const at = [rest].flat()
  if (!(leak >= 0 && leak <= 1) || !at.every(Number.isFinite) || ![1, channels].includes(at.length))
    throw refuse(`leak ${leak} or rest ${at.join(', ')} is out of range`)
  const size = sizeOf(cells) * channels
  if (calibration.length === 0 || calibration.length % size !== 0 || !calibration.every(Number.isFinite))
    throw refuse(`the calibration has ${calibration.length} numbers, not finite fields of ${size}`)
  if (largestOf(calibration) === 0) throw refuse('the calibration is 0 everywhere, which gives no scale')
}
