import { byProblem } from './byProblem.js'
import * as tuned from './tunedRegression.js'

/** Tuned defaults of the functions of points by name, for pages: those of operators are several times as long. */
export const regressionDefaults = byProblem(tuned)
