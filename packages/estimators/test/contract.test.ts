import { describeEstimator } from '@spikeward/testkit'
import {
  activity,
  antithetic,
  average,
  bp,
  distributions,
  eligibility,
  exactForward,
  exactReadout,
  mix,
  multiTangent,
  normalise,
  perBlock,
  rfg,
  withCosine,
} from '../src/index.js'
import { spikingProblem } from './spiking.js'

const problem = spikingProblem({ widths: [2, 3, 2], time: 4, samples: 4 })

describeEstimator(bp)
describeEstimator(() => exactForward({ chunk: 5 }), { random: false })
for (const distribution of Object.values(distributions)) {
  describeEstimator(() => rfg({ distribution }), { name: `rfg, ${distribution.name}` })
}
describeEstimator(() => rfg({ scope: 'layerwise' }), { name: 'rfg, layer-wise' })
describeEstimator(() => rfg({ scope: 'layerwise', directions: 3, distribution: distributions.sphere }), {
  name: 'rfg, layer-wise, 3 on the sphere',
})
describeEstimator(() => multiTangent({ directions: 4 }))
describeEstimator(() => average(3, rfg()))
describeEstimator(() => normalise(rfg()))
describeEstimator(() => antithetic(rfg()))
describeEstimator(() => mix(bp(), rfg(), 0.5), { random: true })
describeEstimator(() => perBlock({ hidden: rfg({ directions: 2 }), readout: bp() }), { random: true })
describeEstimator(() => withCosine(rfg()), { random: true })
describeEstimator(() => activity(), { problem })
describeEstimator(() => activity({ directions: 2, scope: 'layerwise', readout: 'noise', distribution: distributions.gaussian }), {
  name: 'activity, layer-wise, Gaussian, readout too',
  problem,
})
describeEstimator(() => eligibility(), { problem, random: false })
describeEstimator(() => exactReadout(rfg({ directions: 2 })), { problem })
