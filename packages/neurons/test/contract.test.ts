import { key } from '@spikeward/core'
import { describeNeuron, describeSurrogate } from '@spikeward/testkit'
import {
  adaptiveExponentialIntegrateAndFire,
  adaptiveLeakyIntegrateAndFire,
  alpha,
  atan,
  bipolarIntegrateAndFire,
  boxcar,
  errorFunction,
  exponentialIntegrateAndFire,
  fastSigmoid,
  fewSpike,
  gaussian,
  integrateAndFire,
  izhikevich,
  lapicque,
  leakyIntegrateAndFire,
  leakyIntegrator,
  norseLif,
  parametricLeakyIntegrateAndFire,
  piecewiseExp,
  quadraticIntegrateAndFire,
  recurrent,
  resonateAndFire,
  logistic,
  sigmaDelta,
  snnTorchLeaky,
  snnTorchSynaptic,
  softSign,
  spikingJellyIf,
  spikingJellyLif,
  steinGaussian,
  steinMonteCarlo,
  straightThrough,
  superSpike,
  synaptic,
  triangular,
  variableSpiking,
  winners,
} from '../src/index.js'

// One row per model, and another if its options change the equations.
const through = { resetDetached: false } as const
describeNeuron(() => integrateAndFire({ ...through, learn: ['threshold'] }))
describeNeuron(() => leakyIntegrateAndFire({ ...through, learn: ['beta', 'threshold'] }))
describeNeuron(() => leakyIntegrateAndFire(), { name: 'leakyIntegrateAndFire, detached', gradients: 'stopped' })
describeNeuron(() => synaptic({ ...through, learn: ['alpha', 'beta', 'threshold'], reset: 'zero' }))
describeNeuron(() => leakyIntegrator({ learn: ['beta'], decayInput: true }), { spiking: false })
describeNeuron(() => quadraticIntegrateAndFire())
describeNeuron(() => exponentialIntegrateAndFire())
describeNeuron(() => izhikevich())
const adaptive = ['beta', 'threshold', 'adaptationDecay', 'adaptationStrength'] as const
describeNeuron(() => adaptiveLeakyIntegrateAndFire({ ...through, learn: adaptive }))
describeNeuron(() => adaptiveLeakyIntegrateAndFire({ ...through, learn: adaptive, resetDelay: false, reset: 'zero' }), {
  name: 'adaptiveLeakyIntegrateAndFire, not delayed',
})
describeNeuron(() => adaptiveExponentialIntegrateAndFire())
describeNeuron(() => resonateAndFire(), { current: 2 })
describeNeuron(() => resonateAndFire({ ...through, reset: 'subtract', resetCurrent: false }), {
  name: 'resonateAndFire, subtract',
  current: 2,
})
describeNeuron(() => lapicque({ ...through, method: 'exact', resistance: 3, capacitance: 2 }))
describeNeuron(() => alpha({ ...through, learn: ['threshold'] }))
describeNeuron(() => alpha({ ...through, learn: ['threshold'], reset: 'subtract', resetDelay: false }), {
  name: 'alpha, subtract, not delayed',
})
describeNeuron(() => parametricLeakyIntegrateAndFire({ learn: ['threshold'] }), { current: 2 })
describeNeuron(() => parametricLeakyIntegrateAndFire({ shared: false, resetDetached: true }), {
  name: 'parametricLeakyIntegrateAndFire, one per neuron',
  gradients: 'stopped',
  current: 2,
})
describeNeuron(() => fewSpike({ bits: 4, range: 2, learn: ['range'] }), { spiking: false })
describeNeuron(() => sigmaDelta({ learn: ['threshold'], activation: 'identity' }), { spiking: false })
describeNeuron(() => sigmaDelta({ threshold: 0.5, straightThrough: true }), {
  name: 'sigmaDelta, straight through',
  spiking: false,
  gradients: 'stopped',
})
describeNeuron(() => variableSpiking({ learn: ['beta', 'threshold'], activation: 'tanh' }), { spiking: false })
describeNeuron(() => bipolarIntegrateAndFire({ ...through, beta: 0.8, learn: ['beta', 'threshold'] }), {
  spiking: false,
})
describeNeuron(
  () => bipolarIntegrateAndFire({ ...through, resetDelay: false, reset: 'zero', negativeThreshold: 0.5 }),
  {
    name: 'bipolarIntegrateAndFire, not delayed, uneven',
    spiking: false,
  },
)
describeNeuron(() => recurrent(leakyIntegrateAndFire({ ...through, learn: ['beta'] })), { pointwise: false })
describeNeuron(() => winners(leakyIntegrateAndFire({ ...through, resetDelay: false, learn: ['beta'] }), 2), {
  pointwise: false,
})
describeNeuron(() => spikingJellyLif({ vReset: null }).model, { name: 'spikingJellyLif' })
describeNeuron(() => spikingJellyIf().model, { name: 'spikingJellyIf' })
describeNeuron(() => snnTorchLeaky({ beta: 0.9 }).model, { name: 'snnTorchLeaky', gradients: 'stopped' })
describeNeuron(() => snnTorchSynaptic({ alpha: 0.8, beta: 0.9 }).model, {
  name: 'snnTorchSynaptic',
  gradients: 'stopped',
})
describeNeuron(() => norseLif().model, { name: 'norseLif', gradients: 'stopped', current: 4 })

describeSurrogate(() => atan())
describeSurrogate(() => boxcar())
describeSurrogate(() => errorFunction())
describeSurrogate(() => fastSigmoid())
describeSurrogate(() => gaussian())
describeSurrogate(() => piecewiseExp())
describeSurrogate(() => logistic())
describeSurrogate(() => softSign())
describeSurrogate(() => steinGaussian())
describeSurrogate(() => steinMonteCarlo({ key: key(3) }), { exact: false })
describeSurrogate(() => straightThrough())
describeSurrogate(() => superSpike())
describeSurrogate(() => triangular())
