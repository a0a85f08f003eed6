import { SpikewardError } from '../errors.js'
import { tensor, zerosLike } from '../numpy/create.js'
import { add } from '../numpy/elementwise.js'
import { stack, take } from '../numpy/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { type Tree, treeFlatten, treeLeaves, treeMap, treeUnflatten } from '../tensor/tree.js'
import { restore } from '../transforms/flat.js'
import { scan } from '../transforms/scan.js'
import { vmap } from '../transforms/vmap.js'
import { filterDerivatives } from './inputFilters.js'
import { jointCoefficient, jointTraces } from './jointTraces.js'
import { type BlockCarry, type ExactStep, exactSequence, lossGradient } from './onlineBlock.js'
import type { LayerCall } from './layerProgram.js'
import {
  averagedTraces,
  exactTraces,
  meanSignal,
  meanTraces,
  presynapticTraces,
  unitCoefficient,
} from './layerTraces.js'
import type { ByState, CoefficientTraces, ExactTraces, Jacobian, LayerGradient, LayerTraces } from './layerTraces.js'
import {
  errorBelow,
  errorsOf,
  firstOf,
  inputOf,
  isJoint,
  isProduct,
  layerParameters,
  linearOf,
  parametersOf,
  plainRun,
  statesMovedBy,
  tracedStep,
  unitsOf,
  withDiagonal,
} from './onlineStep.js'
import type { TracedStep } from './onlineStep.js'
import { constantStates, derivativesAsMultiples, derivativesOf, jacobianOf, ratiosTo } from './unitDerivatives.js'
import { type Source, sameSource } from './unitDynamics.js'

/** The rules of {@link online}. */
export const onlineRules = ['dRtrl', 'esDRtrl', 'eProp', 'ottt', 'ostl', 'meanField'] as const

/** The name of a rule of {@link online}. */
export type OnlineRule = (typeof onlineRules)[number]

/** Options of {@link online}. */
export interface OnlineOptions {
  /**
   * - `dRtrl` (default): exact traces within each unit, real-time recurrent learning with a diagonal Jacobian. Memory
   *   samples × weights for each state; samples × inputs for a state whose D and Df are constant, such as a membrane
   *   with a fixed leak and a detached reset.
   * - `esDRtrl`: the trace of a synapse as a product of two averages. Memory samples × (inputs + units).
   * - `eProp`: the traces of `dRtrl`; errors reach a layer from the result without passing another layer with states.
   * - `ottt`: one presynaptic trace with the decay `decay`, and the error of the present step. Memory samples × inputs.
   * - `ostl`: traces also follow recurrent weights from unit to unit of a layer, so that the gradient of one recurrent
   *   layer is exact. Memory samples × weights × units, time by as much: for layers of tens of units.
   * - `meanField`: traces by the mean dynamics of a layer's units, as products; errors also reach the past of the
   *   layers below and of the units that recurrent weights come from. Exact where D and Df are the same for all units.
   *   Memory samples × (inputs + units) for each path of states.
   */
  readonly rule?: OnlineRule
  /** Decay of the averages of `esDRtrl` (α) and of the trace of `ottt` (λ), from 0 to below 1. Default 0.9. */
  readonly decay?: number
  /**
   * Recurrent weights that the traces of `dRtrl` and `eProp` follow: `none` (default), or `diagonal`, that of a unit to
   * itself (SnAp-1), of layers that are products with a square weight.
   */
  readonly recurrence?: 'none' | 'diagonal'
  /** How often a path of `meanField` passes the same layer; 2 follows recurrent weights over two spikes. Default 1. */
  readonly hops?: number
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
   * @returns the next carry, the result y_t, and a function from a cotangent of y_t, such as the gradient of the loss
   *   L_t by y_t, to the gradient of the parameters
   */
  step(params: P, carry: OnlineCarry<S>, x: X): readonly [OnlineCarry<S>, Y, (cotangent: Y) => P]
  /**
   * The steps of a sequence, and the sum of their gradients. `dRtrl` and `eProp` take it in blocks, so that a trace of
   * a synapse is read and written once in 8 to 32 steps: the same numbers, added in another order, in less than half
   * the time.
   *
   * @param xs inputs, time as axis 0
   * @param losses the losses of the samples from y_t and x_t, whose mean is L_t
   * @returns the carry after the last step, the sum of the losses over time, and Σ_t ∂L_t/∂θ
   */
  gradient(
    params: P,
    carry: OnlineCarry<S>,
    xs: X,
    losses: (y: Y, x: X) => Tensor,
  ): readonly [OnlineCarry<S>, Tensor, P]
}

/**
 * Online learning for a time step of any network: a step that also carries eligibility traces, so that the gradient of
 * each step's loss is there in that step. Memory does not depend on the number of steps, and nothing runs backwards in
 * time.
 *
 * With h the states of the units, a_t = L(x_t, W) + b the pre-activations of a layer, D_t = ∂h_t/∂h_{t−1} within a unit
 * and Df_t = ∂h_t/∂a_t:
 *
 *     ∇W = Σ_t x_t ⊗ ∂L_t/∂a_t + ε_{t−1} ∂L_t/∂h_{t−1},   ε_t = D_t ε_{t−1} + x_t ⊗ Df_t
 *
 * Layers are found in the traced step: every {@link affine} and {@link affineMap}. Forward mode gives D and Df of any
 * neuron model, spikes and resets included; errors within a step pass down through layers by reverse mode. Learned
 * coefficients of units, such as leaks, and biases have traces of their own. States that cannot influence a later
 * result carry no traces.
 *
 * The sum of the gradients over time is exact for every layer whose units act on later results through their own states
 * alone: the last layer with states, without recurrent weights, and the readout above it. Otherwise all rules but the
 * last two omit the effect
 *
 * - through recurrent weights: a layer that reads states which it moves itself passes no error to the step before
 *   (`ostl` follows it);
 * - of a layer below on later results through the states of a layer above; its effect on the result of the same step is
 *   there.
 *
 * `meanField` follows both. The input x of a layer, filtered as its units filter it, is one more state of the units
 * that x is computed from:
 *
 *     x̄_t = ⟨D_t⟩ x̄_{t−1} + ⟨Df_t⟩ x_t,   ∂L_t/∂x̄_{t−1} = Wᵀ (∂L_t/∂h_{t−1} ∘ β_{t−1} / c_{t−1})
 *
 * with ⟨ ⟩ the mean over samples and units, β the trace of the bias and c that of the mean. A layer whose input mixes
 * units, such as pooled spikes, passes errors within the step alone.
 *
 * @param step one time step: from parameters, states and input to [next states, result], with samples along axis 0
 * @throws NOT_ONLINE if a state depends on a layer or a state through an operation that mixes units, or if a layer is
 *   in a loop of the step; NOT_FACTORISED if a layer other than a product has traces that do not factorise;
 *   STRUCTURE_MISMATCH; INVALID_OPTION
 * @see BrainTrace (Nature Communications 2026, 10.1038/s41467-026-68453-w) for D-RTRL and ES-D-RTRL, whose errors are
 *   by new states; Bellec et al. 2020 for e-prop; Xiao et al. 2022 (2210.04195) for OTTT; Menick et al. 2020
 *   (2006.07232) for SnAp-1; Bohnstingl et al. 2022 (2007.12723) for OSTL, which passes errors to the
 *   layer below within the step, as here. `meanField` is of this library.
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
  { rule = 'dRtrl', decay = 0.9, hops = 1, recurrence = 'none' }: OnlineOptions = {},
): Online<P, S, X, Y> {
  if (!onlineRules.includes(rule))
    throw new SpikewardError(
      'INVALID_OPTION',
      `online: rule is ${JSON.stringify(rule)}; choose one of ${onlineRules.join(', ')}`,
    )
  if (!(decay >= 0 && decay < 1))
    throw new SpikewardError('INVALID_OPTION', `online: decay is ${decay}; give a number from 0 to below 1`)
  if (!(Number.isInteger(hops) && hops >= 1))
    throw new SpikewardError('INVALID_OPTION', `online: hops is ${hops}; give an integer of at least 1`)
  const plain = step as unknown as (params: P, ...rest: readonly [S, X]) => Tree
  const flatStep = recurrence === 'diagonal' ? withDiagonal(plain) : plain
  const reach = { direct: rule === 'eProp', joint: rule === 'ostl', hops: rule === 'meanField' ? hops : 0 }
  const self: Online<P, S, X, Y> = {
    init(params, state, x) {
      const traced = tracedStep(flatStep, params, state, x, reach)
      return {
        state,
        traces: {
          layers: Object.fromEntries([...layerTracesOf(traced, rule, decay)].map(([id, t]) => [id, t.start()])),
          parameters: Object.fromEntries([...coefficientTracesOf(traced)].map(([p, t]) => [p, t.start()])),
        },
      }
    },
    step(params, carry, x) {
      const traced = tracedStep(flatStep, params, carry.state, x, reach)
      const [all, coefficients] = [layerTracesOf(traced, rule, decay), coefficientTracesOf(traced)]
      const before = carry.traces as Carried
      const { outs, layers: calls } = plainRun(traced)
      const [state, y] = restore<[S, Y]>(traced.own.flat, outs)
      const jacobian = jacobians(traced, calls)
      const layers = Object.fromEntries(
        [...all].map(([id, t]) => {
          const own = jacobian({ kind: 'layer', id })
          return [id, t.next(before.layers[id]!, inputOf(calls.get(id)!), own)]
        }),
      )
      const parameters = Object.fromEntries(
        [...coefficients].map(([p, t]) => {
          const own = jacobian({ kind: 'parameter', index: p })
          return [p, t.next(before.parameters[p]!, own)]
        }),
      )
      const pull = (cotangent: Y): P => {
        const errors = errorsOf(traced, treeLeaves(cotangent))
        const states = withFilterErrors(traced, calls, before.layers, errors.states)
        const gradients = new Map(
          traced.own.layers.map(({ id }): [string, LayerGradient] => {
            const x = inputOf(calls.get(id)!)
            const layer = errors.layers[id]!
            const own = all.get(id)?.gradient(before.layers[id]!, layers[id]!, x, { layer, states })
            return [id, own ?? { terms: [{ input: x, bias: 1, error: layer }] }]
          }),
        )
        const byLayers = layerParameters(traced, gradients)
        const total = traced.parameters.map((_, i) => {
          const past = coefficients.get(i)?.gradient(before.parameters[i]!, states) ?? null
          const parts = [byLayers[i]!, errors.parameters[i]!, ...(past === null ? [] : [past])]
          return parts.reduce((a, b) => add(a, b))
        })
        return treeUnflatten(treeFlatten(params).structure, total) as P
      }
      return [{ state, traces: { layers, parameters } }, y, pull]
    },
    gradient(params, carry, xs, losses) {
      const first = treeMap((t) => take(t, tensor(0, { dtype: 'i32' })), xs)
      const traced = tracedStep(flatStep, params, carry.state, first, reach)
      const [, y] = restore<[S, Y]>(traced.own.flat, plainRun(traced).outs)
      const { leaves, structure } = treeFlatten(params)
      const [sofar, total] = [zerosLike(losses(y, first)), leaves.map(zerosLike)]
      if ((rule !== 'dRtrl' && rule !== 'eProp') || traced.own.layers.some((l) => !l.direct)) {
        type Sums = { readonly carry: OnlineCarry<S>; readonly sum: Tensor; readonly total: P }
        const byStep = (c: Sums, x: X): [Sums, Tree] => {
          const [next, y, pull] = self.step(params, c.carry, x)
          const [own, cotangent] = lossGradient((output: Y) => losses(output, x), y)
          return [{ carry: next, sum: add(c.sum, own), total: treeMap(add, c.total, pull(cotangent)) }, []]
        }
        const end = scan(byStep, { carry, sum: sofar, total: treeUnflatten(structure, total) as P }, xs)[0]
        return [end.carry, end.sum, end.total]
      }
      const exact: ExactStep = {
        found: traced,
        layers: layerTracesOf(traced, rule, decay) as ReadonlyMap<string, ExactTraces>,
        coefficients: coefficientTracesOf(traced),
        derivatives: derivativesAsMultiples(traced),
      }
      const begin: BlockCarry = { state: treeLeaves(carry.state), ...(carry.traces as Carried), losses: sofar, total }
      const end = exactSequence(exact, begin, xs, losses)
      const state = treeUnflatten(treeFlatten(carry.state).structure, end.state) as S
      const traces = { layers: end.layers, parameters: end.parameters }
      return [{ state, traces }, end.losses, treeUnflatten(structure, end.total) as P]
    },
  }
  return self
}

/** Traces as they are carried: by layer, and by position of a parameter and of a state. */
type Carried = {
  readonly layers: { readonly [id: string]: Tree }
  readonly parameters: { readonly [index: string]: ByState<Tensor> }
}

/** Adds the errors of filters, those that a layer passes down at once together. */
function withFilterErrors(
  { filters }: TracedStep,
  calls: ReadonlyMap<string, LayerCall>,
  traces: Carried['layers'],
  errors: ReadonlyMap<number, Tensor>,
): ReadonlyMap<number, Tensor> {
  const states = new Map(errors)
  for (;;) {
    const ready = filters.filter(({ index, of }) => states.has(of) && !states.has(index))
    if (ready.length === 0) return states
    for (const layer of new Set(ready.map((f) => f.layer))) {
      const own = ready.filter((f) => f.layer === layer)
      const signals = own.map(({ of }) => meanSignal(traces[layer]!, of, states.get(of)!))
      const below = vmap((signal: Tensor) => errorBelow(calls.get(layer)!, signal))(stack(signals))
      own.forEach(({ index }, i) => states.set(index, take(below, tensor(i, { dtype: 'i32' }))))
    }
  }
}

/** The derivatives of the units that a source moves. */
function jacobians(traced: TracedStep, calls: ReadonlyMap<string, LayerCall>): (source: Source) => Jacobian {
  const all = filterDerivatives(traced.filters, derivativesOf(traced, traced.leaves))
  const jacobian = jacobianOf(all)
  const recurrent = traced.joint.map((id) => ({
    id,
    pass: linearOf(calls.get(id)!),
    input: all.flatMap(({ from, to, value }) =>
      from.kind === 'state' && to === id ? [{ from: from.index, value }] : [],
    ),
    layer: jacobian({ kind: 'layer', id }).layer,
  }))
  return (source) => ({
    ...jacobian(source),
    recurrent: recurrent.map(({ id, ...r }) => ({
      ...r,
      source: all.find(({ from, to }) => to === id && sameSource(from, source))?.value ?? null,
    })),
  })
}

/** The traces of each layer with states. */
function layerTracesOf(traced: TracedStep, rule: OnlineRule, decay: number): ReadonlyMap<string, LayerTraces> {
  const derivatives =
    rule === 'ottt' || rule === 'esDRtrl' || rule === 'meanField' ? null : derivativesAsMultiples(traced)
  const all = new Map<string, LayerTraces>()
  for (const { id, shape } of traced.own.layers) {
    if (!traced.dynamics.dynamic.has(id)) continue
    const states = statesMovedBy(traced, { kind: 'layer', id })
    const { params, input } = traced.calls.get(id)!
    if (derivatives === null) {
      if (rule === 'ottt') all.set(id, presynapticTraces(input, decay))
      else if (rule === 'meanField') all.set(id, meanTraces(states, input, shape))
      else all.set(id, averagedTraces(states, input, shape, decay))
      continue
    }
    const joint = isJoint(traced, states)
    const constant = joint ? new Set<number>() : constantStates(id, states, derivatives)
    const changing = states.find((i) => !constant.has(i))
    if (changing !== undefined && !isProduct(params))
      throw new SpikewardError(
        'NOT_FACTORISED',
        `online: the traces of the layer '${id}' in the state '${traced.stateNames[changing]}' do not factorise, since that state decays or receives by factors that change in time, and the linear map of the layer (${[...new Set(params.linear.equations.map((e) => `'${e.primitive.name}'`))].join(', ')}) is not a product of [samples, inputs] with [inputs, units]; choose rule 'meanField', 'esDRtrl' or 'ottt', or a fixed leak and a detached reset`,
      )
    all.set(
      id,
      joint
        ? jointTraces(states, input, shape[1]!)
        : exactTraces(states, constant, input, shape, firstOf, ratiosTo(id, derivatives)),
    )
  }
  return all
}

/** The traces of each coefficient of units. */
const coefficientTracesOf = (traced: TracedStep): ReadonlyMap<number, CoefficientTraces> =>
  new Map(
    parametersOf(traced).map(([p, states]) => {
      const units = unitsOf(traced, states[0]!)
      const own = traced.parameters[p]!
      return [p, isJoint(traced, states) ? jointCoefficient(states, own, units) : unitCoefficient(states, own, units)]
    }),
  )
