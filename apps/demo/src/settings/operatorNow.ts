import { entryOf } from '../protocol.js'
import type { Catalogue } from '../protocol.js'
import { declaredNetwork, hasOption, operatorPart, solvesOf, trainOf } from './operatorPart.js'
import type { OperatorPart, Solves } from './operatorPart.js'
import type { Settings } from './settings.js'
import { tunedOperator } from './tuned.js'

/** The tuned settings of an operator that the page has no control for; null for any other problem. */
export function operatorNow(
  settings: Settings,
  contender: number,
  catalogue: Catalogue | null,
): { readonly part: OperatorPart | null; readonly solves: Solves | null } {
  const none = { part: null, solves: null }
  if (catalogue === null) return none
  const defaults = tunedOperator(settings.problem, catalogue.tuned)
  const problem = entryOf(catalogue.problems, settings.problem)
  const network = defaults === undefined ? undefined : entryOf(catalogue.networks, declaredNetwork(defaults.network))
  const asked = settings.contenders[contender]
  if (defaults === undefined || problem === undefined || network === undefined || asked === undefined) return none
  const part = operatorPart(defaults, hasOption(network), trainOf(settings, problem))
  return { part, solves: solvesOf(defaults, asked) }
}
