import { byProblem } from './byProblem.js'
import * as tuned from './tunedFunctions.js'

/** Tuned defaults of the functions of points by name, for pages: those of operators are several times as long. */
export const regressionDefaults = byProblem(tuned)
