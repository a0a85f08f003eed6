import { describeEstimator } from '@spikeward/testkit'
import {
  antithetic,
  average,
  bp,
  distributions,
  exactForward,
  mix,
  multiTangent,
  normalise,
  perBlock,
  rfg,
  withCosine,
} from '../src/index.js'

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
