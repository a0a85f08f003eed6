import {
  add,
  cast,
  choice,
  choices,
  defineFactory,
  defineOptions,
  div,
  greater,
  integer,
  number,
  opaque,
  scan,
  tensor,
  zeros,
} from '@spikeward/core'
import type { Filled, Network, OptionsOf, Spike, Tensor, Tree } from '@spikeward/core'
import { isGraph, toDoubles } from '../graph/graph.js'
import type { NirArray, NirGraph } from '../graph/graph.js'
import { checkGraph } from '../graph/checkGraph.js'
import { malformed } from '../graph/errors.js'
import { dtOf } from '../graph/metadata.js'
import { executorOf } from './executors.js'
import type { Executor, NodeState } from './executor.js'
import { flattenGraph } from './flattenGraph.js'
import { schedule } from './schedule.js'
import type { Scheduled } from './schedule.js'

const isFunction = (value: unknown): value is Spike => typeof value === 'function'

/** Parameters of neurons that can be trained, by their names in the standard. */
const learnable = ['tau', 'tau_mem', 'tau_syn', 'r', 'w_in', 'v_leak', 'v_threshold', 'v_reset', 'threshold'] as const

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Length of a step in seconds. A node with a time constant needs it. */
  dt: number({ min: 0, above: true, computed: "what the graph's metadata notes", help: 'length of a step in seconds' }),
  /** Steps T for which `apply` holds its input. */
  time: integer({ min: 1, default: 32, help: 'steps T for which the input is held' }),
  /** What `apply` gives: the mean of the outputs over time, or the last one. */
  readout: choice(['mean', 'last'], { default: 'mean', help: 'output: the mean over time, or the last step’s' }),
  /** The spike with its surrogate slope, such as `spike(atan())`. Without it the graph runs, but no derivative passes a spike. */
  spike: opaque('a spike with a surrogate slope', isFunction, {
    computed: 'a step without derivative',
    help: 'the spike with its surrogate slope',
  }),
  /** Parameters that are trained beside weights, biases and scales. */
  learn: choices(learnable, { default: [], help: 'parameters of neurons to train' }),
  dtype: choice(['f32', 'f64'], { default: 'f32', help: 'type of all tensors' }),
}))

/** Options of {@link nirNetwork}. */
export type NirNetworkOptions = OptionsOf<typeof options>

/** Parameters of each node by its path, such as `lif` or `recurrent/w_rec`. Weights are transposed: [in, out]. */
export type NirParameters = Readonly<Record<string, Readonly<Record<string, Tensor>>>>

/** What training changes, and what it leaves. */
export type NirVariables = { readonly trained: NirParameters; readonly fixed: NirParameters }

/** A graph as a network. */
export interface NirNetwork extends Network<NirVariables> {
  /** Shapes of input and output, without batch and time. */
  readonly shapes: { readonly input: readonly number[]; readonly output: readonly number[] }
  readonly time: number
  /**
   * The output at every step, [time, batch, …output], for an input that changes in time, [time, batch, …input].
   */
  simulate(variables: NirVariables, x: Tensor): Tensor
}

/** States of the nodes by path, and the signals that arrive a step later. */
type Carry = { readonly states: Readonly<Record<string, NodeState>>; readonly late: Readonly<Record<string, Tensor>> }

/** The options with defaults filled in. */
type Chosen = Pick<Filled<typeof options>, keyof NirNetworkOptions>

const isNirGraph = (value: unknown): value is NirGraph =>
  typeof value === 'object' && value !== null && 'nodes' in value && 'type' in value && isGraph(value as NirGraph)

type Part = Scheduled & { readonly executor: Executor }

const step: Spike = (u) => cast(greater(u, 0), u.dtype)

/** Executors of all nodes in their order. The shape of a node's input is that of its first source. */
function partsOf(
  graph: NirGraph,
  { dt, dtype, spike = step }: Chosen,
): { parts: Part[]; input: string; output: string } {
  const flat = flattenGraph(graph)
  const execution = { dt: dt ?? dtOf(flat.metadata), dtype, spike }
  const shapes = new Map<string, readonly number[]>()
  const parts = schedule(flat).map((scheduled): Part => {
    const { name, sources } = scheduled
    const node = flat.nodes.get(name)!
    const declared = toShape(node.parameters['shape'])
    const input = sources.length === 0 ? declared : shapes.get(sources[0]!)
    if (input === undefined) throw malformed(`the shape of the input of node '${name}' cannot be known`)
    const executor = executorOf(name, node, input, execution)
    shapes.set(name, executor.shape)
    return { ...scheduled, executor }
  })
  return { parts, input: flat.input, output: flat.output }
}

const toShape = (value: unknown): number[] | undefined =>
  value !== undefined && typeof value === 'object' ? [...toDoubles(value as NirArray)] : undefined

/** Sum of tensors; there is at least one. */
const total = (signals: readonly Tensor[]): Tensor => signals.reduce((a, b) => add(a, b))

/**
 * A NIR graph as a network, by forward Euler: each node acts within the step in which its input arrives, and an edge
 * that closes a cycle hands its signal on one step later. Weights, biases and scales are trained; `learn` adds to them.
 *
 * @throws NIR_UNSUPPORTED naming a node that cannot be executed; NIR_DT_MISSING; NIR_DELAY; NIR_METADATA; NIR_MALFORMED;
 *   INVALID_OPTION
 * @example
 * const network = nirNetwork(await readNir(bytes), { dt: 1e-3, time: 50, spike: spike(atan()) })
 * const variables = network.init(key(0))
 * const rates = network.apply(variables, zeros([8, 4]))
 */
export const nirNetwork = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'nir',
    summary: 'a graph of the Neuromorphic Intermediate Representation, by forward Euler',
    arguments: { graph: opaque('a NIR graph', isNirGraph, { required: true, help: 'what readNir gives' }) },
    options,
  },
  (read) =>
    (graph: NirGraph, given: NirNetworkOptions = {}): NirNetwork =>
      networkOf(graph, read(given, { graph })),
)

function networkOf(graph: NirGraph, chosen: Chosen): NirNetwork {
  checkGraph(graph)
  const { time, readout, learn, dtype } = chosen
  const { parts, input, output } = partsOf(graph, chosen)
  const shapeOf = (name: string): readonly number[] => parts.find((p) => p.name === name)!.executor.shape
  const names: readonly string[] = learn
  const delayedNames = [...new Set(parts.flatMap((p) => p.delayedSources))]

  const rest = (batch: number): Carry => ({
    states: Object.fromEntries(
      parts.flatMap(({ name, executor }) => {
        const state = executor.rest(batch)
        return state === null ? [] : [[name, state]]
      }),
    ),
    late: Object.fromEntries(delayedNames.map((name) => [name, zeros([batch, ...shapeOf(name)], dtype)])),
  })

  const advance = ({ trained, fixed }: NirVariables, { states, late }: Carry, x: Tensor): [Carry, Tensor] => {
    const signals = new Map<string, Tensor>()
    const next: Record<string, NodeState> = {}
    for (const { name, sources, delayedSources, executor } of parts) {
      const arriving = [...sources.map((s) => signals.get(s)!), ...delayedSources.map((s) => late[s]!)]
      const driven = name === input ? total([x, ...arriving]) : total(arriving)
      const parameters = { ...fixed[name], ...trained[name] }
      const done = executor.step(parameters, states[name] ?? {}, driven)
      signals.set(name, done.output)
      if (states[name] !== undefined) next[name] = done.state
    }
    const handed = Object.fromEntries(delayedNames.map((name) => [name, signals.get(name)!]))
    return [{ states: next, late: handed }, signals.get(output)!]
  }

  const pick = (isTrained: boolean): NirParameters =>
    Object.fromEntries(
      parts.flatMap(({ name, executor }) => {
        const entries = Object.entries(executor.parameters).filter(
          ([parameter]) => (executor.learned.includes(parameter) || names.includes(parameter)) === isTrained,
        )
        const tensors = entries.map(([parameter, array]) => [
          parameter,
          tensor(toDoubles(array), { shape: [...array.shape], dtype }),
        ])
        return tensors.length === 0 ? [] : [[name, Object.fromEntries(tensors)]]
      }),
    )

  return {
    name: 'nir',
    time,
    shapes: { input: shapeOf(input), output: shapeOf(output) },
    init: () => ({ trained: pick(true), fixed: pick(false) }),
    simulate(variables, x) {
      const [, outputs] = scan((c: Carry, now: Tensor) => advance(variables, c, now), rest(x.shape[1]!), x)
      return outputs
    },
    apply(variables, x) {
      const batch = x.shape[0]!
      type Held = { readonly carry: Carry; readonly read: Tensor }
      const [{ read }] = scan(
        ({ carry, read }: Held): [Held, Tree] => {
          const [after, y] = advance(variables, carry, x)
          return [{ carry: after, read: readout === 'mean' ? add(read, y) : y }, []]
        },
        { carry: rest(batch), read: zeros([batch, ...shapeOf(output)], dtype) },
        null,
        { length: time },
      )
      return readout === 'mean' ? div(read, time) : read
    },
  }
}
