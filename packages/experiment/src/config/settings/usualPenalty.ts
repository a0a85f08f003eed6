import { solveReadout } from '@spikeward/operators'

/** The penalty of readout solves that is neither given nor tuned. */
export const usualPenalty = Number(solveReadout.declaration.options.lambda.default)
