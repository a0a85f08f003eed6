import { describeNeuron, describeSurrogate } from '@spikeward/testkit'
import {
  atan,
  boxcar,
  erf,
  exponentialIntegrateAndFire,
  fastSigmoid,
  gaussian,
  integrateAndFire,
  izhikevich,
  leakyIntegrateAndFire,
  leakyIntegrator,
  norseLif,
  piecewiseExp,
  quadraticIntegrateAndFire,
  sigmoid,
  softSign,
  spikingJellyLif,
  steinGaussian,
  straightThrough,
  superSpike,
  synaptic,
  triangular,
} from '../src/index.js'

// A model is a row, and another where its options change the equations.
const through = { resetDetached: false } as const
describeNeuron(() => integrateAndFire({ ...through, learn: ['threshold'] }))
describeNeuron(() => leakyIntegrateAndFire({ ...through, learn: ['beta', 'threshold'] }))
describeNeuron(() => leakyIntegrateAndFire(), { name: 'leakyIntegrateAndFire, detached', gradients: 'stopped' })
describeNeuron(() => synaptic({ ...through, learn: ['alpha', 'beta', 'threshold'], reset: 'zero' }))
describeNeuron(() => leakyIntegrator({ learn: ['beta'], decayInput: true }), { spiking: false })
describeNeuron(() => quadraticIntegrateAndFire())
describeNeuron(() => exponentialIntegrateAndFire())
describeNeuron(() => izhikevich())
describeNeuron(() => spikingJellyLif({ vReset: null }).model, { name: 'spikingJellyLif' })
describeNeuron(() => norseLif().model, { name: 'norseLif', gradients: 'stopped', current: 4 })

describeSurrogate(() => atan())
describeSurrogate(() => boxcar())
describeSurrogate(() => erf())
describeSurrogate(() => fastSigmoid())
describeSurrogate(() => gaussian())
describeSurrogate(() => piecewiseExp())
describeSurrogate(() => sigmoid())
describeSurrogate(() => softSign())
describeSurrogate(() => steinGaussian())
// steinMonteCarlo stands in its own test: rows of a vmap share its noise.
describeSurrogate(() => straightThrough())
describeSurrogate(() => superSpike())
describeSurrogate(() => triangular())
