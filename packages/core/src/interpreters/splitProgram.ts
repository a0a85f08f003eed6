import type { ScanParams } from '../program/params.js'
import { scanPrimitive } from '../primitives/scanPrimitive.js'
import { type Atom, type Equation, type Program, type Var, isLiteral } from '../program/program.js'
import { readers, simplify } from '../program/passes/simplify.js'

/**
 * The two parts of a partially evaluated Program. `known` computes the known outputs and the residuals from the known
 * inputs; `linear` computes the unknown outputs from the residuals and the unknown inputs. `vjp` is built on it.
 */
export interface SplitProgram {
  /** Inputs: the known inputs. Outputs: the known outputs, then the residuals. */
  readonly known: Program
  /** Inputs: the residuals, then the unknown inputs. Outputs: the unknown outputs. */
  readonly linear: Program
  readonly residuals: readonly Var[]
  readonly unknownOutputs: readonly boolean[]
}

/** Partially evaluates `program`, given which inputs are unknown; outputs marked in `force` always count as unknown. */
export function splitProgram(
  program: Program,
  unknown: readonly boolean[],
  force: readonly boolean[] = [],
): SplitProgram {
  const tainted = new Set<Var>(program.inputs.filter((_, i) => unknown[i]))
  const isUnknown = (a: Atom): boolean => !isLiteral(a) && tainted.has(a)
  const known: Equation[] = []
  const linear: Equation[] = []
  for (const equation of program.equations) {
    if (!equation.inputs.some(isUnknown)) {
      known.push(equation)
    } else if (equation.primitive === scanPrimitive) {
      const cut = splitScan(equation, equation.params as ScanParams, equation.inputs.map(isUnknown))
      known.push(...cut.known)
      linear.push(cut.linear)
      cut.linear.outputs.forEach((v) => tainted.add(v))
    } else {
      linear.push(equation)
      equation.outputs.forEach((v) => tainted.add(v))
    }
  }
  const unknownOutputs = program.outputs.map((a, i) => isUnknown(a) || force[i] === true)
  const linearOutputs = program.outputs.filter((_, i) => unknownOutputs[i])
  const residuals = new Set<Var>()
  const need = (a: Atom): void => {
    if (!isLiteral(a) && !tainted.has(a)) residuals.add(a)
  }
  linear.forEach((e) => e.inputs.forEach(need))
  linearOutputs.forEach(need)
  const results = [...residuals]
  return {
    known: {
      inputs: program.inputs.filter((_, i) => !unknown[i]),
      equations: known,
      outputs: [...program.outputs.filter((_, i) => !unknownOutputs[i]), ...results],
    },
    linear: {
      inputs: [...results, ...program.inputs.filter((_, i) => unknown[i])],
      equations: linear,
      outputs: linearOutputs,
    },
    residuals: results,
    unknownOutputs,
  }
}

/**
 * Splits a scan into a known scan that stores its residuals at every step and a linear scan that reads them. With
 * `recompute`, the known scan stores only its carries, and the linear scan recomputes the residuals from them.
 */
function splitScan(
  equation: Equation,
  p: ScanParams,
  unknown: readonly boolean[],
): { known: Equation[]; linear: Equation } {
  const end = p.constants + p.carries
  const { mask, cut: stored } = widenUnknown(p, unknown)
  const cut = p.recompute ? recomputing(stored) : stored
  const carryMask = mask.slice(p.constants, end)
  const ysUnknown = cut.unknownOutputs.slice(p.carries)

  // Residuals that are constants or sequences of the body are read from there; the others are stored at every step.
  const place = new Map<Var, number>(p.body.inputs.map((v, i) => [v, i]))
  const isConstant = (v: Var): boolean => (place.get(v) ?? Infinity) < p.constants
  const isSequence = (v: Var): boolean => (place.get(v) ?? -1) >= end
  const asConstants = cut.residuals.filter(isConstant)
  const asSequences = cut.residuals.filter(isSequence)
  const stacked = cut.residuals.filter((v) => !isConstant(v) && !isSequence(v))
  const operandOf = (v: Var): Atom => equation.inputs[place.get(v)!]!

  const stackedOutputs = stacked.map((v) => fresh({ ...v.aval, shape: [p.length, ...v.aval.shape] }))
  const outs = equation.outputs
  const known: Equation = {
    primitive: scanPrimitive,
    inputs: equation.inputs.filter((_, i) => !mask[i]),
    params: {
      ...p,
      body: {
        ...cut.known,
        outputs: [...cut.known.outputs.slice(0, cut.known.outputs.length - cut.residuals.length), ...stacked],
      },
      constants: mask.slice(0, p.constants).filter((m) => !m).length,
      carries: carryMask.filter((m) => !m).length,
      xsAxes: p.xsAxes.filter((_, i) => !mask[end + i]),
      ysAxes: [...p.ysAxes.filter((_, i) => !ysUnknown[i]), ...stacked.map(() => 0)],
    } satisfies ScanParams,
    outputs: [
      ...outs.slice(0, p.carries).filter((_, i) => !carryMask[i]),
      ...outs.slice(p.carries).filter((_, i) => !ysUnknown[i]),
      ...stackedOutputs,
    ],
  }

  const bodyUnknown = (from: number, to: number): Var[] =>
    p.body.inputs.slice(from, to).filter((_, i) => mask[from + i])
  const operandsUnknown = (from: number, to: number): Atom[] =>
    equation.inputs.slice(from, to).filter((_, i) => mask[from + i])
  const linear: Equation = {
    primitive: scanPrimitive,
    inputs: [
      ...asConstants.map(operandOf),
      ...operandsUnknown(0, end),
      ...stackedOutputs,
      ...asSequences.map(operandOf),
      ...operandsUnknown(end, equation.inputs.length),
    ],
    params: {
      ...p,
      body: {
        inputs: [
          ...asConstants,
          ...bodyUnknown(0, end),
          ...stacked,
          ...asSequences,
          ...bodyUnknown(end, p.body.inputs.length),
        ],
        equations: cut.linear.equations,
        outputs: cut.linear.outputs,
      },
      constants: asConstants.length + bodyUnknown(0, p.constants).length,
      carries: carryMask.filter(Boolean).length,
      xsAxes: [
        ...stacked.map(() => 0),
        ...asSequences.map((v) => p.xsAxes[place.get(v)! - end]!),
        ...p.xsAxes.filter((_, i) => mask[end + i]),
      ],
      ysAxes: p.ysAxes.filter((_, i) => ysUnknown[i]),
    } satisfies ScanParams,
    outputs: [
      ...outs.slice(0, p.carries).filter((_, i) => carryMask[i]),
      ...outs.slice(p.carries).filter((_, i) => ysUnknown[i]),
    ],
  }
  return { known: known.outputs.length === 0 ? [] : [known], linear }
}

/**
 * The same split with a linear part that recomputes the residuals: it takes the known inputs that they need instead.
 */
function recomputing(cut: SplitProgram): SplitProgram {
  const { known, linear, residuals } = cut
  const body = simplify({ ...linear, equations: [...known.equations, ...linear.equations] })
  const read = readers(body)
  const inputs = known.inputs.filter((v) => read.has(v))
  return {
    ...cut,
    known: { ...known, outputs: [...known.outputs.slice(0, known.outputs.length - residuals.length), ...inputs] },
    linear: { ...body, inputs: [...inputs, ...linear.inputs.slice(residuals.length)] },
    residuals: inputs,
  }
}

/** Marks carries as unknown until a step of the body marks no more. */
function widenUnknown(p: ScanParams, unknown: readonly boolean[]): { mask: readonly boolean[]; cut: SplitProgram } {
  let mask = unknown
  for (;;) {
    const carries = mask.slice(p.constants, p.constants + p.carries)
    const cut = splitProgram(p.body, mask, carries)
    const next = mask.map((m, i) => {
      const carry = i - p.constants
      return m || (carry >= 0 && carry < p.carries && cut.unknownOutputs[carry]!)
    })
    if (next.every((m, i) => m === mask[i])) return { mask, cut }
    mask = next
  }
}

const fresh = (a: Var['aval']): Var => ({ id: -1, aval: a })
