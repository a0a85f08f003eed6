import type { ScanParams } from '../params.js'
import { type Atom, type Equation, type Program, type Var, isLiteral } from '../program.js'

/**
 * Replaces `inline` and `composite` operations by their Programs, inside scan bodies too, and drops equations that no
 * output needs.
 */
export function inlineProgram(program: Program): Program {
  const equations: Equation[] = []
  const outputs = expand(program, new Map(), equations, true, true)
  return prune({ inputs: program.inputs, equations, outputs })
}

/**
 * Replaces `composite` operations, such as layers, by the operations that they consist of, inside scan bodies too.
 * Transforms that look for layers run before it; everything that simplifies, splits or lowers a Program runs after it.
 */
export function expandComposites(program: Program): Program {
  if (!holdsComposite(program)) return program
  const equations: Equation[] = []
  const outputs = expand(program, new Map(), equations, true, false)
  return { inputs: program.inputs, equations, outputs }
}

const holdsComposite = ({ equations }: Program): boolean =>
  equations.some(
    ({ primitive: { lower }, params }) =>
      lower.kind === 'composite' || (lower.kind === 'scan' && holdsComposite((params as ScanParams).body)),
  )

/** The Program that replaces an operation; null if it stays. */
function replacement({ primitive, params, inputs }: Equation, whole: boolean): Program | null {
  const { lower } = primitive
  if (lower.kind === 'inline') return whole ? lower.program(params) : null
  if (lower.kind !== 'composite') return null
  return lower.program(
    inputs.map((a) => a.aval),
    params,
  )
}

/**
 * Appends the program's equations to `into`, with its variables replaced by those of `env`, and returns its outputs.
 *
 * @param whole whether `inline` operations are replaced as well as `composite` ones
 */
function expand(program: Program, env: Map<Var, Atom>, into: Equation[], top: boolean, whole: boolean): Atom[] {
  const look = (a: Atom): Atom => (isLiteral(a) ? a : (env.get(a) ?? a))
  for (const eq of program.equations) {
    const inputs = eq.inputs.map(look)
    const lower = eq.primitive.lower
    const inner = replacement(eq, whole)
    if (inner !== null) {
      const innerEnv = new Map<Var, Atom>(inner.inputs.map((v, i) => [v, inputs[i]!]))
      const outs = expand(inner, innerEnv, into, false, whole)
      eq.outputs.forEach((v, i) => env.set(v, outs[i]!))
      continue
    }
    // A program may be inlined several times: each time its results need new variables.
    const outs = top ? eq.outputs : eq.outputs.map((v): Var => ({ id: v.id, aval: v.aval }))
    if (!top) eq.outputs.forEach((v, i) => env.set(v, outs[i]!))
    const params =
      lower.kind === 'scan'
        ? {
            ...(eq.params as ScanParams),
            body: (whole ? inlineProgram : expandComposites)((eq.params as ScanParams).body),
          }
        : eq.params
    into.push({ primitive: eq.primitive, inputs, params, outputs: outs })
  }
  return program.outputs.map(look)
}

/** Drops equations that no output needs, and carries and sequences of scans that no output needs. */
export function prune(program: Program): Program {
  const live = new Set<Var>()
  const use = (a: Atom): void => {
    if (!isLiteral(a)) live.add(a)
  }
  program.outputs.forEach(use)
  const equations: Equation[] = []
  for (let i = program.equations.length - 1; i >= 0; i--) {
    const eq = program.equations[i]!
    if (!eq.outputs.some((v) => live.has(v))) continue
    const eq2 =
      eq.primitive.lower.kind === 'scan'
        ? pruneScan(
            eq,
            eq.outputs.map((v) => live.has(v)),
          )
        : eq
    eq2.inputs.forEach(use)
    equations.push(eq2)
  }
  return { inputs: program.inputs, equations: equations.reverse(), outputs: program.outputs }
}

function pruneScan(eq: Equation, live: readonly boolean[]): Equation {
  const p = eq.params as ScanParams
  const { body, constants: nc, carries: nk } = p
  const carryLive = live.slice(0, nk)
  const ysLive = live.slice(nk)
  // A carry is needed if its final value is read, or if a needed output or the next value of a needed carry reads it.
  let needed: Set<Var>
  for (;;) {
    needed = reads(
      body,
      body.outputs.filter((_, i) => (i < nk ? carryLive[i] : ysLive[i - nk])),
    )
    let grown = false
    for (let i = 0; i < nk; i++) {
      if (!carryLive[i] && needed.has(body.inputs[nc + i]!)) carryLive[i] = grown = true
    }
    if (!grown) break
  }
  const xs = p.xsAxes.map((_, i) => needed.has(body.inputs[nc + nk + i]!))
  const consts = body.inputs.slice(0, nc).map((v) => needed.has(v))
  const keepIn = [...consts, ...carryLive, ...xs],
    keepOut = [...carryLive, ...ysLive]
  if (keepIn.every(Boolean) && keepOut.every(Boolean)) return eq
  const params: ScanParams = {
    ...p,
    body: prune({
      inputs: body.inputs.filter((_, i) => keepIn[i]),
      equations: body.equations,
      outputs: body.outputs.filter((_, i) => keepOut[i]),
    }),
    constants: consts.filter(Boolean).length,
    carries: carryLive.filter(Boolean).length,
    xsAxes: p.xsAxes.filter((_, i) => xs[i]),
    ysAxes: p.ysAxes.filter((_, i) => ysLive[i]),
  }
  return {
    primitive: eq.primitive,
    inputs: eq.inputs.filter((_, i) => keepIn[i]),
    params,
    outputs: eq.outputs.filter((_, i) => keepOut[i]),
  }
}

/** All variables that the operands depend on. */
function reads(program: Program, roots: readonly Atom[]): Set<Var> {
  const live = new Set<Var>()
  for (const a of roots) if (!isLiteral(a)) live.add(a)
  for (let i = program.equations.length - 1; i >= 0; i--) {
    const eq = program.equations[i]!
    if (eq.outputs.some((v) => live.has(v))) for (const a of eq.inputs) if (!isLiteral(a)) live.add(a)
  }
  return live
}
