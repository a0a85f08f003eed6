import { bind } from './currentInterpreter.js'
import { SpikewardError } from '../errors.js'
import { addTangents } from '../primitives/pointwise/arithmetic.js'
import { type Tangent, type TransposeInput, isZero } from '../program/tangent.js'
import { type Atom, type Program, type Var, isLiteral } from '../program/program.js'
import { type Tensor, LiteralTensor } from '../tensor/tensor.js'

/**
 * Transposes a Program that is linear in some of its inputs: from cotangents of the outputs to cotangents of the
 * linear inputs (null for known inputs). It runs the equations of known values first, then the linear ones in reverse.
 */
export function backward(
  program: Program,
  inputs: readonly TransposeInput[],
  cotangents: readonly Tangent[],
): (Tangent | null)[] {
  const known = new Map<Var, Tensor>()
  program.inputs.forEach((v, i) => {
    const x = inputs[i]!
    if ('known' in x) known.set(v, x.known)
  })
  const isKnown = (a: Atom): boolean => isLiteral(a) || known.has(a)
  const read = (a: Atom): Tensor => (isLiteral(a) ? new LiteralTensor(a.aval, a.literal) : known.get(a)!)
  const linear = program.equations.filter(({ primitive, inputs: ins, params, outputs }) => {
    if (!ins.every(isKnown)) return true
    const results = bind(primitive, ins.map(read), params)
    outputs.forEach((v, i) => known.set(v, results[i]!))
    return false
  })

  const cts = new Map<Var, Tangent>()
  const accumulate = (a: Atom, ct: Tangent): void => {
    if (isLiteral(a) || isZero(ct) || known.has(a)) return
    const before = cts.get(a)
    cts.set(a, before === undefined ? ct : addTangents(before, ct))
  }
  const of = (v: Var): Tangent => cts.get(v) ?? { zero: v.aval }
  program.outputs.forEach((a, i) => accumulate(a, cotangents[i]!))
  for (const { primitive, inputs: ins, params, outputs } of linear.reverse()) {
    const arriving = outputs.map(of)
    if (arriving.every(isZero)) continue
    if (primitive.transpose === 'nonlinear') {
      throw new SpikewardError(
        'NOT_LINEAR',
        `${primitive.name} is not linear in its operands and cannot be transposed; a tangent rule (customJvp) must be linear in the tangents`,
      )
    }
    const operands = ins.map((a): TransposeInput => (isKnown(a) ? { known: read(a) } : { linear: a.aval }))
    const back = primitive.transpose(arriving, operands, params)
    ins.forEach((a, i) => {
      const ct = back[i]!
      if (ct !== null) accumulate(a, ct)
    })
  }
  return program.inputs.map((v, i) => ('known' in inputs[i]! ? null : of(v)))
}
