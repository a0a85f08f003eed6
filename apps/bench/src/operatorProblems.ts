/** The declared operators, by the names of the command line. */
import { construct, declaredIn, kebabCase } from '@spikeward/core'
import type { Declared, OperatorProblem } from '@spikeward/core'
import * as problemPackage from '@spikeward/problems'
import type { Options } from './catalogue.js'

const known: ReadonlyMap<string, Declared<object>> = new Map(
  Object.entries(declaredIn({ ...problemPackage }, 'problem'))
    .filter(([, { declaration }]) => declaration.facts['kind'] === 'operator')
    .map(([name, factory]) => [kebabCase(name), factory]),
)

/** Their names. */
export const operatorNames: readonly string[] = [...known.keys()]

/** Whether a problem is one of them. */
export const isOperator = (name: string): boolean => known.has(name)

/** The operator with this name. */
export function operatorOf(name: string, options: Options): OperatorProblem {
  const factory = known.get(name)
  if (factory === undefined) throw new Error(`no operator is called ${name}; there are ${operatorNames.join(', ')}`)
  return construct(factory, options) as OperatorProblem
}
