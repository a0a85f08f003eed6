import { bind } from '../interpreters/currentInterpreter.js'
import { evaluateEquation } from '../interpreters/evaluateEquation.js'
import { affinePrimitive } from '../primitives/affinePrimitive.js'
import type { AffineParams } from '../primitives/affinePrimitive.js'
import { withBatchAxis } from '../primitives/broadcast.js'
import { stopGradient } from '../primitives/pointwise/stopGradient.js'
import { scanPrimitive } from '../primitives/scanPrimitive.js'
import { moveAxis, sliceOf } from '../primitives/views.js'
import { reshape } from '../primitives/reshape.js'
import type { ScanParams } from '../program/params.js'
import type { Atom, Equation, Primitive, Program, Var } from '../program/program.js'
import { isLiteral } from '../program/program.js'
import { LiteralTensor } from '../tensor/tensor.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import { vjp } from '../transforms/vjp.js'
import { bodyOf, layerProgram, layersIn, unknownLayer } from './layerProgram.js'
import type { ByLayer } from './perturb.js'

/**
 * The gradient of the parameters from the error signal at each layer:
 *
 *     ∇θ = Σ_l (∂/∂θ ⟨δ_l, L_l(x_l, W_l(θ)) + b_l(θ)⟩),   x_l and δ_l constant
 *
 * For a product it is ∇W = xᵀδ and ∇b = Σ δ. Any linear map and any function between a parameter and the weight that a layer multiplies by,
 * such as a standardised one, has its own adjoint. Nothing else of the function is computed.
 *
 * @param inputs x_l by name, as {@link collect} returns them
 * @param deltas δ_l by name, of the shape of the pre-activation; parameters of layers without δ get zero
 * @throws UNKNOWN_LAYER
 */
export const layerGradient =
  <P extends Tree, A extends readonly Tree[]>(fn: (params: P, ...rest: A) => Tree) =>
  (inputs: ByLayer, deltas: ByLayer, params: P, ...rest: A): P => {
    const preActivations = (own: P): ByLayer => {
      const { program, inputs: leaves } = layerProgram(fn, own, rest)
      const found = new Map<string, Tensor>()
      run(program, leaves, inputs, found)
      return Object.fromEntries(
        Object.keys(deltas).map((name) => {
          const y = found.get(name)
          if (y === undefined) throw unknownLayer('layerGradient', name, layersIn(program))
          return [name, y]
        }),
      )
    }
    const [, pull] = vjp(preActivations, params)
    return pull(deltas)[0]
  }

/** Runs a Program with constant inputs of its layers, one step of each loop; results are meaningless but for those of layers. */
function run(program: Program, operands: readonly Tensor[], inputs: ByLayer, found: Map<string, Tensor>): Tensor[] {
  const values = new Map<Var, Tensor>(program.inputs.map((v, i) => [v, operands[i]!]))
  const value = (a: Atom): Tensor => (isLiteral(a) ? new LiteralTensor(a.aval, a.literal) : values.get(a)!)
  for (const e of program.equations) {
    const outs = runEquation(e, value, inputs, found)
    e.outputs.forEach((v, i) => values.set(v, outs[i]!))
  }
  return program.outputs.map(value)
}

function runEquation(
  e: Equation,
  value: (a: Atom) => Tensor,
  inputs: ByLayer,
  found: Map<string, Tensor>,
): readonly Tensor[] {
  const operands = e.inputs.map(value)
  if (e.primitive === (affinePrimitive as Primitive)) {
    const p = e.params as AffineParams
    const x = p.name === null ? undefined : inputs[p.name]
    if (p.name === null || x === undefined) return evaluateEquation(e, (v) => value(v))
    const y = bind(
      affinePrimitive,
      operands.map((t, i) => (i === p.captured ? stopGradient(x) : t)),
      p,
    )
    if (!found.has(p.name)) found.set(p.name, y[0]!)
    return y
  }
  const body = bodyOf(e)
  if (body === null || layersIn(body).length === 0) return evaluateEquation(e, (v) => value(v))
  if (e.primitive === (scanPrimitive as Primitive)) {
    const p = e.params as ScanParams
    const end = p.constants + p.carries
    const now = operands.map((t, i) => (i < end ? t : firstAlong(t, p.xsAxes[i - end]!)))
    const outs = run(body, now, inputs, found)
    return outs.map((y, i) =>
      i < p.carries ? y : moveAxis(withBatchAxis(y, null, p.length), 0, p.ysAxes[i - p.carries]!),
    )
  }
  const { constants, length } = e.params as { readonly constants: number; readonly length: number }
  const outs = run(
    body,
    operands.map((t, i) => (i < constants ? t : firstAlong(t, 0))),
    inputs,
    found,
  )
  return outs.map((y) => withBatchAxis(y, null, length))
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
