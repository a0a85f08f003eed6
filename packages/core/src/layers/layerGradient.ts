import { bind } from '../interpreters/currentInterpreter.js'
import { runProgram } from '../interpreters/runProgram.js'
import { type AffineParams, affineOperands, affinePrimitive } from '../primitives/affinePrimitive.js'
import { withBatchAxis } from '../primitives/broadcast.js'
import { stopGradient } from '../primitives/pointwise/cast.js'
import type { OverTimeParams } from '../primitives/overTimePrimitive.js'
import { moveAxis, sliceOf } from '../primitives/views.js'
import { reshape } from '../primitives/reshape.js'
import type { ScanParams } from '../program/params.js'
import type { Primitive, Program } from '../program/program.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import { vjp } from '../transforms/vjp.js'
import { hasLayers, idsOf, layerProgram, unknownLayer } from './layerProgram.js'
import { bodyOf } from './loops.js'
import type { ByLayer } from './perturb.js'

/**
 * The gradient of the parameters from the error signal at each layer:
 *
 *     ∇θ = Σ_l (∂/∂θ ⟨δ_l, L_l(x_l, W_l(θ)) + b_l(θ)⟩),   x_l and δ_l constant
 *
 * For a product it is ∇W = xᵀδ and ∇b = Σ δ. Any linear map and any function between a parameter and the weight that a
 * layer multiplies by, such as a standardised one, has its own adjoint. Nothing else of the function is computed.
 *
 * `inputs` are x_l by id, as {@link collect} returns them. `deltas` are δ_l by id, of the shape of the pre-activation;
 * parameters of layers without δ get zero.
 *
 * @throws UNKNOWN_LAYER
 */
export const layerGradient =
  <P extends Tree, A extends readonly Tree[]>(fn: (params: P, ...rest: A) => Tree) =>
  (inputs: ByLayer, deltas: ByLayer, params: P, ...rest: A): P => {
    const preActivations = (own: P): ByLayer => {
      const { program, layers, inputs: leaves } = layerProgram(fn, own, rest)
      const outputs = new Map<string, Tensor>()
      run(program, leaves, inputs, outputs, new Map())
      return Object.fromEntries(
        Object.keys(deltas).map((name) => {
          const y = outputs.get(name)
          if (y === undefined) throw unknownLayer('layerGradient', name, idsOf(layers))
          return [name, y]
        }),
      )
    }
    const [, pull] = vjp(preActivations, params)
    return pull(deltas)[0]
  }

/**
 * The tensors that each layer multiplies by, by {@link Layer.name}: its parameters, or what the function makes of them,
 * such as standardised weights. Nothing else of the function is computed when it is compiled.
 */
export const layerWeights =
  <P extends Tree, A extends readonly Tree[]>(fn: (params: P, ...rest: A) => Tree) =>
  (params: P, ...rest: A): { readonly [name: string]: readonly Tensor[] } => {
    const { program, inputs } = layerProgram(fn, params, rest)
    const inputsOf = new Map<string, readonly Tensor[]>()
    run(program, inputs, {}, new Map(), inputsOf)
    return Object.fromEntries(inputsOf)
  }

/**
 * Runs a Program with constant inputs of its layers, one step of each loop; results are meaningless but for those of
 * layers.
 */
function run(
  program: Program,
  operands: readonly Tensor[],
  inputs: ByLayer,
  result: Map<string, Tensor>,
  weights: Map<string, readonly Tensor[]>,
): Tensor[] {
  return runProgram(program, operands, (e, xs) => {
    if (e.primitive === (affinePrimitive as Primitive)) {
      const p = e.params as AffineParams
      if (p.name !== null) weights.set(p.name, affineOperands(p, xs).weights)
      const x = p.id === null ? undefined : inputs[p.id]
      if (p.id === null || x === undefined) return bind(e.primitive, xs, p)
      const operands = xs.map((t, i) => (i === p.captured ? stopGradient(x) : t))
      const y = bind(affinePrimitive, operands, p)
      result.set(p.id, y[0]!)
      return y
    }
    const body = bodyOf(e)
    if (body === null || !hasLayers(body)) return bind(e.primitive, xs, e.params)
    const p = e.params as ScanParams | OverTimeParams
    const [carries, xsAxes, ysAxes] = 'carries' in p ? [p.carries, p.xsAxes, p.ysAxes] : [0, [], []]
    const end = p.constants + carries
    const now = xs.map((t, i) => (i < end ? t : firstAlong(t, xsAxes[i - end] ?? 0)))
    return run(body, now, inputs, result, weights).map((y, i) =>
      i < carries ? y : moveAxis(withBatchAxis(y, null, p.length), 0, ysAxes[i - carries] ?? 0),
    )
  })
}

/** The first slice of a sequence. */
function firstAlong(x: Tensor, axis: number): Tensor {
  const lengths = x.shape.map((d, a) => (a === axis ? 1 : d))
  const cut = sliceOf(x, { starts: x.shape.map(() => 0), steps: x.shape.map(() => 1), lengths })
  return reshape(
    cut,
    x.shape.filter((_, a) => a !== axis),
  )
}
