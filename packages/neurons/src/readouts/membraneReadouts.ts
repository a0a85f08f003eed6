import { defineValue, mean, reshape, slice } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

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
