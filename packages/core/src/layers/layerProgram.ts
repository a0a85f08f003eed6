import { SpikewardError } from '../errors.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { evaluateEquation } from '../interpreters/evaluateEquation.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import { affineOperands, affinePrimitive } from '../primitives/affinePrimitive.js'
import type { AffineParams } from '../primitives/affinePrimitive.js'
import { overTimePrimitive } from '../primitives/overTimePrimitive.js'
import type { OverTimeParams } from '../primitives/overTimePrimitive.js'
import { scanPrimitive } from '../primitives/scanPrimitive.js'
import type { ScanParams } from '../program/params.js'
import type { Atom, Equation, Primitive, Program, Var } from '../program/program.js'
import { isLiteral } from '../program/program.js'
import { LiteralTensor } from '../tensor/tensor.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import { treeFlatten, treePaths } from '../tensor/tree.js'
import { flattenFunction } from '../transforms/flat.js'
import type { FlatFunction } from '../transforms/flat.js'

/** A function as a Program whose layers have names, with the tensors of its inputs. */
export type LayerProgram = {
  readonly program: Program
  readonly inputs: readonly Tensor[]
  readonly flat: FlatFunction
}

/** Traces a function of parameters and other arguments, and names its layers by the paths of their weights in the parameters. */
export function layerProgram<P extends Tree, A extends readonly Tree[], R extends Tree>(
  fn: (params: P, ...rest: A) => R,
  params: P,
  rest: A,
): LayerProgram {
  const { leaves, structure } = treeFlatten([params, ...rest])
  const flat = flattenFunction(fn as (...args: readonly Tree[]) => R, structure)
  const { program, captured } = traceFlat(
    flat,
    leaves.map((t) => t.aval),
  )
  const paths = treePaths(params)
  const origins = program.inputs.map((_, i): Origins => {
    const path = paths[i - captured.length]
    return new Set(path === undefined ? [] : [path])
  })
  return { program: named(program, origins), inputs: [...captured, ...leaves], flat }
}

/** Paths of the parameters that a value is computed from. */
type Origins = ReadonlySet<string>

const union = (all: readonly Origins[]): Origins => new Set(all.flatMap((o) => [...o]))

/** What a loop's body, or a step of `overTime`, is to the operands of the operation. */
export const bodyOf = ({ primitive, params }: Equation): Program | null => {
  if (primitive === (scanPrimitive as Primitive)) return (params as ScanParams).body
  return primitive === (overTimePrimitive as Primitive) ? (params as OverTimeParams).step : null
}

const withBody = ({ primitive, params }: Equation, body: Program): unknown =>
  primitive === (scanPrimitive as Primitive)
    ? { ...(params as ScanParams), body }
    : { ...(params as OverTimeParams), step: body }

/** Names the layers of a Program; layers whose weight has another origin get another name. */
function named(program: Program, origins: readonly Origins[]): Program {
  const names = new Map<string, Var | number>()
  const nameOf = (path: string, weight: Var): string => {
    for (let i = 1; ; i++) {
      const name = i === 1 ? path : `${path}#${i}`
      const owner = names.get(name)
      if (owner === undefined) names.set(name, weight)
      if (owner === undefined || owner === weight) return name
    }
  }
  const visit = (p: Program, from: readonly Origins[], outer: ReadonlyMap<Var, Var>): [Program, Origins[]] => {
    const known = new Map<Var, Origins>(p.inputs.map((v, i) => [v, from[i]!]))
    const of = (a: Atom): Origins => (isLiteral(a) ? new Set<string>() : (known.get(a) ?? new Set<string>()))
    const outermost = (v: Var): Var => outer.get(v) ?? v
    const equations = p.equations.map((e): Equation => {
      const ins = e.inputs.map(of)
      const body = bodyOf(e)
      if (body !== null) {
        const same = new Map(
          body.inputs.flatMap((v, i) => {
            const a = e.inputs[i]!
            return isLiteral(a) ? [] : [[v, outermost(a)] as const]
          }),
        )
        // What a carry is computed from grows with the steps, until a step adds no more.
        let inner = ins
        for (;;) {
          const [next, outs] = visit(body, inner, same)
          const wider = inner.map((o, i) => {
            const carry = i - carriesFrom(e)
            return carry >= 0 && carry < carriesOf(e) ? union([o, outs[carry]!]) : o
          })
          if (wider.every((o, i) => o.size === inner[i]!.size)) {
            e.outputs.forEach((v, i) => known.set(v, outs[i]!))
            return { ...e, params: withBody(e, next) }
          }
          inner = wider
        }
      }
      e.outputs.forEach((v) => known.set(v, union(ins)))
      if (e.primitive !== (affinePrimitive as Primitive)) return e
      const params = e.params as AffineParams
      const { weights } = affineOperands(params, e.inputs)
      const path = commonPath([...union(weights.map(of))])
      const first = weights.find((a): a is Var => !isLiteral(a))
      if (params.name !== null || path === '' || first === undefined) return e
      return { ...e, params: { ...params, name: nameOf(path, outermost(first)) } satisfies AffineParams }
    })
    return [{ ...p, equations }, p.outputs.map(of)]
  }
  return visit(program, origins, new Map())[0]
}

const carriesFrom = (e: Equation): number =>
  e.primitive === (scanPrimitive as Primitive) ? (e.params as ScanParams).constants : 0
const carriesOf = (e: Equation): number =>
  e.primitive === (scanPrimitive as Primitive) ? (e.params as ScanParams).carries : 0

/** The longest path that all paths begin with; empty if there is none. */
function commonPath(paths: readonly string[]): string {
  const [first, ...others] = paths.map((p) => p.split('.'))
  if (first === undefined) return ''
  const end = first.findIndex((part, i) => others.some((o) => o[i] !== part))
  return (end < 0 ? first : first.slice(0, end)).join('.')
}

/** A layer as an operation: its name, its operands, and the number of steps that see it, 1 outside of loops. */
export type LayerCall = {
  readonly name: string
  readonly params: AffineParams
  readonly operands: readonly Tensor[]
  readonly steps: number
}

/**
 * Runs a Program under the interpreter in charge, with its named layers replaced, inside loops too. Tensors that the replacement closes
 * over become constants of the loops.
 */
export function runLayers(
  program: Program,
  inputs: readonly Tensor[],
  replace: (call: LayerCall) => readonly Tensor[],
  steps = 1,
): Tensor[] {
  const values = new Map<Var, Tensor>(program.inputs.map((v, i) => [v, inputs[i]!]))
  const value = (a: Atom): Tensor => (isLiteral(a) ? new LiteralTensor(a.aval, a.literal) : values.get(a)!)
  for (const e of program.equations) {
    const results = runEquation(e, value, replace, steps)
    e.outputs.forEach((v, i) => values.set(v, results[i]!))
  }
  return program.outputs.map(value)
}

function runEquation(
  e: Equation,
  value: (a: Atom) => Tensor,
  replace: (call: LayerCall) => readonly Tensor[],
  steps: number,
): readonly Tensor[] {
  const operands = e.inputs.map(value)
  if (e.primitive === (affinePrimitive as Primitive)) {
    const params = e.params as AffineParams
    return params.name === null
      ? bind(affinePrimitive, operands, params)
      : replace({ name: params.name, params, operands, steps: steps * params.steps })
  }
  const body = bodyOf(e)
  if (body === null || layersIn(body).length === 0) return evaluateEquation(e, (v) => value(v))
  if (e.primitive === (scanPrimitive as Primitive)) {
    const p = e.params as ScanParams
    const inner = traceFlat(
      (...xs) => runLayers(body, xs, replace, steps * p.length),
      body.inputs.map((v) => v.aval),
    )
    const params = { ...p, body: inner.program, constants: inner.captured.length + p.constants }
    return bind(scanPrimitive, [...inner.captured, ...operands], params)
  }
  const p = e.params as OverTimeParams
  const inner = traceFlat(
    (...xs) => runLayers(body, xs, replace, steps * p.length),
    body.inputs.map((v) => v.aval),
  )
  const params = { ...p, step: inner.program, constants: inner.captured.length + p.constants }
  return bind(overTimePrimitive, [...inner.captured, ...operands], params)
}

/** A layer of a function, as a transform finds it. */
export type Layer = {
  /** Path of its weight in the parameters. */
  readonly name: string
  /** Shape and type of its pre-activation at one step. */
  readonly shape: readonly number[]
  readonly dtype: 'f32' | 'f64'
  /** Steps of the loops that it is in; 1 outside. */
  readonly steps: number
}

/** The named layers of a Program in the order of the forward pass, each once. */
export function layersIn(program: Program, steps = 1): Layer[] {
  const found = new Map<string, Layer>()
  const add = (layer: Layer): void => {
    const before = found.get(layer.name)
    found.set(layer.name, before === undefined ? layer : { ...before, steps: before.steps + layer.steps })
  }
  for (const e of program.equations) {
    const body = bodyOf(e)
    if (body !== null) layersIn(body, steps * (e.params as { readonly length: number }).length).forEach(add)
    if (e.primitive !== (affinePrimitive as Primitive)) continue
    const { name, steps: own } = e.params as AffineParams
    const { shape, dtype } = e.outputs[0]!.aval
    if (name !== null) add({ name, shape, dtype: dtype as Layer['dtype'], steps: steps * own })
  }
  return [...found.values()]
}

/** The error for a name that no layer has. */
export const unknownLayer = (transform: string, name: string, layers: readonly Layer[]): SpikewardError =>
  new SpikewardError(
    'UNKNOWN_LAYER',
    `${transform}: no layer is named '${name}'; the layers are ${layers.map((l) => `'${l.name}'`).join(', ') || 'none'}; a layer is an affine() whose weight is a parameter, named by its path`,
  )
