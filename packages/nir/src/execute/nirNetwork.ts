import {
  add,
  choice,
  choices,
  defineFactory,
  defineOptions,
  div,
  integer,
  number,
  opaque,
  scan,
  tensor,
  zeros,
} from '@spikeward/core'
import type { Filled, Network, OptionsOf, Spike, Tensor, Tree } from '@spikeward/core'
import { checkGraph } from '../graph/checkGraph.js'
import { type NirGraph, isGraph, toDoubles } from '../graph/nirData.js'
import { stepsOf } from '../graph/metadata.js'
import { type Carry, type NirParameters, type NirVariables, advance, restOf } from './advance.js'
import { type ExecutionPlan, planExecution } from './executionPlan.js'

const isFunction = (value: unknown): value is Spike => typeof value === 'function'

/** Parameters of neurons that can be trained, by their names in the standard. */
export const learnableParameters = [
  'tau',
  'tau_mem',
  'tau_syn',
  'r',
  'w_in',
  'v_leak',
  'v_threshold',
  'v_reset',
  'threshold',
] as const

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Length of a step in seconds. A node with a time constant needs it. */
  dt: number({
    min: 0,
    above: true,
    computed: "the value in the graph's metadata",
    help: 'length of a step in seconds',
  }),
  /** Steps T for which `apply` holds its input; default the value in the graph's metadata, or else 32. */
  time: integer({
    min: 1,
    computed: "the value in the graph's metadata, or else 32",
    help: 'steps T for which the input is held',
  }),
  /** The result of `apply`: the mean of the outputs over time, or the last one. */
  readout: choice(['mean', 'last'], { default: 'mean', help: 'output: the mean over time, or the last step’s' }),
  /**
   * The spike with its surrogate slope, such as `spike(atan())`. Without it the graph runs, but no derivative passes a
   * spike.
   */
  spike: opaque('a spike with a surrogate slope', isFunction, {
    computed: 'a step without derivative',
    help: 'the spike with its surrogate slope',
  }),
  /** Parameters that are trained besides weights, biases and scales. */
  learn: choices(learnableParameters, { default: [], help: 'parameters of neurons to train' }),
  dtype: choice(['f32', 'f64'], { default: 'f32', help: 'type of all tensors' }),
}))

/** Options of {@link nirNetwork}. */
export type NirNetworkOptions = OptionsOf<typeof options>

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

/** The options with defaults filled in. */
type Chosen = Pick<Filled<typeof options>, keyof NirNetworkOptions>

const isNirGraph = (value: unknown): value is NirGraph =>
  typeof value === 'object' && value !== null && 'nodes' in value && 'type' in value && isGraph(value as NirGraph)

/**
 * A NIR graph as a network, by forward Euler: each node acts within the step in which its input arrives, and an edge
 * that closes a cycle passes on its signal one step later. Weights, biases and scales are trained; `learn` adds to
 * them.
 *
 * Estimators find its layers in its program. It also lists its affine layers for chips, if each trained weight has a
 * bias, no edge closes a cycle, and the output is an affine function of the last layer.
 *
 * @throws NIR_UNSUPPORTED naming a node that cannot be executed; NIR_DT_MISSING; NIR_DELAY; NIR_METADATA;
 *   NIR_MALFORMED; INVALID_OPTION
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
    arguments: {
      graph: opaque('a NIR graph', isNirGraph, { required: true, help: 'a graph, as returned by readNir' }),
    },
    options,
  },
  (read) =>
    (graph: NirGraph, settings: NirNetworkOptions = {}): NirNetwork =>
      networkOf(graph, read(settings, { graph })),
)

function networkOf(graph: NirGraph, chosen: Chosen): NirNetwork {
  checkGraph(graph)
  const { dt, spike, time = stepsOf(graph) ?? 32, readout, dtype } = chosen
  const plan = planExecution(graph, { dt, dtype, spike })
  const { parts, input, output } = plan
  const shapeOf = (name: string): readonly number[] => parts.find((p) => p.name === name)!.executor.shape

  /** The mean over time, or the last value, of the output for a constant input. */
  const hold = (variables: NirVariables, x: Tensor): Tensor => {
    const batch = x.shape[0]!
    const begin: Carried = { carry: restOf(plan, batch, dtype), sum: zeros([batch, ...shapeOf(output)], dtype) }
    const [{ sum }] = scan(
      (before: Carried): [Carried, Tree] => {
        const { carry, results } = advance(plan, variables, before.carry, x)
        const now = results.get(output)!
        return [{ carry, sum: readout === 'mean' ? add(before.sum, now) : now }, []]
      },
      begin,
      null,
      { length: time },
    )
    return readout === 'mean' ? div(sum, time) : sum
  }

  const network: NirNetwork = {
    name: 'nir',
    time,
    shapes: { input: shapeOf(input), output: shapeOf(output) },
    init: () => ({
      trained: parametersOf(plan, chosen, true),
      fixed: parametersOf(plan, chosen, false),
    }),
    simulate(variables, x) {
      const [, outputs] = scan(
        (before: Carry, now: Tensor): [Carry, Tensor] => {
          const { carry, results } = advance(plan, variables, before, now)
          return [carry, results.get(output)!]
        },
        restOf(plan, x.shape[1]!, dtype),
        x,
      )
      return outputs
    },
    apply: hold,
  }
  return network
}

/** The values carried through time while an input is held: states, and the sum of the output or its last value. */
type Carried = { readonly carry: Carry; readonly sum: Tensor }

/** The parameters that are trained, or those that are not. */
function parametersOf({ parts }: ExecutionPlan, { learn, dtype }: Chosen, isTrained: boolean): NirParameters {
  const names: readonly string[] = learn
  return Object.fromEntries(
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
}
