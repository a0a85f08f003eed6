import type { TrainConfig } from '../config/trainConfig.js'

export const penaltyOf = ({ readoutPenalty }: Pick<TrainConfig, 'readoutPenalty'>): { readonly lambda?: number } =>
  readoutPenalty === null ? {} : { lambda: readoutPenalty }
