import { defineValue, mean, reshape, slice, type Tensor } from '@spikeward/core'

/**
 * The membrane after the last step: outputs [time, …] of a `leakyIntegrator` at the end. Shape: that of one step.
 *
 * @example
 * await lastMembrane(tensor([[0.5], [0.75]])).data() // [0.75]
 */
export const lastMembrane = /* @__PURE__ */ defineValue(
  { kind: 'readout', name: 'lastMembrane', summary: 'membrane after the last step' },
  (outputs: Tensor): Tensor => {
    const [steps = 0, ...shape] = outputs.shape
    return reshape(slice(outputs, [steps - 1, ...shape.map(() => 0)], [steps, ...shape]), shape)
  },
)

/**
 * The membrane's mean over time: outputs [time, …] of a `leakyIntegrator`, averaged. Shape: that of one step.
 *
 * @example
 * await meanMembrane(tensor([[0.5], [0.75]])).data() // [0.625]
 */
export const meanMembrane = /* @__PURE__ */ defineValue(
  { kind: 'readout', name: 'meanMembrane', summary: 'mean of the membrane over time' },
  (outputs: Tensor): Tensor => mean(outputs, 0),
)

/**
 * Firing rate: the mean of spikes [time, …] over time, spikes per step, in [0, 1]. Shape: that of one step.
 *
 * @example
 * await rateReadout(tensor([[1, 0], [1, 1]])).data() // [1, 0.5]
 */
export const rateReadout = /* @__PURE__ */ defineValue(
  { kind: 'readout', name: 'rateReadout', summary: 'firing rate: the mean of the spikes over time' },
  (spikes: Tensor): Tensor => mean(spikes, 0),
)
