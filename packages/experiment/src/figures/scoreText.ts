import type { Measurement } from '../assembly/experiment.js'
import { errorText } from '../io/errorText.js'

/** The error of a run, or what there is in its place, for the title of its figure. */
export const scoreText = ({ residual, relativeL2 }: Pick<Measurement, 'residual' | 'relativeL2'>): string =>
  residual === undefined ? `relative L2 ${errorText(relativeL2)}` : `residual and conditions ${errorText(residual)}`
