import type { Key, SourceFunction } from '@spikeward/core'
import { periodicField2d } from './periodicField2d.js'
import { sampleFunctions, unitVariance } from './sampleFunctions.js'

const space = /* @__PURE__ */ unitVariance(periodicField2d({ gamma: 3, tau: 10, sigma: 1, modes: 5 }), 2)

/** The Gaussian fields of period 1 and variance 1 whose level sets are the first fronts of problems in the plane. */
export const layersOfPlane = {
  name: space.name,
  sample: (key: Key, n: number): Promise<SourceFunction[]> => sampleFunctions(space, key, n),
}
