import { printAval, sameShape } from '../tensor/aval.js'
import { SpikewardError } from '../errors.js'
import { printProgram } from './printProgram.js'
import { type Program, type Var, isLiteral } from './program.js'

/**
 * Checks that a Program is well formed, sub-Programs included: every variable is defined once and before its use, and
 * every equation's results have the shapes of its primitive's rule. Throws INVALID_PROGRAM, which names the equation.
 */
export function checkProgram(program: Program): void {
  const defined = new Set<Var>()
  const fail = (what: string): never => {
    throw new SpikewardError('INVALID_PROGRAM', `${what} in\n${printProgram(program)}`)
  }
  const define = (v: Var): void => {
    if (defined.has(v)) fail(`a variable of type ${printAval(v.aval)} is defined twice`)
    defined.add(v)
  }
  program.inputs.forEach(define)
  program.equations.forEach((e, i) => {
    const place = `equation ${i} (${e.primitive.name})`
    for (const a of e.inputs)
      if (!isLiteral(a) && !defined.has(a)) fail(`${place} reads a variable that is not defined before`)
    const expected = e.primitive.shape(
      e.inputs.map((a) => a.aval),
      e.params,
    )
    if (expected.length !== e.outputs.length)
      fail(`${place} has ${e.outputs.length} results, its primitive gives ${expected.length}`)
    expected.forEach((a, j) => {
      const declared = e.outputs[j]!.aval
      if (a.dtype !== declared.dtype || !sameShape(a.shape, declared.shape)) {
        fail(`${place}: result ${j} is declared ${printAval(declared)}, its primitive gives ${printAval(a)}`)
      }
    })
    const body =
      (e.params as { body?: Program; program?: Program } | null)?.body ??
      (e.params as { program?: Program } | null)?.program
    if (body !== undefined) checkProgram(body)
    e.outputs.forEach(define)
  })
  for (const a of program.outputs) if (!isLiteral(a) && !defined.has(a)) fail('an output is not defined')
}
