import { add, affine, defineOptions, integer, mean, readOptions, scan, zeros } from '@spikeward/core'
import type { Affine, Key, Loss, NeuronModel, OptionsOf, SequenceParts, Tensor, Tree } from '@spikeward/core'
import { glorot } from '../blocks/block.js'
import { checkPointwise, recurrentOptions, recurrentStep, recurrentWeight, restOf } from './recurrentLayer.js'
import type { RecurrentParams, RecurrentState } from './recurrentLayer.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** m, the inputs of a step. */
  inputs: integer({ min: 1, required: true, help: 'inputs of a time step' }),
  outputs: integer({ min: 1, default: 1, help: 'outputs of a time step' }),
  /** n. */
  neurons: integer({ min: 1, required: true, help: 'neurons of the recurrent layer' }),
  ...recurrentOptions({ readoutLeak: 0.9, gain: 1 }),
}))

/** Options of {@link spikingRnn}. */
export type SpikingRnnOptions = OptionsOf<typeof options>

/** Learned parameters: those of the recurrent layer, and the readout. */
export type SpikingRnnParams = RecurrentParams & { readonly readout: Affine }

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
export function spikingRnn(settings: SpikingRnnOptions): SpikingRnn {
  const filled = readOptions('spikingRnn', options, settings)
  const { inputs, outputs, neurons: n, gain } = filled
  const neuron: NeuronModel = filled.neuron
  checkPointwise('spikingRnn', neuron)
  const begin = (samples: number): RecurrentState => restOf(neuron, samples, n)
  const advance = recurrentStep(filled)
  const features = (p: SpikingRnnParams, x: Tensor): Tensor =>
    scan(
      (c: RecurrentState, now: Tensor): [RecurrentState, Tensor] => {
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
        recurrent: recurrentWeight(v, n, gain),
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
          const next = advance(p, state as RecurrentState, input(now))
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
