import { bind, currentInterpreter, withInterpreter } from './currentInterpreter.js'
import { runProgram } from './runProgram.js'
import { traceFlat } from './traceFlat.js'
import type { ScanParams } from '../program/params.js'
import type { Interpreter, Primitive } from '../program/program.js'
import { type CustomJvpParams, type JvpRule, customJvpPrimitive } from '../primitives/customJvpPrimitive.js'
import { add, mul } from '../primitives/pointwise/arithmetic.js'
import { stopGradientPrimitive } from '../primitives/pointwise/cast.js'
import { scanPrimitive } from '../primitives/scanPrimitive.js'
import { type Tensor, LiteralTensor } from '../tensor/tensor.js'
import { aval } from '../tensor/aval.js'
import { broadcast } from '../primitives/broadcast.js'

/**
 * Replaces spikes by the smooth function that has their surrogate derivative, and lets derivatives pass `stopGradient`;
 * passes other operations on.
 */
export class Smooth implements Interpreter {
  constructor(readonly parent: Interpreter) {}

  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[] {
    return withInterpreter(this.parent, () => {
      if (primitive === stopGradientPrimitive) return inputs
      if (primitive === scanPrimitive) return smoothScan(inputs, params as ScanParams)
      if (primitive === customJvpPrimitive && isSpike(inputs, params as CustomJvpParams))
        return [smoothSpike(inputs[inputs.length - 1]!, (params as CustomJvpParams).rule)]
      return bind(primitive, inputs, params)
    })
  }
}

/** A function of one argument to 0 and 1 of the argument's own element type and shape. */
function isSpike(inputs: readonly Tensor[], { program, captured }: CustomJvpParams): boolean {
  const x = inputs[captured]
  const y = program.outputs[0]?.aval
  return (
    inputs.length === captured + 1 &&
    y !== undefined &&
    y.binary &&
    y.dtype === x!.dtype &&
    y.dtype !== 'bool' &&
    y.shape.length === x!.shape.length
  )
}

/** Points of the quadrature. */
const POINTS = 32

const constant = (x: Tensor, value: number): Tensor =>
  broadcast(new LiteralTensor(aval([], x.dtype), value), x.shape, [])

/**
 * Φ(u) = ½ + ∫₀ᵘ slope(s) ds = ½ + ∫₀¹ slope(u x³) u 3x² dx by the midpoint rule: points lie dense about 0, where
 * slopes are steep. Its derivative is the slope itself, by the same rule as that of the spike.
 */
function smoothSpike(u: Tensor, rule: JvpRule): Tensor {
  const primal = (x: Tensor): Tensor =>
    Array.from({ length: POINTS }, (_, k) => (k + 0.5) / POINTS).reduce(
      (sum, at) => add(sum, mul(constant(x, (3 * at * at) / POINTS), rule([mul(constant(x, at ** 3), x)], [x])[1])),
      constant(x, 0.5),
    )
  const { program, captured } = traceFlat((x) => [primal(x)], [u.aval])
  const smoothRule: JvpRule = (xs, dxs) => [primal(xs[0]!), rule(xs, dxs)[1]]
  return bind(customJvpPrimitive, [...captured, u], { program, captured: captured.length, rule: smoothRule })[0]!
}

/** A scan whose body is traced again, because its spikes are no longer known to be binary. */
function smoothScan(inputs: readonly Tensor[], params: ScanParams): readonly Tensor[] {
  const { body, constants } = params
  const inner = traceFlat(
    (...xs) => withInterpreter(new Smooth(currentInterpreter()), () => runProgram(body, xs)),
    body.inputs.map((v) => ({ ...v.aval, binary: false })),
  )
  return bind(scanPrimitive, [...inner.captured, ...inputs], {
    ...params,
    body: inner.program,
    constants: constants + inner.captured.length,
  })
}
