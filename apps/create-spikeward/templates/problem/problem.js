import { defineFactory, defineOptions, integer } from '@spikeward/core'
import { gridRegression } from '@spikeward/problems'

const options = /* @__PURE__ */ defineOptions(() => ({
  points: integer({ min: 5, default: 64, help: 'training points, ends included' }),
}))

/** A hill with waves around it, y = exp(−4x²) cos 8x on [−1, 1]. */
export const waves = /* @__PURE__ */ defineFactory(
  { kind: 'problem', name: 'waves', summary: 'a hill with waves around it', options },
  (read) =>
    /** @param {import('@spikeward/core').OptionsOf<typeof options>} [given] */
    (given = {}) =>
      gridRegression({
        name: 'waves',
        domain: [[-1, 1]],
        outputs: 1,
        target: ([x = 0]) => [Math.exp(-4 * x * x) * Math.cos(8 * x)],
        train: [read(given).points],
        validation: 64,
        test: [129],
      }),
)
