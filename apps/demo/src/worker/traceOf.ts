import { add, broadcastTo, expandDims, matmul, mul, reshape, scan, sub, tensor } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import type { SpikingMlpVariables } from '@spikeward/operators'
import type { Shared } from './build.js'

/** The activity of a hidden layer at one point: spikes and membranes after each step, both [T, neurons]. */
export type LayerTrace = { readonly spikes: Tensor; readonly membranes: Tensor }

type WithMembrane = { readonly membrane: Tensor; readonly [name: string]: Tree }

/** A record with a membrane: the state of every neuron model here. */
const withMembrane = (state: Tree): WithMembrane => state as WithMembrane

/**
 * Runs the spiking network at one point and stores what training does not: the spikes and membranes of every layer at
 * every step. The equations are those of `spikingMlp`:
 *
 *     I₁ = xW₁ + b₁,   s_l(t) = neuron(I_l(t)),   I_{l+1}(t) = s_l(t) W_{l+1} + b_{l+1}
 *
 * Pure and traceable.
 *
 * @param x [1, inputs]
 */
export function traceOf(
  { problem, network, neuron, spike }: Shared,
  { trained, fixed }: SpikingMlpVariables,
  x: Tensor,
): LayerTrace[] {
  const middle = tensor(problem.domain.map(([low, high]) => (low + high) / 2))
  const scale = tensor(problem.domain.map(([low, high]) => 2 / (high - low)))
  const { time } = network
  const first = trained.layers[0]!
  const current = add(matmul(mul(sub(x, middle), scale), first.weight), first.bias)
  let drive = broadcastTo(expandDims(current, 0), [time, ...current.shape])
  return trained.layers.map((_, l) => {
    const width = drive.shape[2]!
    const rest = withMembrane(neuron.rest([1, width]))
    const params = trained.neurons?.[l] ?? {}
    const begin: Tree = { ...rest, membrane: broadcastTo(fixed.membranes[l]!, [1, width]) }
    const [, seen] = scan(
      (state: Tree, now: Tensor): [Tree, { spikes: Tensor; membranes: Tensor }] => {
        const next = neuron.step(params, state, now, spike)
        return [next.state, { spikes: next.output, membranes: withMembrane(next.state).membrane }]
      },
      begin,
      drive,
    )
    const trace = { spikes: reshape(seen.spikes, [time, width]), membranes: reshape(seen.membranes, [time, width]) }
    const above = trained.layers[l + 1]
    if (above !== undefined) drive = expandDims(add(matmul(trace.spikes, above.weight), above.bias), 1)
    return trace
  })
}
