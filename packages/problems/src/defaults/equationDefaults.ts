import { byProblem } from './byProblem.js'
import * as tuned from './tunedEquations.js'

/** Tuned defaults of the single equations by name, for pages: those of operators are several times as long. */
export const equationDefaults = byProblem(tuned)
