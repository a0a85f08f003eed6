import { train as trainHere } from '@spikeward/experiment'
import type { Train } from './trainedRun.js'

/** Trains on this thread: in Node, the kernels use threads of their own. */
export const train: Train = trainHere
