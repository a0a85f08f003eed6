import { SpikewardError } from '../errors.js'
import { zerosLike } from '../numpy/create.js'
import { add, mul } from '../numpy/elementwise.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import { treeFlatten, treeLeaves, treeUnflatten } from '../tensor/tree.js'
import { restore } from '../transforms/flat.js'
import { advance, averagedTraces, factorisedTraces, presynapticTraces, synapseTraces } from './layerTraces.js'
import type { Errors, LayerGradient, LayerTraces } from './layerTraces.js'
import {
  constantLayers,
  derivativesOf,
  errorsOf,
  firstOf,
  inputShapes,
  isProduct,
  layerParameters,
  parametersOf,
  plainRun,
  statesOfLayer,
  sumTo,
  tracedStep,
} from './onlineStep.js'
import type { TracedStep } from './onlineStep.js'

/** The rules of {@link online}. */
export const onlineRules = ['dRtrl', 'esDRtrl', 'eProp', 'ottt'] as const

/** The name of a rule of {@link online}. */
export type OnlineRule = (typeof onlineRules)[number]

/** Options of {@link online}. */
export interface OnlineOptions {
  /**
   * - `dRtrl` (default): exact traces within each unit, real-time recurrent learning with a diagonal Jacobian. Memory
   *   samples × weights; samples × inputs where D and Df are constant, such as with a fixed leak and a detached reset.
   * - `esDRtrl`: the trace of a synapse as a product of two averages. Memory samples × (inputs + units).
   * - `eProp`: the traces of `dRtrl`; errors reach a layer from the result without passing another layer with states.
   * - `ottt`: one presynaptic trace with the decay `decay`, and the error of the present step. Memory samples × inputs.
   */
  readonly rule?: OnlineRule
  /** Decay of the averages of `esDRtrl` (α) and of the trace of `ottt` (λ), from 0 to below 1. Default 0.9. */
  readonly decay?: number
}

/** The values that an online step passes on: the states of the network, and the eligibility traces. */
export type OnlineCarry<S extends Tree> = { readonly state: S; readonly traces: Tree }

/** A time step that carries eligibility traces. */
export interface Online<P extends Tree, S extends Tree, X extends Tree, Y extends Tree> {
  /** The carry before the first step, with traces of 0. Only shapes and types of `x` matter. */
  init(params: P, state: S, x: X): OnlineCarry<S>
  /**
   * One step.
   *
   * @returns the next carry, the result y_t, and a function from a cotangent of y_t, such as the gradient of the loss L_t by y_t, to
   *   the gradient of the parameters
   */
  step(params: P, carry: OnlineCarry<S>, x: X): readonly [OnlineCarry<S>, Y, (cotangent: Y) => P]
}

/**
 * Online learning for a time step of any network: a step that also carries eligibility traces, so that the gradient of each step's loss is
 * there in that step. Memory does not depend on the number of steps, and nothing runs backwards in time.
 *
 * With h the states of the units, a_t = L(x_t, W) + b the pre-activations of a layer, D_t = ∂h_t/∂h_{t−1} within a unit and Df_t = ∂h_t/∂a_t:
 *
 *     ∇W = Σ_t x_t ⊗ ∂L_t/∂a_t + ε_{t−1} ∂L_t/∂h_{t−1},   ε_t = D_t ε_{t−1} + x_t ⊗ Df_t
 *
 * Layers are found in the traced step: every {@link affine} and {@link affineMap}. Forward mode gives D and Df of any neuron model, spikes and
 * resets included; errors within a step pass down through layers by reverse mode. Learned coefficients of units, such as leaks, and
 * biases have traces of their own. States that cannot influence a later result carry no traces.
 *
 * The sum of the gradients over time is exact for every layer whose units act on later results through their own states alone: the last layer with
 * states, without recurrent weights, and the readout above it. Otherwise it omits the effect
 *
 * - through recurrent weights: a layer that reads states which it moves itself passes no error to the step before;
 * - of a layer below on later results through the states of a layer above; its effect on the result of the same step is there.
 *
 * @param step one time step: from parameters, states and input to [next states, result], with samples along axis 0
 * @throws NOT_ONLINE if a state depends on a layer or a state through an operation that mixes units, or if a layer is in a loop of the
 *   step; NOT_FACTORISED if a layer other than a product has traces that do not factorise; STRUCTURE_MISMATCH; INVALID_OPTION
 * @see BrainTrace (Nature Communications 2026, 10.1038/s41467-026-68453-w) for D-RTRL and ES-D-RTRL, whose errors are by new states; Bellec et
 *   al. 2020 for e-prop; Xiao et al. 2022 (2210.04195) for OTTT
 * @example
 * const learn = online((p: Affine, u: Tensor, x: Tensor) => {
 *   const next = add(mul(u, 0.9), affine(p, x))
 *   return [next, next]
 * })
 * let carry = learn.init(params, zeros([1, 2]), x)
 * const [next, y, pull] = learn.step(params, carry, x)
 * const gradient = pull(sub(y, target))
 */
export function online<P extends Tree, S extends Tree, X extends Tree, Y extends Tree>(
  step: (params: P, state: S, x: X) => readonly [S, Y],
  { rule = 'dRtrl', decay = 0.9 }: OnlineOptions = {},
): Online<P, S, X, Y> {
  if (!onlineRules.includes(rule))
    throw new SpikewardError(
      'INVALID_OPTION',
      `online: rule is ${JSON.stringify(rule)}; choose one of ${onlineRules.join(', ')}`,
    )
  if (!(decay >= 0 && decay < 1))
    throw new SpikewardError('INVALID_OPTION', `online: decay is ${decay}; give a number from 0 to below 1`)
  const flatStep = step as unknown as (params: P, ...rest: readonly [S, X]) => Tree
  return {
    init(params, state, x) {
      const found = tracedStep(flatStep, params, state, x, rule === 'eProp')
      const all = tracesOf(found, rule, decay)
      return {
        state,
        traces: {
          layers: Object.fromEntries([...all].map(([id, t]) => [id, t.start()])),
          parameters: Object.fromEntries(
            parametersOf(found).map(([p, states]) => [
              p,
              Object.fromEntries(states.map((j) => [j, zerosLike(found.states[j]!)])),
            ]),
          ),
        },
      }
    },
    step(params, carry, x) {
      const found = tracedStep(flatStep, params, carry.state, x, rule === 'eProp')
      const all = tracesOf(found, rule, decay)
      const { layers: before, parameters } = carry.traces as Carried
      const { outs, inputs } = plainRun(found)
      const [state, y] = restore<[S, Y]>(found.own.flat, outs)
      const derivatives = derivativesOf(found, found.leaves)
      const layers = Object.fromEntries(
        [...all].map(([id, t]) => [
          id,
          t.next(before[id]!, inputs.get(id)!, { states: derivatives.states, layer: derivatives.layers.get(id)! }),
        ]),
      )
      const moved = Object.fromEntries(
        parametersOf(found).map(([p, states]) => {
          const own = { states: derivatives.states, layer: derivatives.parameters.get(p)! }
          return [p, advance(states, parameters[p]!, own, (d) => d, null)]
        }),
      )
      const pull = (cotangent: Y): P => {
        const errors = errorsOf(found, treeLeaves(cotangent))
        const gradients = new Map(
          found.own.layers.map(({ id }): [string, LayerGradient] => {
            const own: Errors = { layer: errors.layers[id]!, states: errors.states }
            const traces = all.get(id)
            const x = inputs.get(id)!
            if (traces === undefined) return [id, { terms: [{ input: x, bias: 1, error: own.layer }] }]
            return [id, traces.gradient(before[id]!, layers[id]!, x, own)]
          }),
        )
        const byLayers = layerParameters(found, gradients)
        const total = found.parameters.map((p, i) => {
          const past = Object.entries(parameters[i] ?? {}).flatMap(([j, trace]) => {
            const error = errors.states.get(Number(j))
            return error === undefined ? [] : [sumTo(mul(error, trace), p.shape)]
          })
          return [byLayers[i]!, errors.parameters[i]!, ...past].reduce((a, b) => add(a, b))
        })
        return treeUnflatten(treeFlatten(params).structure, total) as P
      }
      return [{ state, traces: { layers, parameters: moved } }, y, pull]
    },
  }
}

/** Traces as they are carried: by layer, and by position of a parameter and of a state. */
type Carried = {
  readonly layers: { readonly [id: string]: Tree }
  readonly parameters: { readonly [index: string]: { readonly [state: string]: Tensor } }
}

/** The traces of each layer with states. */
function tracesOf(found: TracedStep, rule: OnlineRule, decay: number): ReadonlyMap<string, LayerTraces> {
  const constant = rule === 'dRtrl' || rule === 'eProp' ? constantLayers(found) : null
  const inputs = inputShapes(found)
  const all = new Map<string, LayerTraces>()
  for (const { id, shape, dtype } of found.own.layers) {
    if (!found.dynamics.dynamic.has(id)) continue
    const states = statesOfLayer(found, id)
    const input = inputs.get(id)!
    if (rule === 'ottt') all.set(id, presynapticTraces({ shape: input, dtype }, decay))
    else if (rule === 'esDRtrl') all.set(id, averagedTraces(states, { shape: input, dtype }, shape, decay))
    else if (constant!.has(id)) all.set(id, factorisedTraces(states, { shape: input, dtype }, firstOf))
    else if (isProduct(found.calls.get(id)!))
      all.set(id, synapseTraces(states, [input[0]!, input[1]!, shape[1]!], dtype))
    else
      throw new SpikewardError(
        'NOT_FACTORISED',
        `online: the traces of the layer '${id}' do not factorise, and its linear map is not a product of [samples, inputs] with [inputs, units]; choose rule 'esDRtrl' or 'ottt', or a fixed leak and a detached reset`,
      )
  }
  return all
}
