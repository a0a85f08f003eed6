/**
 * The part of the worker that it loads after the first picture: equations and operators. It is one file, since parts that two files
 * share would be loaded before it.
 */
import type { Catalogue } from '../protocol.js'
import { catalogue, functions, offered } from './catalogue.js'
import { equationParts, tunedEquations } from './equation/buildEquation.js'
import { operatorParts, tunedOperators } from './operator/operatorCatalogue.js'

export { buildEquation } from './equation/buildEquation.js'
export { makeOperators } from './operator.js'
export { buildOperator } from './operator/buildOperator.js'

/** Whether a problem is an operator. */
export const isOperator = (problem: string): boolean =>
  operatorParts.operator.some(({ declared: { declaration: d } }) => [d.name, ...d.aliases].includes(problem))

/** The page's offers, equations and operators included. */
export const wholeCatalogue: Catalogue = {
  ...catalogue,
  problems: offered([...functions, ...equationParts.equation, ...operatorParts.operator]),
  derivatives: offered(equationParts.derivative),
  refinements: offered(equationParts.refinement),
  networks: offered([...equationParts.network, ...operatorParts.network]),
  tuned: { equations: tunedEquations, operators: tunedOperators },
  isWhole: true,
}
