import { type HardConditions, integer, number, opaque } from '@spikeward/core'
import { has } from '../shared/networkOptions.js'
import type { Amplitude } from '../wrappers/amplitude.js'

const isHard = (x: unknown): x is HardConditions => has(x, 'apply', 'satisfies')

const isAmplitude = (x: unknown): x is Amplitude => has(x, 'of', 'divide', 'told')

/** The default penalty of every solver, for f32. */
export const READOUT_PENALTY = 1e-4

/** `lambda` of a solver that builds up a readout in passes. */
export const lambdaOption = /* @__PURE__ */ number({
  min: 0,
  above: true,
  default: READOUT_PENALTY,
  help: 'penalty on the change of a readout, relative to the mean square of a feature (λ)',
})

/** `passes` of a solver. */
export const passesOption = /* @__PURE__ */ integer({
  min: 1,
  default: 8,
  help: 'least-squares solves, each for the error of the one before',
})

/** `hard` of a solver: the output transform around the network. */
export const hardOption = /* @__PURE__ */ opaque('hard conditions, { apply, satisfies }', isHard, {
  computed: 'none',
  help: 'output transform around the network',
})

/** `amplitude` of a solver: the amplitude that a wrapper divides out of the network. */
export const amplitudeOption = /* @__PURE__ */ opaque('an amplitude, as returned by amplitude()', isAmplitude, {
  computed: 'none',
  help: 'amplitude divided out around the network; it weights least squares by α²',
})
