import { bind } from '../interpreters/currentInterpreter.js'
import { runProgram } from '../interpreters/runProgram.js'
import { add, div, mul } from '../numpy/elementwise.js'
import { concatenate, reshape } from '../numpy/shape.js'
import { type AffineParams, affinePrimitive } from '../primitives/affinePrimitive.js'
import type { Atom, Primitive, Program } from '../program/program.js'
import { isFloat } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import { restore } from '../transforms/flat.js'
import { layerProgram } from './layerProgram.js'
import { bodyOf, runLoop } from './loops.js'
import type { ByLayer } from './perturb.js'
import { type Units, unitsOf } from './units.js'

/** Options of {@link collect}. */
export type CollectOptions = {
  /**
   * The input of a layer, its pre-activation, or the spikes or membranes of the units that it drives. Default `input`.
   */
  readonly at?: 'input' | 'preActivation' | 'spikes' | 'membranes'
  /**
   * Of values in time loops, the mean over the steps, or the value after each step with time as axis 0. Default `mean`.
   */
  readonly time?: 'mean' | 'each'
}

/**
 * A function that also returns the presynaptic input of each of its layers: x of a = L(x, W) + b, and in a time loop
 * its mean over the steps, which is summed while the loop runs, so that memory does not depend on the number of steps.
 * With `at: 'preActivation'` it returns a in the same way. With `spikes` and `membranes` it returns those of the
 * spiking units in time loops, for any neuron model: H(u − θ), and the state u that H reads, after the step.
 *
 * Because a layer is affine, its mean pre-activation is L(x̄, W) + b, and the gradient of its weight for an error
 * signal that is constant over time is the adjoint of L(x̄, ·); see {@link layerGradient}.
 *
 * @returns function of parameters and other arguments, with the result and, by the ids of {@link layersOf}, the inputs
 *   or pre-activations; spikes and membranes by the names of the layers that drive the units, with `#2` for other units
 *   that a layer drives
 * @see flax's `Module.sow`, which the author of a network calls at each place
 * @example
 * const [y, inputs] = collect(network.apply)(params, x); inputs['readout.weight'] // mean rates, [N, n]
 * const [, spikes] = collect(network.apply, { at: 'spikes', time: 'each' })(params, x); spikes['layers.0.weight'] // [T, N, n]
 */
export const collect =
  <P extends Tree, A extends readonly Tree[], R extends Tree>(
    fn: (params: P, ...rest: A) => R,
    { at = 'input', time = 'mean' }: CollectOptions = {},
  ) =>
  (params: P, ...rest: A): [R, ByLayer] => {
    const own = layerProgram(fn, params, rest)
    const units = at === 'spikes' || at === 'membranes' ? unitsOf(own) : []
    const watch: Watch = { at, units, time: time === 'mean' ? 'sum' : 'each' }
    const { outs, values } = run(own.program, own.inputs, watch)
    const byLayer = new Map<string, Value & { readonly tensor: Tensor }>()
    valuesIn(own.program, watch).forEach((value, i) => {
      const [tensor, before] = [values[i]!, byLayer.get(value.id)]
      const both =
        before === undefined
          ? tensor
          : time === 'mean'
            ? add(before.tensor, tensor)
            : concatenate([before.tensor, tensor])
      byLayer.set(value.id, { ...value, steps: (before?.steps ?? 0) + value.steps, tensor: both })
    })
    const ids = [...own.layers, ...units].map(({ id }) => id)
    return [
      restore<R>(own.flat, outs),
      Object.fromEntries(
        ids.flatMap((id) => {
          const value = byLayer.get(id)
          if (value === undefined) return []
          return [[id, time === 'each' || value.steps === 1 ? value.tensor : div(value.tensor, value.steps)]]
        }),
      ),
    ]
  }

type Watch = { readonly at: CollectOptions['at']; readonly units: readonly Units[]; readonly time: 'sum' | 'each' }

/** A value to collect, the loops around it, and the steps that see it. */
type Value = { readonly id: string; readonly atom: Atom; readonly loops: number; readonly steps: number }

/** The values to collect in a Program outside of its loops. */
function valuesAt({ equations }: Program, { at, units }: Watch): readonly Value[] {
  const outputs = new Set<Atom>(equations.flatMap((e) => e.outputs))
  const ofUnits = units.flatMap(({ id, spikes, membrane }) => {
    const atom = at === 'spikes' ? spikes : membrane
    return outputs.has(spikes) && atom !== null ? [{ id, atom, loops: 0, steps: 1 }] : []
  })
  const ofLayers = equations.flatMap((e) => {
    const p = e.params as AffineParams
    if (at === 'spikes' || at === 'membranes' || e.primitive !== (affinePrimitive as Primitive) || p.id === null)
      return []
    return [{ id: p.id, atom: at === 'input' ? e.inputs[p.captured]! : e.outputs[0]!, loops: 0, steps: p.steps }]
  })
  return [...ofUnits, ...ofLayers].filter(({ atom }) => isFloat(atom.aval.dtype))
}

/** All values to collect in a Program, those of its loops first. */
const valuesIn = (program: Program, watch: Watch): readonly Value[] => [
  ...program.equations.flatMap((e) => {
    const body = bodyOf(e)
    const { length } = (e.params ?? {}) as { readonly length: number }
    const inner = body === null ? [] : valuesIn(body, watch)
    return inner.map((v) => ({ ...v, loops: v.loops + 1, steps: v.steps * length }))
  }),
  ...valuesAt(program, watch),
]

/** Runs a Program, and collects values in the order of {@link valuesIn}. */
function run(program: Program, inputs: readonly Tensor[], watch: Watch) {
  const own = valuesAt(program, watch)
  const values: Tensor[] = []
  const whole = { ...program, outputs: [...program.outputs, ...own.map(({ atom }) => atom)] }
  const outs = runProgram(whole, inputs, (e, operands) => {
    const body = bodyOf(e)
    const seen = body === null ? [] : valuesIn(body, watch)
    if (body === null || seen.length === 0) return bind(e.primitive, operands, e.params)
    const loop = runLoop(
      e,
      operands,
      seen.map(({ atom }) => atom.aval),
      (xs) => {
        const inner = run(body, xs, watch)
        return { outs: inner.outs, more: inner.values }
      },
      watch.time,
    )
    values.push(...loop.more.map((t, i) => (watch.time === 'each' && seen[i]!.loops > 0 ? joinLoops(t) : t)))
    return loop.outs
  })
  const last = outs.splice(program.outputs.length)
  return {
    outs,
    values: [
      ...values,
      ...last.map((t, i) => (own[i]!.steps === 1 || watch.time === 'each' ? t : mul(t, own[i]!.steps))),
    ],
  }
}

/** Steps of a loop in a loop, [L, T, …], as steps, [L · T, …]. */
const joinLoops = (t: Tensor): Tensor => reshape(t, [t.shape[0]! * t.shape[1]!, ...t.shape.slice(2)])

/** Spikes and membranes of a layer's units after each time step, both [T, N, n]; [] for units without a membrane. */
export type LayerRecord = { readonly spikes: Tensor; readonly membranes: Tensor | readonly [] }

/**
 * A function that returns spikes and membranes of a network after each time step, which training computes and does not
 * store: those that {@link collect} finds in time loops. All time steps are in memory.
 *
 * @returns function of parameters and other arguments, with the records by the names of the layers that drive the
 *   units, in the order of the forward pass
 * @example neuronsOf(network.apply)(variables, x)['trained.layers.0.weight'].spikes // [T, N, n]
 */
export const neuronsOf =
  <P extends Tree, A extends readonly Tree[]>(fn: (params: P, ...rest: A) => Tree) =>
  (params: P, ...rest: A): { readonly [name: string]: LayerRecord } => {
    const spiking = collect(fn, { at: 'spikes', time: 'each' })
    const [[, spikes], membranes] = collect(spiking, { at: 'membranes', time: 'each' })(params, ...rest)
    return Object.fromEntries(
      Object.entries(spikes).map(([id, own]) => [id, { spikes: own, membranes: membranes[id] ?? [] }]),
    )
  }
