import {
  affine,
  SpikewardError,
  add,
  defineOptions,
  integer,
  key as keyOf,
  mean,
  mul,
  neuronOption,
  normal,
  number,
  opaque,
  readOptions,
  scan,
  treeLeaves,
  zeros,
} from '@spikeward/core'
import type { Affine, Key, Loss, NeuronModel, OptionsOf, SequenceParts, Spike, Tensor, Tree } from '@spikeward/core'
import { glorot } from '../blocks/glorot.js'
import { isFunction } from '../shared/networkOptions.js'

const isSpike = (x: unknown): x is Spike => isFunction(x)

const options = /* @__PURE__ */ defineOptions(() => ({
  /** m, the inputs of a step. */
  inputs: integer({ min: 1, required: true, help: 'inputs of a time step' }),
  outputs: integer({ min: 1, default: 1, help: 'outputs of a time step' }),
  /** n. */
  neurons: integer({ min: 1, required: true, help: 'neurons of the recurrent layer' }),
  /** A pointwise model: the recurrent weights are this network's own. */
  neuron: neuronOption({ required: true, help: 'the neurons of the layer' }),
  /** The spike with its surrogate, such as `spike(atan())`. */
  spike: opaque('a spike, such as spike(atan())', isSpike, { required: true, help: 'spike with its surrogate' }),
  /** κ: the readout follows the spikes over about 1/(1 − κ) steps. */
  readoutLeak: number({ min: 0, max: 1, below: true, default: 0.9, help: 'leak of the readout (κ)' }),
  /** Gain of the initial recurrent weights, which are N(0, gain²/n). */
  gain: number({ min: 0, default: 1, help: 'gain of the initial recurrent weights, N(0, gain²/n)' }),
}))

/** Options of {@link spikingRnn}. */
export type SpikingRnnOptions = OptionsOf<typeof options>

/** Learned parameters: input weights, recurrent weights, the coefficients of the neurons (if the model has any), and the readout. */
export type SpikingRnnParams = {
  readonly input: Affine
  readonly recurrent: Tensor
  readonly neurons: Tree
  readonly readout: Affine
}

/** A loss over time: its sequences, and the input and loss of each step. */
export type SequenceTask = {
  /** N. */
  readonly samples: number
  /** Sequences, time as axis 0. */
  readonly drive: Tree
  /** x_t [N, m] from one slice of the drive. */
  readonly input: (now: Tree) => Tensor
  /** Losses of one step, [N], from y_t [N, outputs] and one slice of the drive; a sample's loss is their sum. */
  readonly head: (output: Tensor, now: Tree) => Tensor
}

/** A recurrent spiking network as pure functions. */
export type SpikingRnn = {
  readonly name: string
  init(key: Key): SpikingRnnParams
  /** y_t of every step, [T, N, outputs], for inputs [T, N, m]. */
  apply(params: SpikingRnnParams, x: Tensor): Tensor
  /** r_t of every step, [T, N, n]: the features that the readout reads. */
  features(params: SpikingRnnParams, x: Tensor): Tensor
  /** L = (1/N) Σₙ Σ_t head(y_t)ₙ, with its time step for `eProp`. */
  loss(task: SequenceTask): Loss<SpikingRnnParams>
}

/**
 * One recurrent layer of spiking neurons below a leaky readout, for sequences:
 *
 *     a_t = x_t W + z_{t−1} V + b,   (state_t, z_t) = neuron(state_{t−1}, a_t),   z_{−1} = 0
 *     r_t = κ r_{t−1} + (1 − κ) z_t,   y_t = r_t W_out + b_out
 *
 * Every estimator that needs only a scalar loss trains it (`rfg`, `bp`, `bp({ checkpoint: true })`, `spsa`), and
 * `eProp` trains it by traces. W and W_out start as N(0, 2/(fan_in + fan_out)), V as N(0, gain²/n).
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @see Bellec et al. 2020, Nature Communications 11, 3625: the same layer and readout, but V has no diagonal
 * @example
 * const network = spikingRnn({ inputs: 1, neurons: 8, neuron: leakyIntegrateAndFire(), spike: spike(atan()) })
 * const y = network.apply(network.init(key(0)), zeros([16, 2, 1]))
 * y.shape // [16, 2, 1]
 */
export function spikingRnn(given: SpikingRnnOptions): SpikingRnn {
  const {
    inputs,
    outputs,
    neurons: n,
    neuron: model,
    spike,
    readoutLeak: leak,
    gain,
  } = readOptions('spikingRnn', options, given)
  const neuron: NeuronModel = model
  checkPointwise(neuron)
  type Carry = { readonly state: Tree; readonly spikes: Tensor; readonly rates: Tensor }
  const begin = (samples: number): Carry => ({
    state: neuron.rest([samples, n]),
    spikes: zeros([samples, n]),
    rates: zeros([samples, n]),
  })
  const advance = (p: SpikingRnnParams, { state, spikes, rates }: Carry, x: Tensor): Carry => {
    const current = add(affine(p.input, x), affine({ weight: p.recurrent }, spikes))
    const next = neuron.step(p.neurons, state, current, spike)
    return {
      state: next.state,
      spikes: next.output,
      rates: add(mul(rates, leak), mul(next.output, 1 - leak)),
    }
  }
  const features = (p: SpikingRnnParams, x: Tensor): Tensor =>
    scan(
      (c: Carry, now: Tensor): [Carry, Tensor] => {
        const next = advance(p, c, now)
        return [next, next.rates]
      },
      begin(x.shape[1]!),
      x,
    )[1]
  return {
    name: 'spikingRnn',
    init(key) {
      const [w, v, own, out] = key.split(4) as [Key, Key, Key, Key]
      return {
        input: glorot(w, inputs, n, 'f32'),
        recurrent: mul(normal(v, [n, n]), gain / Math.sqrt(n)),
        neurons: neuron.init(own, n),
        readout: glorot(out, n, outputs, 'f32'),
      }
    },
    features,
    apply: (p, x) => affine(p.readout, features(p, x)),
    loss({ samples, drive, input, head }) {
      const sequence: SequenceParts<SpikingRnnParams> = {
        samples,
        drive,
        rest: () => begin(samples),
        step(p, state, now) {
          const next = advance(p, state as Carry, input(now))
          return [next, affine(p.readout, next.rates)]
        },
        head,
      }
      const value = (p: SpikingRnnParams): Tensor => {
        const [[, losses]] = scan(
          ([state, losses]: [Tree, Tensor], now: Tree): [[Tree, Tensor], Tree] => {
            const [next, y] = sequence.step(p, state, now)
            return [[next, add(losses, head(y, now))], []]
          },
          [sequence.rest(), zeros([samples])],
          drive,
        )
        return mean(losses)
      }
      return Object.assign(value, { sequence })
    },
  }
}

/** Learned coefficients act on one neuron each, or equally on all. */
function checkPointwise(neuron: NeuronModel): void {
  if (treeLeaves(neuron.init(keyOf(0), 2)).every((t) => t.ndim <= 1)) return
  throw new SpikewardError(
    'INVALID_OPTION',
    `spikingRnn: ${neuron.name} has its own weights between neurons, in addition to those of the network; give a pointwise model, such as leakyIntegrateAndFire()`,
  )
}
