import { bind } from '../interpreters/currentInterpreter.js'
import { backward } from '../interpreters/backward.js'
import { batchFlat } from '../interpreters/batch.js'
import { seriesFlat } from '../interpreters/jetFlat.js'
import { jvpFlat } from '../interpreters/jvpFlat.js'
import { runProgram } from '../interpreters/runProgram.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import type { Primitive, Program } from '../program/program.js'
import { type Tangent, isZero } from '../program/tangent.js'
import type { Aval } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'
import { broadcast, withBatchAxis } from './broadcast.js'
import { add, addTangents } from './pointwise/arithmetic.js'
import { zeroOf } from './pointwise/pointwise.js'

/**
 * Parameters of `affine`. Operands: the tensors that the linear map closes over, the input x, the weight's tensors W,
 * the bias b if there is one, and the feedback's tensors B, as many as the weight has, if there is feedback.
 */
export interface AffineParams {
  /** Path of the weight in the parameters, as `treePaths` names it; null until a transform of layers has found it. */
  readonly name: string | null
  /**
   * Name of this use of the weight, which differs from `name` from the second use on; null until a transform of layers
   * has found it.
   */
  readonly id: string | null
  /** L: the captured tensors, x and W to L(x, W), which is linear in x and in W. */
  readonly linear: Program
  readonly captured: number
  readonly weights: number
  /** Axes of the result along which the axes of the bias lie; null without a bias. */
  readonly bias: readonly number[] | null
  /** Number of time steps that x is a mean of; 1 for an input at one step. */
  readonly steps: number
  /** Whether derivatives by x use B in the place of W. */
  readonly feedback: boolean
}

/** The operands of an `affine` operation by their roles. */
export function affineOperands<T>(p: AffineParams, operands: readonly T[]) {
  const end = p.captured + 1 + p.weights
  const rest = p.bias === null ? end : end + 1
  return {
    captured: operands.slice(0, p.captured),
    x: operands[p.captured]!,
    weights: operands.slice(p.captured + 1, end),
    bias: p.bias === null ? null : operands[end]!,
    feedback: p.feedback ? operands.slice(rest, rest + p.weights) : null,
  }
}

/** L(x, W). */
const linearOf = (p: AffineParams, captured: readonly Tensor[], x: Tensor, weights: readonly Tensor[]): Tensor =>
  runProgram(p.linear, [...captured, x, ...weights])[0]!

/** L(x, W) + b as other operations. */
function run(operands: readonly Tensor[], p: AffineParams): readonly Tensor[] {
  const { captured, x, weights, bias } = affineOperands(p, operands)
  const y = linearOf(p, captured, x, weights)
  return [bias === null ? y : add(y, broadcast(bias, y.shape, p.bias!))]
}

const programOf = (ins: readonly Aval[], p: AffineParams): Program => traceFlat((...xs) => run(xs, p), ins).program

/**
 * The affine map of a layer, y = L(x, W) + b, with L linear in x and in W: a product, a convolution, a sum over edges.
 * It consists of the operations of L and an addition, and becomes these before a Program is simplified; until then,
 * transforms of layers see where a layer begins and ends, and what its weight is called.
 *
 *     ẏ = L(ẋ, W) + L(x, Ẇ) + ḃ,   with feedback   ẏ = L(ẋ, B) + L(x, Ẇ) + ḃ
 */
export const affinePrimitive: Primitive<AffineParams> = {
  name: 'affine',
  shape: (ins, p) => programOf(ins, p).outputs.map((a) => a.aval),
  /** The result is this operation again, so that transforms of layers find it inside derivatives too. */
  jvp(operands, tangents, p) {
    const y = bind(affinePrimitive, operands, p)
    const { captured, x, weights, feedback } = affineOperands(p, operands)
    const d = affineOperands(p, tangents)
    if (!d.captured.every(isZero)) {
      const [, dy] = jvpFlat((...xs) => run(xs, p), operands, tangents)
      return [y, dy]
    }
    const byInput: Tangent = isZero(d.x) ? zeroOf(y[0]!) : tangentLayer(p, captured, d.x, weights, feedback)
    const byWeight = weightTangent(p, captured, x, weights, d.weights) ?? zeroOf(y[0]!)
    const byBias: Tangent = d.bias === null || isZero(d.bias) ? zeroOf(y[0]!) : broadcast(d.bias, y[0]!.shape, p.bias!)
    return [y, [addTangents(addTangents(byInput, byWeight), byBias)]]
  },
  /** Coefficient k of the result is L(xₖ, W), this operation again, where the input alone varies. */
  series: {
    each(operands, p) {
      const varies = operands.map((s) => !s.slice(1).every(isZero))
      if (varies.some((moves, i) => moves && i !== p.captured))
        return seriesFlat((...xs) => run(xs, p), operands, operands[0]!.length)
      const values = operands.map((s) => s[0])
      const { captured, weights, feedback } = affineOperands(p, values)
      const y = bind(affinePrimitive, values, p)[0]!
      const later = operands[p.captured]!.slice(1) as readonly Tangent[]
      return [[y, ...later.map((c) => (isZero(c) ? zeroOf(y) : tangentLayer(p, captured, c, weights, feedback)))]]
    },
  },
  transpose(ct, ins, p) {
    const { captured, x, weights, bias, feedback } = affineOperands(p, ins)
    const used = 'linear' in x && feedback !== null ? feedback : weights
    const operands = [...captured, x, ...used, ...(bias === null ? [] : [bias])]
    const avals = operands.map((a) => ('known' in a ? a.known.aval : a.linear))
    const back = backward(programOf(avals, { ...p, feedback: false }), operands, ct)
    return ins.map((_, i) => back[i] ?? null)
  },
  batch(size, operands, dims, p) {
    const own = affineOperands(p, operands)
    const at = affineOperands(p, dims)
    // Feedback takes the place of the weight, so that both have a batch axis, or neither.
    const split = [...at.weights, ...(at.feedback ?? [])].includes(0) && own.feedback !== null
    const full = (all: readonly Tensor[], from: readonly (0 | null)[]): Tensor[] =>
      all.map((t, i) => (split ? withBatchAxis(t, from[i]!, size) : t))
    const [weights, feedback] = [full(own.weights, at.weights), full(own.feedback ?? [], at.feedback ?? [])]
    const inputs = [...own.captured, own.x, ...weights]
    const givenDims = [...at.captured, at.x, ...(split ? weights.map(() => 0 as const) : at.weights)]
    const linear = traceFlat(
      (...xs) => {
        const [outs, outDims] = batchFlat((...all) => runProgram(p.linear, all), size, xs, givenDims)
        return outs.map((y, i) => withBatchAxis(y, outDims[i]!, size))
      },
      inputs.map((t) => t.aval),
    )
    const up = (p.bias ?? []).map((axis) => axis + 1)
    const y = bind(
      affinePrimitive,
      [...linear.captured, ...inputs, ...(own.bias === null ? [] : [own.bias]), ...feedback],
      {
        ...p,
        linear: linear.program,
        captured: linear.captured.length + p.captured,
        bias: p.bias === null ? null : at.bias === 0 ? [0, ...up] : up,
      },
    )
    return [y, [0]]
  },
  lower: { kind: 'composite', run, program: programOf },
}

/** L(ẋ, W), which is a use of the same weight, or L(ẋ, B). */
function tangentLayer(
  p: AffineParams,
  captured: readonly Tensor[],
  dx: Tensor,
  weights: readonly Tensor[],
  feedback: readonly Tensor[] | null,
): Tensor {
  if (feedback !== null) return linearOf(p, captured, dx, feedback)
  return bind(affinePrimitive, [...captured, dx, ...weights], { ...p, id: null, bias: null })[0]!
}

/** L(x, Ẇ): the sum over the tensors of the weight that move; null if none does. */
function weightTangent(
  p: AffineParams,
  captured: readonly Tensor[],
  x: Tensor,
  weights: readonly Tensor[],
  moved: readonly Tangent[],
): Tangent | null {
  if (moved.every(isZero)) return null
  if (moved.every((t): t is Tensor => !isZero(t))) return linearOf(p, captured, x, moved)
  const [, dy] = jvpFlat((...w) => [linearOf(p, captured, x, w)], weights, moved)
  return dy[0]!
}
