import { addPrimitive, mulPrimitive } from '../../primitives/pointwise/arithmetic.js'
import { broadcastPrimitive } from '../../primitives/broadcast.js'
import { type IotaParams, iotaPrimitive } from '../../primitives/iota.js'
import { reshapePrimitive } from '../../primitives/reshape.js'
import { scanPrimitive } from '../../primitives/scanPrimitive.js'
import { concatenatePrimitive } from '../../primitives/views.js'
import { aval, sizeOf } from '../../tensor/aval.js'
import type { BroadcastParams, DotParams, ScanParams } from '../params.js'
import { type Atom, type Equation, type Primitive, type Program, type Var, isLiteral } from '../program.js'
import { prune } from './inlineProgram.js'

/** Columns that are drawn at a time. */
const COLUMNS = 256

/** Operands with fewer elements are stored: 4 MiB in f32. */
const MIN_ELEMENTS = 1 << 20

/**
 * Draws do not move into longer scans, which would repeat them at every step. A simulation whose layers run in chunks
 * of 32 time steps has 64 chunks at 2,048 time steps; a product in each time step, as in a recurrent layer, is repeated
 * for each.
 */
const MAX_STEPS = 64

/**
 * A tensor that is computed element by element from element numbers and from values that are the same in all columns,
 * such as random numbers from a key: its equations in order, and these values, by the variables that the equations
 * name.
 */
type Cone = {
  readonly equations: readonly Equation[]
  readonly sources: ReadonlyMap<Var, Atom>
  readonly result: Var
}

/**
 * Draws large random operands of products block by block, so that no memory holds them whole: a product X V, where V
 * [n, m] is computed from its element numbers and a key and is used only there, becomes a loop that draws some columns
 * of V and multiplies by them. V has the same numbers. It is drawn as often as before, with one exception: a V that was
 * drawn before a scan and is used in its body is drawn again in every step, if the scan has at most {@link MAX_STEPS};
 * before a longer scan it is stored.
 *
 * A V with fewer than two blocks of columns is stored. Functions with a derivative rule of their own (`customJvp`),
 * whose programs are inlined when they are lowered, are left as they are.
 *
 * Other operands and results of such products are then stored, which a backend would otherwise compute tile by tile. V
 * was stored twice, once in the layout of products, so only operands larger than half the rest are treated.
 *
 * @param least elements of the smallest operand that is drawn in blocks
 */
export const drawInBlocks = (program: Program, least = MIN_ELEMENTS): Program =>
  prune(rewrite(program, new Map(), least))

const isScan = (e: Equation): boolean => e.primitive.lower.kind === 'scan'

function rewrite(program: Program, cones: ReadonlyMap<Var, Cone>, least: number): Program {
  const producers = new Map(program.equations.flatMap((e) => e.outputs.map((v) => [v, e] as const)))
  const uses = usesIn(program)
  const coneOf = (a: Atom): Cone | null =>
    isLiteral(a) || uses.get(a) !== 1 || sizeOf(a.aval.shape) < least ? null : (cones.get(a) ?? collect(a, producers))
  return {
    ...program,
    equations: program.equations.flatMap((e) => {
      if (isScan(e)) return [withDrawsInside(e, coneOf, least)]
      const cone = fits(e) ? coneOf(e.inputs[1]!) : null
      return cone === null ? [e] : productInBlocks(e, cone)
    }),
  }
}

function usesIn(program: Program): Map<Var, number> {
  const uses = new Map<Var, number>()
  for (const a of [...program.equations.flatMap((e) => e.inputs), ...program.outputs]) {
    if (!isLiteral(a)) uses.set(a, (uses.get(a) ?? 0) + 1)
  }
  return uses
}

/**
 * Whether an equation is a product whose second operand has a free last axis of two blocks or more and is larger than
 * half the rest.
 */
function fits({ primitive, params, inputs, outputs }: Equation): boolean {
  if (primitive.lower.kind !== 'dot') return false
  const [left, right] = inputs as readonly [Atom, Atom]
  const { contract, batch } = params as DotParams
  const last = right.aval.shape.length - 1
  if ((right.aval.shape[last] ?? 0) < 2 * COLUMNS) return false
  if (contract[1].includes(last) || batch[1].includes(last)) return false
  return 2 * sizeOf(right.aval.shape) > sizeOf(left.aval.shape) + sizeOf(outputs[0]!.aval.shape)
}

/** Whether a broadcast repeats its operand along the last axis. */
const isSameInColumns = ({ shape, axes }: BroadcastParams): boolean => !axes.includes(shape.length - 1)

/**
 * The equations from which a variable is computed element by element; null if it reads anything that differs between
 * columns.
 */
function collect(result: Var, producers: ReadonlyMap<Var, Equation>): Cone | null {
  const equations = new Set<Equation>()
  const sources = new Map<Var, Atom>()
  let numbered = false
  const visit = (v: Var): boolean => {
    const e = producers.get(v)
    if (e === undefined) return false
    if (equations.has(e)) return true
    const [first] = e.inputs
    if (e.primitive === (iotaPrimitive as Primitive)) {
      if ((e.params as IotaParams).dtype !== 'u32') return false
      numbered = true
    } else if (e.primitive === (broadcastPrimitive as Primitive)) {
      const params = e.params as BroadcastParams
      const { shape, axes } = params
      const last = axes.indexOf(shape.length - 1)
      if (isSameInColumns(params)) {
        if (!isLiteral(first!)) sources.set(first!, first!)
      } else if (isLiteral(first!) || first!.aval.shape[last] !== shape.at(-1) || !visit(first!)) return false
    } else if (e.primitive.lower.kind !== 'pointwise' || !e.inputs.every((a) => isLiteral(a) || visit(a))) return false
    equations.add(e)
    return true
  }
  return visit(result) && numbered ? { equations: [...equations], sources, result } : null
}

/** Appends equations to a list. */
function writer(into: Equation[]) {
  let id = 0
  return (primitive: Primitive<never>, inputs: readonly Atom[], params: unknown): readonly Var[] => {
    const source = primitive as Primitive
    const shapes = source.shape(
      inputs.map((a) => a.aval),
      params,
    )
    const outputs = shapes.map((a): Var => ({ id: id++, aval: a }))
    into.push({ primitive: source, inputs, params, outputs })
    return outputs
  }
}

/** The columns of a cone from `offset` on, `width` of them. */
function drawColumns(cone: Cone, width: number, offset: Atom, write: ReturnType<typeof writer>): Atom {
  const env = new Map<Var, Atom>()
  // One variable can be both: a vector whose columns are drawn, and whose entries are the same in all columns of a
  // matrix.
  const from = (variables: ReadonlyMap<Var, Atom>, a: Atom): Atom => (isLiteral(a) ? a : variables.get(a)!)
  const narrowed = <P extends { readonly shape: readonly number[] }>(p: P): P => ({
    ...p,
    shape: [...p.shape.slice(0, -1), width],
  })
  for (const e of cone.equations) {
    const iota = e.primitive === (iotaPrimitive as Primitive)
    const view = e.primitive === (broadcastPrimitive as Primitive)
    const params = iota || view ? narrowed(e.params as IotaParams | BroadcastParams) : e.params
    const inputs = e.inputs.map((a) =>
      from(view && isSameInColumns(e.params as BroadcastParams) ? cone.sources : env, a),
    )
    let outs: readonly Atom[] = write(e.primitive, inputs, params)
    if (iota) {
      const { shape, steps } = params as IotaParams
      const [start] = write(mulPrimitive, [offset, { literal: steps.at(-1)!, aval: aval([], 'u32') }], null)
      const [all] = write(broadcastPrimitive, [start!], { shape, axes: [] })
      outs = write(addPrimitive, [outs[0]!, all!], null)
    }
    e.outputs.forEach((v, i) => env.set(v, outs[i]!))
  }
  return env.get(cone.result)!
}

/** A product whose second operand is drawn while it is multiplied. */
function productInBlocks(e: Equation, cone: Cone): Equation[] {
  const equations: Equation[] = []
  const write = writer(equations)
  const [left] = e.inputs as readonly [Atom, Atom]
  const result = e.outputs[0]!
  const { shape } = result.aval
  const axis = shape.length - 1
  const columns = shape[axis]!
  const [length, rest] = [Math.floor(columns / COLUMNS), columns % COLUMNS]
  const parts: Atom[] = []
  if (length > 0) {
    const [offsets] = write(iotaPrimitive, [], { shape: [length], dtype: 'u32', steps: [COLUMNS] })
    const constants = [left, ...cone.sources.values()]
    const body = loopBody(e, cone, constants)
    const params: ScanParams = {
      body,
      length,
      constants: constants.length,
      carries: 0,
      xsAxes: [0],
      ysAxes: [axis],
      reverse: false,
      recompute: false,
    }
    const [blocks] = write(scanPrimitive, [...constants, offsets!], params)
    const whole = [...shape.slice(0, -1), length * COLUMNS]
    parts.push(write(reshapePrimitive, [blocks!], { shape: whole })[0]!)
  }
  if (rest > 0) {
    const offset = { literal: length * COLUMNS, aval: aval([], 'u32') }
    const block = drawColumns(cone, rest, offset, write)
    parts.push(write(e.primitive, [left, block], e.params)[0]!)
  }
  const params = parts.length > 1 ? { axis } : { shape }
  const primitive = (parts.length > 1 ? concatenatePrimitive : reshapePrimitive) as Primitive
  return [...equations, { primitive, inputs: parts, params, outputs: [result] }]
}

/** One block of columns: its draw and its product. */
function loopBody(e: Equation, cone: Cone, constants: readonly Atom[]): Program {
  const equations: Equation[] = []
  const inputs = constants.map((a, i): Var => ({ id: i, aval: a.aval }))
  const offset: Var = { id: inputs.length, aval: aval([], 'u32') }
  const sources = new Map([...cone.sources.keys()].map((v, i) => [v, inputs[i + 1]!]))
  const write = writer(equations)
  const block = drawColumns({ ...cone, sources }, COLUMNS, offset, write)
  const outputs = write(e.primitive, [inputs[0]!, block], e.params)
  return { inputs: [...inputs, offset], equations, outputs }
}

/** A scan whose body draws the constants that are operands of one of its products. */
function withDrawsInside(e: Equation, coneOf: (a: Atom) => Cone | null, least: number): Equation {
  const p = e.params as ScanParams
  const { body } = p
  const uses = usesIn(body)
  const inner = new Map<Var, Cone>()
  const operands: Atom[] = []
  const inputs: Var[] = []
  for (const [i, v] of body.inputs.slice(0, p.constants).entries()) {
    const user = uses.get(v) === 1 ? body.equations.find((q) => q.inputs[1] === v && fits(q)) : undefined
    const cone = user === undefined || p.length > MAX_STEPS ? null : coneOf(e.inputs[i]!)
    // The variable stays, for the product to name; its cone takes its place.
    const outer = cone === null ? [e.inputs[i]!] : [...cone.sources.values()]
    const own = cone === null ? [v] : outer.map((a): Var => ({ id: v.id, aval: a.aval }))
    if (cone !== null) inner.set(v, { ...cone, sources: new Map([...cone.sources.keys()].map((s, j) => [s, own[j]!])) })
    operands.push(...outer)
    inputs.push(...own)
  }
  const block = rewrite({ ...body, inputs: [...inputs, ...body.inputs.slice(p.constants)] }, inner, least)
  const params: ScanParams = { ...p, body: block, constants: inputs.length }
  return { ...e, params, inputs: [...operands, ...e.inputs.slice(p.constants)] }
}
