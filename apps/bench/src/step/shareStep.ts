/** The data from which a peer computes the same step, and the results that it must reproduce. */
import { type Domain, type Key, type Tensor, jit, jvp, normal, treeLeaves, treeMap } from '@spikeward/core'
import { leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { type SpikingMlp, type SpikingMlpFixed, type SpikingMlpTrained, spikingMlp } from '@spikeward/operators'
import { meanSquaredError } from '@spikeward/train'
import { surrogateOf } from '../catalogue.js'
import type { StepSettings } from './stepSettings.js'

/** The network of a step, without shift and scale at its output: peers have none. */
export const stepNetwork = ({ widths, time, beta, surrogate }: StepSettings, domain?: Domain): SpikingMlp =>
  spikingMlp({
    ...{ inputs: widths[0]!, outputs: widths.at(-1)!, hidden: widths.slice(1, -1), time },
    neuron: leakyIntegrateAndFire({ beta }),
    spike: spike(surrogateOf(surrogate)),
    ...(domain === undefined ? {} : { domain }),
  })

/** The mean squared error of a network on points. */
export const lossOf =
  (network: SpikingMlp) =>
  (trained: SpikingMlpTrained, { fixed, x, y }: StepData): Tensor =>
    meanSquaredError(network.apply({ trained, fixed }, x), y)

/** A random direction of parameters. */
export const directionOf = (key: Key, trained: SpikingMlpTrained): SpikingMlpTrained => {
  let n = 0
  return treeMap((p) => normal(key.fold(n++), p.shape), trained)
}

/** A tensor on the host under the name that peers use. */
export type NamedTensor = { readonly name: string; readonly shape: readonly number[]; readonly values: Float32Array }

/** Tensors for a peer, and the loss at the initial parameters with its derivative along the direction. */
export type Shared = { readonly tensors: readonly NamedTensor[]; readonly loss: number; readonly along: number }

/** A step's data: the values that the network's key fixes, and points. */
export type StepData = { readonly fixed: SpikingMlpFixed; readonly x: Tensor; readonly y: Tensor }

export async function namedTensor(name: string, tensor: Tensor): Promise<NamedTensor> {
  return { name, shape: tensor.shape, values: Float32Array.from(await tensor.data()) }
}

/** Weights and biases by layer, the readout last. */
function layersOf(prefix: string, { layers, readout }: SpikingMlpTrained): Promise<NamedTensor[]> {
  const parts = [...layers, readout].flatMap(({ weight, bias }, i) => [
    namedTensor(`${prefix}layers.${i}.weight`, weight),
    namedTensor(`${prefix}layers.${i}.bias`, bias),
  ])
  return Promise.all(parts)
}

export async function shareStep(
  loss: (p: SpikingMlpTrained, d: StepData) => Tensor,
  trained: SpikingMlpTrained,
  data: StepData,
  direction: SpikingMlpTrained,
): Promise<Shared> {
  const derivative = jit((p: SpikingMlpTrained, v: SpikingMlpTrained, d: StepData) => jvp((q) => loss(q, d), [p], [v]))
  const [value, slope] = derivative(trained, direction, data)
  const numbers = { loss: await value.item(), along: await slope.item() }
  derivative.dispose()
  treeLeaves([value, slope]).forEach((t) => t.dispose())
  const { fixed, x, y } = data
  return {
    ...numbers,
    tensors: [
      await namedTensor('x', x),
      await namedTensor('y', y),
      await namedTensor('centre', fixed.centre),
      ...(await Promise.all(fixed.membranes.map((m, i) => namedTensor(`rest.${i}`, m)))),
      ...(await layersOf('', trained)),
      ...(await layersOf('direction.', direction)),
    ],
  }
}
