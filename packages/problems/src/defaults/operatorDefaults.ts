import { byProblem } from './byProblem.js'
import * as tuned from './tunedOperators.js'

/** Tuned defaults of the operators by name, for pages. */
export const operatorDefaults = byProblem(tuned)
