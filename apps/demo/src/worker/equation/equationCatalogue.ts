import { kebabCase } from '@spikeward/core'
import type { Declared } from '@spikeward/core'
import {
  exactDerivatives,
  pinn,
  steinDerivatives,
  stencilDerivatives,
  surrogateDerivatives,
} from '@spikeward/operators'
import * as equations from '@spikeward/problems/equations'
import { balanced, causal, rad, rar } from '@spikeward/train'
import type { Catalogue } from '../../protocol.js'
import type { Equations } from '../../settings/settings.js'
import { catalogue, entriesIn, functions, offered } from '../catalogue.js'
import type { Entry } from '../catalogue.js'

const named = (exports: Readonly<Record<string, Declared<object>>>): Entry[] =>
  Object.entries(exports).map(([exportName, declared]) => ({ exportName, declared }))

/** The declared parts of equations and their losses. */
export const parts = {
  equation: entriesIn({ ...equations }, 'problem'),
  // Their step or their key is required, and the page supplies it.
  derivative: named({ exactDerivatives, steinDerivatives, stencilDerivatives, surrogateDerivatives }),
  refinement: named({ balanced, causal, rad, rar }),
  network: named({ pinn }),
}

/** Tuned settings by name; an equation without any has those that equations share. */
export const tuned: Equations = Object.fromEntries(
  parts.equation.map(({ declared }) => {
    const name = kebabCase(declared.declaration.name)
    return [name, equations.equationDefaults[name] ?? equations.untunedDefaults.pinn]
  }),
)

/** The page's offers, equations included. */
export const wholeCatalogue: Catalogue = {
  ...catalogue,
  problems: offered([...functions, ...parts.equation]),
  derivatives: offered(parts.derivative),
  refinements: offered(parts.refinement),
  networks: offered(parts.network),
  equations: tuned,
  isWhole: true,
}
