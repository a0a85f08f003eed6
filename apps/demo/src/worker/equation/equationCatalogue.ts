import { kebabCase } from '@spikeward/core'
import {
  exactDerivatives,
  pinn,
  steinDerivatives,
  stencilDerivatives,
  surrogateDerivatives,
} from '@spikeward/operators'
import * as equations from '@spikeward/problems/equations'
import { balanced, causal, rad, rar } from '@spikeward/train'
import type { Tuned } from '../../settings/tuned.js'
import { entriesIn, named } from '../catalogue.js'

/** The declared parts of equations and their losses. */
export const equationParts = {
  equation: entriesIn({ ...equations }, 'problem'),
  // Their step or their key is required, and the page supplies it.
  derivative: named({ exactDerivatives, steinDerivatives, stencilDerivatives, surrogateDerivatives }),
  refinement: named({ balanced, causal, rad, rar }),
  network: named({ pinn }),
}

/** Tuned settings by name; an equation without any has those that equations share. */
export const tunedEquations: Tuned['equations'] = Object.fromEntries(
  equationParts.equation.map(({ declared }) => {
    const name = kebabCase(declared.declaration.name)
    return [name, equations.equationDefaults[name] ?? equations.untunedDefaults.pinn]
  }),
)
