import { type FloatDType, add, cast, div, onlineRules } from '@spikeward/core'
import { describeEstimator as describeAnywhere, spikingLoss } from '@spikeward/testkit'
import {
  activity,
  annealed,
  antithetic,
  average,
  beside,
  bp,
  controlVariate,
  distributions,
  eggroll,
  eProp,
  eligibility,
  evolution,
  exactForward,
  exactReadout,
  feedback,
  gaussNewton,
  guided,
  localLoss,
  lowRank,
  mezo,
  mix,
  normalise,
  randomSign,
  orthogonal,
  orthogonalTangents,
  perBlock,
  pseudoZeroth,
  rateBackpropagation,
  realTimeRecurrent,
  rfg,
  spsa,
  subspaceGaussNewton,
  targetRate,
  withCosine,
} from '../src/index.js'
import { sampler } from './sample.js'
import { sequenceLoss } from './sequence/sequenceLoss.js'
import { unitColumns } from './feedback/unitColumns.js'

/** The contract, with its samples drawn by the cpu backend. */
const describeEstimator: typeof describeAnywhere = (factory, options) =>
  describeAnywhere(factory, { backend: sampler, ...options })

const spikes =
  (...widths: number[]) =>
  (dtype: FloatDType) =>
    spikingLoss({ dtype, widths, time: 4, samples: 4 })
/** A loss of two layers of spikes whose blocks are called as those of the smooth one. */
const inBlocks = (dtype: FloatDType) => {
  const { loss, params } = spikingLoss({ dtype, widths: [2, 3, 3, 1], time: 4, samples: 4 })
  const own = { hidden: params.layers, readout: params.readout }
  return { loss: (p: typeof own) => loss({ layers: p.hidden, readout: p.readout }), params: own }
}
const problem = spikes(2, 3, 2)
const deep = spikes(2, 3, 3, 2)

describeEstimator(bp)
describeEstimator(() => bp({ checkpoint: 2 }), { name: 'bp, in segments', random: false, problem })
describeEstimator(() => exactForward({ chunk: 5 }), { random: false })
for (const distribution of Object.values(distributions)) {
  describeEstimator(() => rfg({ distribution }), { name: `rfg, ${distribution.name}` })
}
describeEstimator(() => rfg({ scope: 'layerwise' }), { name: 'rfg, layer-wise' })
describeEstimator(() => rfg({ scope: 'layerwise', directions: 3, distribution: distributions.sphere }), {
  name: 'rfg, layer-wise, 3 on the sphere',
})
describeEstimator(() => average(3, rfg()))
describeEstimator(() => normalise(rfg()))
describeEstimator(() => randomSign(rfg()))
describeEstimator(() => antithetic(rfg()))
describeEstimator(() => targetRate(rfg(), 0.1, { weight: 100 }), { problem, value: Infinity })
describeEstimator(() => mix(bp(), rfg(), 0.5), { random: true })
describeEstimator(() => perBlock({ hidden: rfg({ directions: 2 }), readout: bp() }), { random: true, deep: inBlocks })
describeEstimator(() => perBlock({ layers: activity(), readout: bp() }), { random: true, problem })
describeEstimator(() => beside(activity(), rfg()), { random: true, problem })
describeEstimator(() => mix(activity(), bp(), 0.5), { name: 'mix with a bias above', random: true, problem })
describeEstimator(() => withCosine(rfg()), { random: true })
describeEstimator(() => activity(), { problem })
describeEstimator(
  () => activity({ directions: 2, scope: 'layerwise', readout: 'noise', distribution: distributions.gaussian }),
  {
    name: 'activity, layer-wise, Gaussian, readout too',
    problem,
  },
)
describeEstimator(() => eligibility(), { problem, random: false })
describeEstimator(() => exactReadout(rfg({ directions: 2 })), { problem })
for (const keep of ['complement', 'leading'] as const) {
  describeEstimator(() => orthogonal(activity(), { directions: 1, keep }), { name: `orthogonal, ${keep}`, problem })
}
describeEstimator(() => spsa({ directions: 2 }), { value: Infinity })
describeEstimator(() => mezo(), { value: Infinity })
describeEstimator(
  () =>
    annealed(
      (size) => spsa({ size }),
      (step) => div(0.1, add(1, cast(step, 'f32'))),
    ),
  { value: Infinity },
)
describeEstimator(() => gaussNewton(), { problem, random: false })
describeEstimator(() => gaussNewton({ transport: 'weightMirror' }), {
  name: 'gaussNewton, weight mirror',
  problem,
  random: false,
})
describeEstimator(() => gaussNewton({ directions: 2 }), {
  name: 'gaussNewton, two layers',
  problem: spikes(2, 3, 3, 1),
})
describeEstimator(() => subspaceGaussNewton({ directions: 3 }), { problem })
for (const scale of ['unbiased', 'projection', 'length'] as const) {
  describeEstimator(() => orthogonalTangents({ directions: 5, scale }), { name: `orthogonalTangents, ${scale}` })
}
describeEstimator(() => orthogonalTangents({ directions: 2, scope: 'tensor' }), {
  name: 'orthogonalTangents, tensor by tensor',
})
describeEstimator(() => orthogonalTangents({ directions: 5, by: 'qr' }), { name: 'orthogonalTangents, by QR' })
describeEstimator(() => lowRank({ directions: 2 }))
describeEstimator(() => lowRank({ perSample: true, directions: 2 }), { name: 'lowRank, per sample', problem })
describeEstimator(() => controlVariate(rfg({ directions: 2 })))
describeEstimator(() => controlVariate(rfg({ directions: 2 }), { guess: feedback({ outputs: 2 }) }), { problem, deep })
describeEstimator(() => guided({ directions: 3, decay: 0.5 }))
describeEstimator(() => guided({ directions: 3, guess: localLoss({ outputs: 2 }) }), { problem, deep })
for (const fitness of ['raw', 'zscore', 'rank'] as const) {
  describeEstimator(() => evolution({ pairs: 3, fitness }), { name: `evolution, ${fitness}`, value: Infinity })
}
describeEstimator(() => eggroll({ pairs: 3, rank: 2 }), { value: Infinity })
describeEstimator(() => localLoss({ outputs: 2 }), { problem, deep, random: false })
for (const transport of ['weightMirror', 'kolenPollack', 'random'] as const) {
  const name = `localLoss, ${transport}`
  describeEstimator(() => localLoss({ outputs: 2, transport }), { name, problem, deep, random: false })
}
describeEstimator(() => localLoss({ outputs: 2, heads: 'solved' }), {
  name: 'localLoss, solved heads',
  problem,
  deep,
  random: false,
})
describeEstimator(() => feedback({ outputs: 2 }), { problem, deep, random: false })
describeEstimator(() => feedback({ outputs: 2, transport: 'weightMirror' }), {
  name: 'feedback, mirrored readout',
  problem,
  deep,
  random: false,
})
describeEstimator(() => rateBackpropagation(), { problem, deep, random: false })
describeEstimator(() => rateBackpropagation(), {
  name: 'rateBackpropagation, residual layers',
  problem: (dtype) => spikingLoss({ dtype, widths: [2, 3, 2], time: 4, samples: 4, residual: true }),
  deep: (dtype) => spikingLoss({ dtype, widths: [2, 3, 3, 2], time: 4, samples: 4, residual: true }),
  random: false,
})
describeEstimator(() => rateBackpropagation(), {
  name: 'rateBackpropagation, weights of unit length',
  problem: (dtype) => spikingLoss({ dtype, widths: [2, 3, 2], time: 4, samples: 4, weightMap: unitColumns }),
  deep: (dtype) => spikingLoss({ dtype, widths: [2, 3, 3, 2], time: 4, samples: 4, weightMap: unitColumns }),
  random: false,
})
for (const transport of ['weightMirror', 'kolenPollack', 'random'] as const) {
  const name = `rateBackpropagation, ${transport}`
  describeEstimator(() => rateBackpropagation({ transport }), { name, problem, deep, random: false })
}
describeEstimator(() => pseudoZeroth({ outputs: 2 }), { problem: deep, deep })
describeEstimator(() => spsa({ at: 'activity', directions: 2 }), {
  name: 'spsa, at the activity',
  problem: deep,
  value: Infinity,
})
for (const recurrence of ['none', 'diagonal'] as const) {
  describeEstimator(() => eProp({ recurrence }), {
    name: `eProp, traces through ${recurrence}`,
    problem: (dtype) => sequenceLoss('none', dtype),
    deep: (dtype) => sequenceLoss('full', dtype),
    random: false,
  })
}
describeEstimator(() => eProp({ transport: 'weightMirror' }), {
  name: 'eProp, weight mirror',
  problem: (dtype) => sequenceLoss('none', dtype),
  deep: (dtype) => sequenceLoss('full', dtype),
  random: false,
})
for (const rule of onlineRules) {
  describeEstimator(() => realTimeRecurrent({ rule }), {
    problem: (dtype) => sequenceLoss('none', dtype),
    deep: (dtype) => sequenceLoss('full', dtype),
    random: false,
    // Its traces follow the recurrent weights of the one layer here.
    ...(rule === 'ostl' ? { showsBias: false } : {}),
  })
}
describeEstimator(() => controlVariate(rfg({ directions: 2 }), { guess: eProp() }), {
  name: 'rfg with eProp as the control variate',
  problem: (dtype) => sequenceLoss('full', dtype),
  deep: (dtype) => sequenceLoss('full', dtype),
})
