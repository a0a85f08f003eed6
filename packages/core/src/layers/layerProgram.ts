import { SpikewardError } from '../errors.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { runProgram } from '../interpreters/runProgram.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import { type AffineParams, affineOperands, affinePrimitive } from '../primitives/affinePrimitive.js'
import { stopGradientPrimitive } from '../primitives/pointwise/cast.js'
import type { ScanParams } from '../program/params.js'
import { shareEqual } from '../program/passes/simplify.js'
import type { Atom, Equation, Primitive, Program } from '../program/program.js'
import type { Tensor } from '../tensor/tensor.js'
import type { FloatDType } from '../tensor/dtype.js'
import { type Tree, treeFlatten, treeLeaves, treePaths } from '../tensor/tree.js'
import { type FlatFunction, flattenFunction } from '../transforms/flat.js'
import { bodyOf, isScan, runLoop, withBody } from './loops.js'

/** A use of a layer's weight, as transforms find it in a function. */
export type Layer = {
  /** Its name: that of the weight at its first use, with `#2`, `#3`, … at later ones. */
  readonly id: string
  /** Path of the weight in the parameters, as `treePaths` names it. */
  readonly name: string
  /** Paths of the parameters that weight, bias and input are computed from. */
  readonly weight: readonly string[]
  readonly bias: readonly string[]
  readonly input: readonly string[]
  /** Whether its weight is these parameters themselves, not a function of them. */
  readonly direct: boolean
  /** Shape and type of its pre-activation at one step. */
  readonly shape: readonly number[]
  readonly dtype: FloatDType
  /** Length of the last axis of its input. */
  readonly fanIn: number
  /** Steps of the loops that it is in; 1 outside. */
  readonly steps: number
  /** Ids of layers that its input is computed from with a derivative. */
  readonly reads: readonly string[]
  /** Those of them that it reads with no other layer between. */
  readonly readsNext: readonly string[]
  /** Positions of the arguments after the parameters that its input is computed from with a derivative. */
  readonly arguments: readonly number[]
}

/** A function as a Program whose layers have names, with the tensors of its inputs. */
export type LayerProgram = {
  readonly program: Program
  readonly layers: readonly Layer[]
  /** The origins of each variable, in loops too, after all steps. */
  readonly origins: ReadonlyMap<Atom, Origins>
  readonly inputs: readonly Tensor[]
  readonly flat: FlatFunction
}

/**
 * Traces a function of parameters and other arguments, and names its layers by the paths of their weights in the
 * parameters.
 */
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
  // A layer that is called again with the same input is one use, such as the value beside each derivative.
  const results = namesIn(shareEqual(program, true), [
    ...captured.map(() => nothing),
    ...treePaths(params).map((path): Origins => ({ all: new Set([{ path }]), near: new Set(), itself: path })),
    ...rest.flatMap((tree, argument) =>
      treeLeaves(tree).map((): Origins => ({ all: new Set([{ argument }]), near: new Set(), itself: null })),
    ),
  ])
  return { ...results, inputs: [...captured, ...leaves], flat }
}

/** A parameter, an argument or a layer that a value is computed from with a derivative. Each source is one object. */
type Source = { readonly path: string } | { readonly argument: number } | { readonly id: string }
/**
 * The sources of a value, the ids of layers that reach it through no other layer, and the path of the parameter that it
 * is itself.
 */
export type Origins = {
  readonly all: ReadonlySet<Source>
  readonly near: ReadonlySet<string>
  readonly itself: string | null
}

const nothing: Origins = { all: new Set(), near: new Set(), itself: null }
const union = (origins: readonly Origins[]): Origins => ({
  all: new Set(origins.flatMap((o) => [...o.all])),
  near: new Set(origins.flatMap((o) => [...o.near])),
  itself: null,
})
const pathsOf = ({ all }: Origins): string[] => [...all].flatMap((s) => ('path' in s ? [s.path] : []))

/**
 * A Program whose layers have no names, in loops too: transforms that follow do not see them, if they stop the gradient
 * of its operands.
 */
export const unnamed = (program: Program): Program => ({
  ...program,
  equations: program.equations.map((e) => {
    const body = bodyOf(e)
    if (body !== null) return { ...e, params: withBody(e, unnamed(body)) }
    if (e.primitive !== (affinePrimitive as Primitive)) return e
    return { ...e, params: { ...(e.params as AffineParams), name: null, id: null } satisfies AffineParams }
  }),
})

/** Names the layers of a Program, in loops too. */
function namesIn(program: Program, origins: readonly Origins[]): Pick<LayerProgram, 'program' | 'layers' | 'origins'> {
  const known = new Map<Atom, Origins>()
  const of = (a: Atom): Origins => known.get(a) ?? nothing
  const layers = new Map<string, Layer>()
  const ids = new Map<Equation, { readonly id: string }>()
  const idOf = (e: Equation, name: string, own: string | null): { readonly id: string } => {
    const before = ids.get(e)
    if (before !== undefined) return before
    const others = new Set([...ids.values()].map((s) => s.id))
    let id = own ?? name
    for (let i = 2; others.has(id); i++) id = `${name}#${i}`
    const source = { id }
    ids.set(e, source)
    return source
  }
  const visit = (p: Program, from: readonly Origins[], steps: number): [Program, Origins[]] => {
    p.inputs.forEach((v, i) => known.set(v, from[i]!))
    const layer = (e: Equation): Equation => {
      const params = e.params as AffineParams
      const { x, weights, bias } = affineOperands(params, e.inputs)
      const paths = pathsOf(union(weights.map(of)))
      const name = params.name ?? commonPath(paths)
      if (name === '') {
        e.outputs.forEach((v) => known.set(v, union(e.inputs.map(of))))
        return e
      }
      const source = idOf(e, name, params.id)
      const from = [...of(x).all]
      const { shape, dtype } = e.outputs[0]!.aval
      layers.set(source.id, {
        id: source.id,
        name,
        weight: paths,
        bias: bias === null ? [] : pathsOf(of(bias)),
        input: pathsOf(of(x)),
        direct: weights.every((a) => of(a).itself !== null),
        shape,
        dtype: dtype as FloatDType,
        fanIn: x.aval.shape.at(-1) ?? 1,
        steps: steps * params.steps,
        reads: from.flatMap((s) => ('id' in s ? [s.id] : [])),
        readsNext: [...of(x).near],
        arguments: [...new Set(from.flatMap((s) => ('argument' in s ? [s.argument] : [])))],
      })
      const all = new Set([...union(e.inputs.map(of)).all, source])
      e.outputs.forEach((v) => known.set(v, { all, near: new Set([source.id]), itself: null }))
      return { ...e, params: { ...params, name, id: source.id } satisfies AffineParams }
    }
    const loop = (e: Equation, body: Program): Equation => {
      const { length } = e.params as { readonly length: number }
      // The sources of a carry grow with the steps, until a step adds no more.
      let inner = e.inputs.map(of)
      for (;;) {
        const [next, outs] = visit(body, inner, steps * length)
        const wider = inner.map((o, i) => {
          const carry = i - carriesFrom(e)
          return carry >= 0 && carry < carriesOf(e) ? union([o, outs[carry]!]) : o
        })
        if (wider.every((o, i) => o.all.size === inner[i]!.all.size && o.near.size === inner[i]!.near.size)) {
          e.outputs.forEach((v, i) => known.set(v, outs[i]!))
          return { ...e, params: withBody(e, next) }
        }
        inner = wider
      }
    }
    const equations = p.equations.map((e): Equation => {
      const body = bodyOf(e)
      if (body !== null) return loop(e, body)
      if (e.primitive === (affinePrimitive as Primitive)) return layer(e)
      const all = e.primitive === (stopGradientPrimitive as Primitive) ? nothing : union(e.inputs.map(of))
      e.outputs.forEach((v) => known.set(v, all))
      return e
    })
    return [{ ...p, equations }, p.outputs.map(of)]
  }
  const visited = visit(program, origins, 1)[0]
  return { program: visited, layers: [...layers.values()], origins: known }
}

const carriesFrom = (e: Equation): number => (isScan(e) ? (e.params as ScanParams).constants : 0)
const carriesOf = (e: Equation): number => (isScan(e) ? (e.params as ScanParams).carries : 0)

/** The longest path that all paths begin with; empty if there is none. */
function commonPath(paths: readonly string[]): string {
  const [first, ...others] = paths.map((p) => p.split('.'))
  if (first === undefined) return ''
  const end = first.findIndex((part, i) => others.some((o) => o[i] !== part))
  return (end < 0 ? first : first.slice(0, end)).join('.')
}

/** A layer as an operation: its names and its operands. */
export type LayerCall = {
  readonly id: string
  readonly name: string
  readonly params: AffineParams
  readonly operands: readonly Tensor[]
}

/**
 * Runs a Program under the interpreter in charge, with its named layers replaced, inside loops too. Tensors that the
 * replacement closes over become constants of the loops.
 */
export const runLayers = (
  program: Program,
  inputs: readonly Tensor[],
  replace: (call: LayerCall) => readonly Tensor[],
): Tensor[] =>
  runProgram(program, inputs, (e, operands) => {
    const params = e.params as AffineParams
    if (e.primitive === (affinePrimitive as Primitive) && params.name !== null && params.id !== null)
      return replace({ name: params.name, id: params.id, params, operands })
    const body = bodyOf(e)
    if (body === null || !hasLayers(body)) return bind(e.primitive, operands, e.params)
    return runLoop(e, operands, [], (xs) => ({ outs: runLayers(body, xs, replace), more: [] })).outs
  })

/** The ids of the named layers of a Program, in loops too. */
export const layersIn = (program: Program): string[] =>
  program.equations.flatMap((e) => {
    if (e.primitive === (affinePrimitive as Primitive)) return (e.params as AffineParams).id ?? []
    const body = bodyOf(e)
    return body === null ? [] : layersIn(body)
  })

/** Whether a Program has named layers, in loops too. */
export const hasLayers = (program: Program): boolean => layersIn(program).length > 0

/** The error for a name that no layer has. */
export const unknownLayer = (transform: string, name: string, names: readonly string[]): SpikewardError =>
  new SpikewardError(
    'UNKNOWN_LAYER',
    `${transform}: no layer is named '${name}'; the layers are ${names.map((n) => `'${n}'`).join(', ') || 'none'}; a layer is an affine() whose weight is a parameter, named by its path`,
  )

/** The names of layers' uses. */
export const idsOf = (layers: readonly Layer[]): string[] => layers.map((l) => l.id)
