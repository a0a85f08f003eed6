import {
  affine,
  add,
  broadcastTo,
  div,
  expandDims,
  jvp,
  scan,
  transpose,
  treeMap,
  vmap,
  zeros,
  zerosLike,
} from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import { initialState } from './spikeRates.js'
import { withEffectiveWeights } from './standardisedWeights.js'
import type { SpikingLayers, SpikingLayersTrained } from './spikeRates.js'

/**
 * Eligibility traces of the synapses of layer l: Eᵢₙⱼ = ∂rₙⱼ/∂Wᵢⱼ, [m, N, n], for the spikes s of the layer below,
 *
 *     İᵢₙⱼ(t) = sₙᵢ(t),   Eᵢₙⱼ = (1/T) Σ_t ṡᵢₙⱼ(t)
 *
 * Neurons of a layer do not act on each other, so one tangent for each input i gives the traces of all neurons. The
 * tangents are carried forward in time with the states, so memory does not depend on T. Each step takes m tangents of
 * the neurons, and no matrix product beyond that of the forward pass.
 *
 * @param l at least 1: the first layer has an input that is constant in time
 */
export function synapticTraces(
  options: SpikingLayers,
  own: SpikingLayersTrained,
  membranes: readonly Tensor[],
  x: Tensor,
  l: number,
): Tensor {
  const { neuron, spike, time, hidden, residual = false } = options
  const trained = withEffectiveWeights(options, own)
  const batch = x.shape[0]!
  const [m, n] = [hidden[l - 1]!, hidden[l]!]
  const current = affine(trained.layers[0]!, x)
  const states = hidden.slice(0, l + 1).map((_, k) => initialState(options, membranes, batch, k))
  const many = (t: Tensor): Tensor => broadcastTo(zerosLike(t), [m, ...t.shape])
  type Carry = { readonly states: readonly Tree[]; readonly moved: Tree; readonly traces: Tensor }
  const begin: Carry = {
    states,
    moved: treeMap(many, states[l]!),
    traces: zeros([m, batch, n], current.dtype),
  }

  const advance = (carry: Carry): Carry => {
    const next: Tree[] = []
    let drive = current
    let spikes = current
    for (let k = 0; k < l; k++) {
      const { state, output } = neuron.step(trained.neurons?.[k] ?? {}, carry.states[k]!, drive, spike)
      next.push(state)
      const above = affine(trained.layers[k + 1]!, output)
      drive = residual ? add(above, drive) : above
      spikes = output
    }
    const own = trained.neurons?.[l] ?? {}
    const step = (state: Tree, now: Tensor): { state: Tree; output: Tensor } => neuron.step(own, state, now, spike)
    next.push(step(carry.states[l]!, drive).state)
    const moved = vmap(
      (dState: Tree, dNow: Tensor) => jvp(step, [carry.states[l]!, drive], [dState, broadcastTo(dNow, [batch, n])])[1],
    )(carry.moved, expandDims(transpose(spikes), 2))
    return { states: next, moved: moved.state, traces: add(carry.traces, moved.output) }
  }
  const [end] = scan((c: Carry): [Carry, Tree] => [advance(c), []], begin, null, { length: time })
  return div(end.traces, time)
}
