import type { TrainConfig } from '../config/trainConfig.js'

/** The penalty of a run's readout solves, as an option of the solvers. */
export const penaltyOf = ({ readoutPenalty }: Pick<TrainConfig, 'readoutPenalty'>): { readonly lambda?: number } =>
  readoutPenalty === null ? {} : { lambda: readoutPenalty }
