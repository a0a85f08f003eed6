/** Several networks that are trained at once, each from its own key, as one program; their mean predicts. */
import { div, max, mean, sqrt, square, sub, sum, take, tensor, treeMap, vmap } from '@spikeward/core'
import type { Key, Network, OperatorNetwork, Tensor, Tree } from '@spikeward/core'
import type { TaskArguments } from '../tasks/stepLossOf.js'
import type { Task } from '../tasks/task.js'
import type { TrainState, TrainStep } from './trainStep.js'

/**
 * How outputs [members, …] become one: ȳ = (1/M) Σ yₘ, or their deviation √(Σ (yₘ − ȳ)²/(M − 1)), which is large far
 * from the data.
 */
const combinations = {
  mean: (outputs: Tensor): Tensor => mean(outputs, 0),
  deviation(outputs: Tensor): Tensor {
    const squares = sum(square(sub(outputs, mean(outputs, 0, { keepDims: true }))), 0)
    return sqrt(div(squares, outputs.shape[0]! - 1))
  },
} as const

type Combination = keyof typeof combinations

const numbers = (members: number): Tensor => tensor(Uint32Array.from({ length: members }, (_, m) => m))

/** `run` with the variables of each member, and a key of its own. */
export const eachMember = <V extends Tree, R extends Tree>(
  members: number,
  variables: V,
  key: Key,
  run: (variables: V, key: Key) => R,
): R => vmap((own: V, m: Tensor) => run(own, key.fold(m)))(variables, numbers(members))

const initOf =
  <V extends Tree>({ init }: { init(key: Key): V }, members: number) =>
  (key: Key): V =>
    vmap((m: Tensor) => init(key.fold(m)))(numbers(members))

/**
 * `members` networks as one: each tensor of its variables has the members as axis 0, and its output is their mean.
 *
 * @example
 * const network = ensemble(spikingMlp(options), 5)
 * network.apply(network.init(key(0)), x) // [B, outputs]
 */
export const ensemble = <V extends Tree>(
  network: Network<V>,
  members: number,
  combination: Combination = 'mean',
): Network<V> => ({
  name: `${members} × ${network.name}`,
  init: initOf(network, members),
  apply: (variables, x) => combinations[combination](vmap((own: V) => network.apply(own, x))(variables)),
})

/** The same of networks that map functions to functions. */
export function operatorEnsemble<V extends Tree, Z extends Tree, F>(
  { raw: _, coefficients, ...network }: OperatorNetwork<V, Z, F>,
  members: number,
  combination: Combination = 'mean',
): OperatorNetwork<V, Z, F> {
  const combine = combinations[combination]
  return {
    ...network,
    name: `${members} × ${network.name}`,
    init: initOf(network, members),
    encode: (variables, f) => vmap((own: V) => network.encode(own, f))(variables),
    decode: (variables, z, at) => combine(vmap((own: V, code: Z) => network.decode(own, code, at))(variables, z)),
    apply: (variables, f, at) => combine(vmap((own: V) => network.apply(own, f, at))(variables)),
    ...(coefficients === undefined
      ? {}
      : { coefficients: (variables: V) => treeMap(combine, vmap((own: V) => coefficients(own))(variables)) }),
  }
}

/** The task of an ensemble: the objective is that of one member, variables and validation are those of the whole. */
export const ensembleTask = <P extends Tree, F extends Tree, D extends Tree>(
  members: number,
  one: Task<P, F, D>,
  whole: Pick<Task<P, F, D>, 'init' | 'validator'>,
): Task<P, F, D> => ({
  ...one,
  members,
  init: (key) => whole.init(key),
  ...(whole.validator === undefined ? {} : { validator: () => whole.validator!() }),
})

/** The variables of one member, from 0. */
export const memberOf = <V extends Tree>(variables: V, member: number): V =>
  treeMap((t: Tensor) => take(t, tensor(member, { dtype: 'i32' })), variables)

/** One number of all members: losses are averaged, costs added, and a failure of one is a failure of all. */
const joined = <P extends Tree>({
  step,
  loss,
  forwardEquivalents,
  failedAt,
  ...own
}: TrainState<P>): TrainState<P> => ({
  ...own,
  step: max(step, 0),
  loss: mean(loss, 0),
  forwardEquivalents: sum(forwardEquivalents, 0),
  failedAt: max(failedAt, 0),
})

/** A step of each member, `step` of one, with the same numbers as alone with the key `fold(key, member)`. */
export const ensembleStep = <P extends Tree, F extends Tree, D extends Tree>(
  members: number,
  one: TrainStep<P, TaskArguments<F, D>>,
): TrainStep<P, TaskArguments<F, D>> => ({
  init: (params) => joined(vmap((own: P) => one.init(own))(params)),
  step({ trained, optimizer, estimator, ...common }, { fixed, data }, key) {
    const own = { trained, optimizer, estimator, fixed }
    return joined(
      eachMember(members, own, key, ({ fixed: ownFixed, ...state }, ownKey) =>
        one.step({ ...common, ...state }, { fixed: ownFixed, data }, ownKey),
      ),
    )
  },
})
