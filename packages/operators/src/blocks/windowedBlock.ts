import {
  SpikewardError,
  add,
  affine,
  broadcastTo,
  cos,
  div,
  expandDims,
  maximum,
  minimum,
  mul,
  reshape,
  slice,
  square,
  sub,
  sum,
  tensor,
} from '@spikeward/core'
import type { Affine, FloatDType, Tensor } from '@spikeward/core'
import type { Block, BlockPlace } from './block.js'
import { type BlockOptions, makeBlock } from './makeBlock.js'

/** The first weights of a smooth network without its own `gain`: steep enough to bend within its subdomain. */
const GAIN = 2

/**
 * One small network in each of overlapping subdomains of [−1, 1]ᵈ, joined by windows that add up to 1 (finite-basis
 * networks, Moseley, Markham & Nissen-Meyer 2023):
 *
 *     y(x) = Σ_k ω_k(x) h((x − c_k)/s_k) W_k + b,   ω_k = Π_a p((xₐ − c_kₐ)/s_kₐ) / Σ,   p(d) = cos⁴(πd/2) for |d| < 1
 *
 * Along an axis of K subdomains the centres c are those of K equal cells and s is the length of a cell, so that two
 * windows cover a point. Each network receives coordinates in [−1, 1], and a solution of many waves looks to it like
 * one of few. All networks together are one hidden layer of K times the units, so that estimators of affine layers act
 * on it as on any other; the units of a subdomain have their first weights and biases drawn for its coordinates.
 *
 * Windows are three times continuously differentiable. Unlike the source, every network is evaluated at every point,
 * also where its window is 0: a step costs as much as one of a layer of all units.
 *
 * @param subdomains their number along each axis, or one number for all axes
 * @throws INVALID_OPTION for another number of axes, or a block of several hidden layers
 */
export function windowedBlock(options: BlockOptions, place: BlockPlace, subdomains: readonly number[]): Block {
  const { inputs, dtype } = place
  const counts = subdomains.length === 1 ? Array.from({ length: inputs }, () => subdomains[0]!) : subdomains
  checkWindows(counts, inputs, options)
  const [units] = options.hidden as readonly [number]
  const boxes = counts.reduce<readonly (readonly Interval[])[]>(
    (before, n) => before.flatMap((box) => intervals(n).map((own) => [...box, own])),
    [[]],
  )
  const own = { ...options, hidden: [units * boxes.length] }
  const inner = makeBlock(own.kind === 'smooth' ? { gain: GAIN, ...own } : own, place)
  // A row for each axis and a column for each unit.
  const perUnit = (of: (own: Interval) => number): Tensor => {
    const rows = counts.map((_, a) => boxes.flatMap((box) => new Array<number>(units).fill(of(box[a]!))))
    return tensor(rows.flat(), { dtype, shape: [inputs, boxes.length * units] })
  }
  /** W (x − c)/s + b as a layer of x. */
  const inWindow = ({ weight, bias }: Affine): Affine => {
    const own = div(
      weight,
      perUnit(({ scale }) => scale),
    )
    return {
      weight: own,
      bias: sub(
        bias,
        sum(
          mul(
            own,
            perUnit(({ centre }) => centre),
          ),
          0,
        ),
      ),
    }
  }
  const windowed = (features: Tensor, x: Tensor): Tensor => {
    const [rows, width] = features.shape as [number, number]
    const open = expandDims(windowsAt(x, counts, dtype), 2)
    return mul(features, reshape(broadcastTo(open, [rows, boxes.length, units]), [rows, width]))
  }
  const block: Block = {
    ...inner,
    coordinates: { ...inner.coordinates, smoothness: Math.min(3, inner.coordinates.smoothness) },
    init(key, sample) {
      const { trained, fixed } = inner.init(key, sample)
      const [first] = trained.layers as readonly [Affine]
      return { trained: { ...trained, layers: [inWindow(first)] }, fixed }
    },
    features: (variables, x) => windowed(inner.features(variables, x), x),
    apply: (variables, x) => affine(variables.trained.readout, block.features(variables, x)),
  }
  return block
}

type Interval = { readonly centre: number; readonly scale: number }

/** K equal cells of [−1, 1]. */
const intervals = (count: number): readonly Interval[] =>
  Array.from({ length: count }, (_, k) => ({ centre: (2 * k + 1) / count - 1, scale: 2 / count }))

/** ω at points x [rows, axes]: [rows, subdomains], the last axis fastest; each row adds up to 1. */
function windowsAt(x: Tensor, counts: readonly number[], dtype: FloatDType): Tensor {
  const rows = x.shape[0]!
  return counts.reduce<Tensor | null>((before, count, a) => {
    const own = intervals(count)
    // A stencil at an end takes values outside, where the window of the end stays 1.
    const inside = minimum(maximum(slice(x, [0, a], [rows, a + 1]), -1), 1)
    const centres = tensor(
      own.map(({ centre }) => centre),
      { dtype, shape: [1, count] },
    )
    const distance = div(sub(inside, centres), own[0]!.scale)
    const open = square(mul(add(cos(mul(minimum(maximum(distance, -1), 1), Math.PI)), 1), 0.5))
    const part = div(open, sum(open, 1, { keepDims: true }))
    return before === null ? part : reshape(mul(expandDims(before, 2), expandDims(part, 1)), [rows, -1])
  }, null)!
}

function checkWindows(counts: readonly number[], axes: number, { kind, hidden }: BlockOptions): void {
  const wrong =
    counts.length !== axes
      ? `${counts.length} numbers of subdomains for ${axes} axes; give one for each axis, or one for all`
      : kind === 'modified' || hidden.length !== 1
        ? `the network of a subdomain has one plain hidden layer, not ${kind === 'modified' ? 'gated encoders' : `${hidden.length} layers`}; give one width, such as hidden 16`
        : null
  if (wrong !== null) throw new SpikewardError('INVALID_OPTION', `subdomains: ${wrong}`)
}
