import { affine, add, broadcastTo, div, matmul, mean, neg, overTime, reshape, scan, zeros } from '@spikeward/core'
import type { Affine, FloatDType, NeuronModel, Spike, Tensor, Tree } from '@spikeward/core'
import { withEffectiveWeights } from './standardisedWeights.js'

/** The common settings of the hidden layers of a spiking network. */
export type SpikingLayers = {
  readonly hidden: readonly number[]
  readonly neuron: NeuronModel
  readonly spike: Spike
  readonly time: number
  /** Whether the current of each layer is added to that of the next. */
  readonly residual?: boolean
  /** Whether hidden layers above the first multiply by standardised weights. */
  readonly standardiseWeights?: boolean
  /** Scale of the weights above the first layer, see {@link hiddenDeviation}. */
  readonly hiddenGain?: number | undefined
  readonly chunk?: number | undefined
  readonly dtype?: FloatDType
}

/** Learned parameters of the hidden layers. `neurons` is present if the neuron model has its own parameters. */
export type SpikingLayersTrained = { readonly layers: readonly Affine[]; readonly neurons?: readonly Tree[] }

/** State between two chunks: the neuron states of all layers, and the spike count of the last layer [batch, width]. */
type Carry = { readonly states: readonly Tree[]; readonly count: Tensor }

/**
 * Mean spike rates [batch, width] of the last hidden layer after T steps under the constant current x [batch, inputs].
 * If the neuron's state has a `membrane`, it starts from `membranes`; other states start at rest.
 */
export function spikeRates(
  options: SpikingLayers,
  own: SpikingLayersTrained,
  membranes: readonly Tensor[],
  x: Tensor,
): Tensor {
  const trained = withEffectiveWeights(options, own)
  const { neuron, spike, time, hidden, residual = false, chunk: requested, dtype = 'f32' } = options
  const batch = x.shape[0]!
  const last = hidden.length - 1
  // The input is constant in time, so that one product serves all steps.
  const current = affine(trained.layers[0]!, x)

  const fire = (l: number, state: Tree, drive: Tensor): { state: Tree; output: Tensor } =>
    neuron.step(trained.neurons?.[l] ?? {}, state, drive, spike)
  /** One layer over some steps after another: the last one only counts its spikes. */
  const advance = (carry: Carry, steps: number): Carry => {
    let count = carry.count
    let drive: Tensor | null = null
    const states = carry.states.map((before, l): Tree => {
      const counts = l === last
      const start: { state: Tree; count: Tree } = { state: before, count: counts ? count : [] }
      const [after, spikes] = scan(
        (c, now: Tensor | null): [typeof start, Tree] => {
          const { state, output } = fire(l, c.state, now ?? current)
          return counts ? [{ state, count: add(c.count as Tensor, output) }, []] : [{ state, count: [] }, output]
        },
        start,
        drive,
        { length: steps },
      )
      if (counts) {
        count = after.count as Tensor
        return after.state
      }
      const above = (s: Tensor, now: Tensor): Tensor => {
        const own = affine(trained.layers[l + 1]!, s)
        return residual ? add(own, now) : own
      }
      drive =
        drive === null ? overTime((s) => above(s, current), spikes as Tensor) : overTime(above, spikes as Tensor, drive)
      return after.state
    })
    return { states, count }
  }

  const chunk = stepsPerChunk(time, batch, hidden.length, requested)
  const whole = Math.floor(time / chunk)
  const rest = time - whole * chunk
  const silent = (n: number): Tensor => zeros([batch, n], dtype)
  let carry: Carry = {
    states: hidden.map((_, l) => initialState(options, membranes, batch, l)),
    count: silent(hidden[last]!),
  }
  if (whole > 1) [carry] = scan((c: Carry): [Carry, Tree] => [advance(c, chunk), []], carry, null, { length: whole })
  else carry = advance(carry, chunk)
  if (rest > 0) carry = advance(carry, rest)
  return div(carry.count, time)
}

/** Whether a neuron's state is a record with a membrane. */
export const hasMembrane = (state: Tree): state is { readonly membrane: Tensor } =>
  typeof state === 'object' && 'membrane' in state && !Array.isArray(state)

/** The state of a layer before the first step. */
export function initialState(
  { neuron, hidden, dtype = 'f32' }: SpikingLayers,
  membranes: readonly Tensor[],
  batch: number,
  l: number,
): Tree {
  const rest = neuron.rest([batch, hidden[l]!], dtype)
  return hasMembrane(rest) ? { ...rest, membrane: broadcastTo(membranes[l]!, [batch, hidden[l]!]) } : rest
}

/**
 * The initial biases of residual layers: b_{l+1} = −c_l W_{l+1}, c_l the mean rates of layer l at x, so that no layer
 * shifts the mean current of the next. One pass from the first layer up computes them.
 */
export function balancedBiases(
  options: SpikingLayers,
  own: SpikingLayersTrained,
  membranes: readonly Tensor[],
  x: Tensor,
): Affine[] {
  const { neuron, spike, time, hidden } = options
  const trained = withEffectiveWeights(options, own)
  const batch = x.shape[0]!
  const [first, ...above] = trained.layers as [Affine, ...Affine[]]
  let drive = broadcastTo(affine(first, x), [time, batch, hidden[0]!])
  return [
    first,
    ...above.map(({ weight }, l): Affine => {
      const [, spikes] = scan(
        (s: Tree, now: Tensor): [Tree, Tensor] => {
          const { state, output } = neuron.step(trained.neurons?.[l] ?? {}, s, now, spike)
          return [state, output]
        },
        initialState(options, membranes, batch, l),
        drive,
      )
      const rows = reshape(spikes, [time * batch, hidden[l]!])
      const bias = neg(reshape(matmul(mean(rows, 0, { keepDims: true }), weight), [-1]))
      drive = add(drive, reshape(affine({ weight, bias }, rows), drive.shape))
      return { weight, bias }
    }),
  ]
}

/** Target rows (steps · batch) of a chunk. */
const TARGET_ROWS = 16384

/** The largest number of steps in a chunk. */
const MAX_STEPS = 32

/**
 * The smallest number of steps in a chunk for a large batch, as long as the chunk has at most `MAX_ROWS` rows. Neuron
 * states pass through memory between chunks, so that short chunks are slow.
 */
const MIN_STEPS = 8
const MAX_ROWS = 32768

/**
 * Time steps that a spiking MLP computes at once. The result is the requested number, or the number that gives about
 * 16384 rows, spread evenly over `time`; a large batch gets 8 steps, up to 32768 rows. A network with one hidden layer
 * stores no spikes and therefore computes all steps at once.
 *
 * @param layers hidden layers
 * @param requested the `chunk` option
 */
export function stepsPerChunk(time: number, batch: number, layers: number, requested?: number): number {
  if (requested !== undefined) return Math.min(requested, time)
  if (layers === 1) return time
  const least = Math.min(MIN_STEPS, Math.floor(MAX_ROWS / batch))
  const most = Math.max(1, Math.min(MAX_STEPS, time, Math.max(least, Math.floor(TARGET_ROWS / batch))))
  return Math.ceil(time / Math.ceil(time / most))
}
