import { full, onesLike, zeros } from '../numpy/create.js'
import { add, mul } from '../numpy/elementwise.js'
import { partOf, reshape } from '../numpy/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { type Tree, treeLeaves, treeMap } from '../tensor/tree.js'
import { restore } from '../transforms/flat.js'
import { scan } from '../transforms/scan.js'
import { vjp } from '../transforms/vjp.js'
import type { ByState, CoefficientTraces, ExactTraces, LayerGradient, Passed } from './layerTraces.js'
import { errorsOf, firstOf, inputOf, layerParameters, plainRun, statesMovedBy, unitsOf } from './onlineStep.js'
import type { TracedStep } from './onlineStep.js'
import type { ByLayer } from './perturb.js'
import { type Multiple, derivativesOf, jacobianOf } from './unitDerivatives.js'
import { type Source, sameSource } from './unitDynamics.js'

/** A traced step with exact traces. */
export type ExactStep = {
  readonly found: TracedStep
  readonly layers: ReadonlyMap<string, ExactTraces>
  readonly coefficients: ReadonlyMap<number, CoefficientTraces>
  readonly derivatives: readonly Multiple[]
}

/** The carry of a block: states, traces, and the sums of losses and of gradients. */
export type BlockCarry = {
  readonly state: readonly Tensor[]
  readonly layers: ByState<Tree>
  readonly parameters: ByState<ByState<Tensor>>
  readonly losses: Tensor
  readonly total: readonly Tensor[]
}

/**
 * Values of the steps of a block, stacked over time: inputs and errors of layers, errors of states, and derivatives.
 */
type Stacks = {
  readonly inputs: ByLayer
  readonly layers: ByLayer
  readonly states: ByState<Tensor>
  readonly derivatives: ByState<Tensor>
}

/** A derivative of a state: a factor, times one of the stacked derivatives unless it is a known number. */
type Edge = { readonly from: Source; readonly to: number; readonly value: number | null; readonly factor: number }

const edgesOf = (derivatives: readonly Multiple[]): readonly Edge[] =>
  derivatives.flatMap(({ from, to, of, factor }, i): readonly Edge[] => {
    if (typeof to !== 'number') return []
    if (of === null && !Number.isNaN(factor)) return [{ from, to, value: null, factor }]
    const first = of === null ? i : derivatives.findIndex((d) => d.of === of)
    return [{ from, to, value: first, factor: first === i ? 1 : factor / derivatives[first]!.factor }]
  })

const byKey = <K extends string | number, T extends Tree>(
  keys: Iterable<K>,
  of: (key: K) => T,
): { readonly [key: string]: T } => Object.fromEntries([...keys].map((key) => [key, of(key)]))

/** The losses of a step, and the gradient of their mean by its result. */
export function lossGradient<Y extends Tree>(losses: (y: Y) => Tensor, y: Y): readonly [Tensor, Y] {
  const [value, pull] = vjp(losses, y)
  return [value, pull(full(value.shape, 1 / value.size, value.dtype))[0]]
}

/** The steps of a sequence in blocks, whose stacks take about as much memory as the traces of synapses. */
export function exactSequence<X extends Tree, Y extends Tree>(
  step: ExactStep,
  carry: BlockCarry,
  xs: X,
  losses: (y: Y, x: X) => Tensor,
): BlockCarry {
  const synaptic = [...step.layers].filter(([, { full: own }]) => own.length > 0)
  const widest = Math.max(0, ...synaptic.map(([id]) => step.found.calls.get(id)!.input.shape.at(-1)!))
  const length = treeLeaves(xs)[0]!.shape[0]!
  const size = Math.min(length, 32, Math.max(8, Math.floor(widest / 4)))
  const whole = length - (length % size)
  const block = (c: BlockCarry, now: X): [BlockCarry, Tree] => [exactBlock(step, c, now, losses), []]
  const blocks = treeMap((t) => reshape(partOf(t, 0, 0, whole), [whole / size, size, ...t.shape.slice(1)]), xs)
  const [most] = scan(block, carry, blocks)
  return whole === length
    ? most
    : block(
        most,
        treeMap((t) => partOf(t, 0, whole, length - whole), xs),
      )[0]
}

/**
 * A block of K steps by exact traces, with the sum of the gradients of the steps. Errors pass back through the block
 * unit by unit,
 *
 *     λ_{t−1} = ∂L_t/∂h_{t−1} + D_t λ_t,   λ_K = 0,   ∇W = Σ_t x_t ⊗ (∂L_t/∂a_t + Df_t λ_t) + ε_0 λ_0
 *
 * and traces pass it at once, with g_t = ∂h_K/∂h_t, so that g_{t−1} = g_t D_t:
 *
 *     ε_K = g_0 ε_0 + Σ_t x_t ⊗ (g_t Df_t)
 *
 * This is the sum of the steps in another order, by products of K · samples rows: a trace is read and written once in K
 * steps. After Schmidhuber 1992 (10.1162/neco.1992.4.2.243), who cuts real-time recurrent learning into blocks.
 */
function exactBlock<X extends Tree, Y extends Tree>(
  step: ExactStep,
  carry: BlockCarry,
  xs: X,
  losses: (y: Y, x: X) => Tensor,
): BlockCarry {
  const edges = edgesOf(step.derivatives)
  const [{ presynaptic, total, ...end }, stacks] = forward(step, edges, carry, xs, losses)
  const gradients = new Map<string, LayerGradient>()
  const gradientOf = (id: string, error: Tensor, past: LayerGradient): unknown =>
    gradients.set(id, { ...past, terms: [{ input: stacks.inputs[id]!, bias: 1, error, steps: true }, ...past.terms] })
  const { reached } = step.found.dynamics
  for (const { id } of step.found.own.layers)
    if (reached.has(id)) gradientOf(id, stacks.layers[id]!, { terms: [] })
    else gradients.set(id, { terms: [] })
  const traces: { [id: string]: Tree } = { ...carry.layers }
  for (const group of groupsOf(step)) {
    const { errors, signals, passed } = backward(step.found, group, edges, stacks)
    for (const id of group.ids) {
      const [layer, before] = [step.layers.get(id)!, carry.layers[id]!]
      gradientOf(id, signals[id]!, layer.past(before, new Map(group.states.map((k) => [k, errors[k]!]))))
      traces[id] = layer.pass(before, presynaptic[id]!, stacks.inputs[id]!, passed(id))
    }
  }
  const byLayers = layerParameters(step.found, gradients)
  return {
    ...end,
    layers: traces,
    total: carry.total.map((t, i) => add(total[i] ?? t, byLayers[i]!)),
  }
}

/** Runs the steps, with the traces of coefficients and those that factorise. */
function forward<X extends Tree, Y extends Tree>(
  { found, layers, coefficients, derivatives }: ExactStep,
  edges: readonly Edge[],
  { state, layers: before, parameters: own, losses: sofar, total }: BlockCarry,
  xs: X,
  losses: (y: Y, x: X) => Tensor,
) {
  const { dynamics, captured, parameters } = found
  const begin = {
    ...{ state, parameters: own, losses: sofar },
    presynaptic: byKey(layers.keys(), (id) => layers.get(id)!.presynaptic(before[id]!)),
    total: byKey([...dynamics.parameters, ...coefficients.keys()], (i) => total[i]!),
  }
  const values = new Set(edges.flatMap(({ value }) => value ?? []))
  return scan(
    (c: typeof begin, x: X): [typeof begin, Stacks] => {
      const leaves = [...captured, ...parameters, ...c.state, ...treeLeaves(x)]
      const now: TracedStep = { ...found, states: c.state, leaves }
      const { outs, layers: calls } = plainRun(now)
      const [value, cotangent] = lossGradient((y: Y) => losses(y, x), restore<[Tree, Y]>(found.own.flat, outs)[1])
      const errors = errorsOf(now, treeLeaves(cotangent))
      const all = derivativesOf(now, leaves)
      const jacobian = jacobianOf(all)
      const inputs = byKey(calls.keys(), (id) => inputOf(calls.get(id)!))
      const next = {
        state: outs.slice(0, c.state.length),
        parameters: byKey(coefficients.keys(), (index) =>
          coefficients.get(index)!.next(c.parameters[index]!, jacobian({ kind: 'parameter', index })),
        ),
        presynaptic: byKey(layers.keys(), (id) =>
          layers.get(id)!.step(c.presynaptic[id]!, inputs[id]!, jacobian({ kind: 'layer', id })),
        ),
        losses: add(c.losses, value),
        total: byKey(Object.keys(c.total).map(Number), (i) => {
          const past = coefficients.get(i)?.gradient(c.parameters[i]!, errors.states) ?? null
          const both = add(c.total[i]!, errors.parameters[i]!)
          return past === null ? both : add(both, past)
        }),
      }
      const stacks = {
        inputs,
        layers: errors.layers,
        states: Object.fromEntries(errors.states),
        derivatives: byKey(values, (i) => (derivatives[i]!.of === null ? firstOf(all[i]!.value) : all[i]!.value)),
      }
      return [next, stacks]
    },
    begin,
    xs,
  )
}

/**
 * Layers that move the same states; these states; and those whose traces do not factorise, each with the states that
 * act on it.
 */
type Group = {
  readonly ids: readonly string[]
  readonly states: readonly number[]
  readonly full: ReadonlyMap<number, readonly number[]>
}

function groupsOf({ found, layers }: ExactStep): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const [id, { full: own }] of layers) {
    const states = statesMovedBy(found, { kind: 'layer', id })
    if (states.length === 0) continue
    const before = groups.get(states.join())
    const reaches = (index: number, j: number): boolean =>
      index === j || statesMovedBy(found, { kind: 'state', index }).includes(j)
    const full = [...own].map((j) => [j, states.filter((k) => reaches(k, j))] as const)
    groups.set(states.join(), {
      ids: [...(before?.ids ?? []), id],
      states,
      full: new Map([...(before?.full ?? []), ...full]),
    })
  }
  return [...groups.values()]
}

/** Errors of a group's states and signals of its layers, back through a block, and how the block passes traces. */
function backward(traced: TracedStep, { ids, states, full }: Group, edges: readonly Edge[], stacks: Stacks) {
  const none = (k: number): Tensor => zeros(unitsOf(traced, k), traced.states[k]!.dtype)
  const start = {
    errors: byKey(states, none),
    /** g_t by the state that traces end in, and the state of step t. */
    passed: byKey(full.keys(), (j) => byKey(full.get(j)!, (k) => (k === j ? onesLike(none(k)) : none(k)))),
  }
  const step = ({ errors, passed }: typeof start, now: Stacks) => {
    const against = (from: Source, x: ByState<Tensor>): readonly Tensor[] =>
      edges.flatMap((e) => {
        const at = x[e.to]
        if (at === undefined || !sameSource(e.from, from)) return []
        const scaled = mul(at, e.factor)
        return [e.value === null ? scaled : mul(now.derivatives[e.value]!, scaled)]
      })
    const sumOf = (first: Tensor, parts: readonly Tensor[]): Tensor => parts.reduce((a, b) => add(a, b), first)
    const next = {
      errors: byKey(states, (index) => sumOf(now.states[index]!, against({ kind: 'state', index }, errors))),
      passed: byKey(full.keys(), (j) =>
        byKey(full.get(j)!, (index) => sumOf(none(index), against({ kind: 'state', index }, passed[j]!))),
      ),
    }
    const signals = byKey(ids, (id) => sumOf(now.layers[id]!, against({ kind: 'layer', id }, errors)))
    const moved = byKey(ids, (id) =>
      byKey(full.keys(), (j) => sumOf(none(j), against({ kind: 'layer', id }, passed[j]!))),
    )
    return [next, { signals, moved }] as const
  }
  const [{ errors, passed }, { signals, moved }] = scan(step, start, stacks, { reverse: true })
  return {
    errors,
    signals,
    passed:
      (id: string) =>
      (j: number): Passed => ({ before: passed[j]!, steps: moved[id]![j]! }),
  }
}
