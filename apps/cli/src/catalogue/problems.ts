import type { OperatorProblem, PinnProblem, RegressionProblem } from '@spikeward/core'
import { ownDataDefaults, parabolaDefaults, poissonPinnDefaults, problemDefaults } from '@spikeward/problems/defaults'
import type { ProblemDefaults } from '@spikeward/problems/defaults'
import { guardProblem } from '../plugins/guards/guardProblem.js'
import { leafOf, makeThing } from './make.js'
import type { OptionValues } from './optionValues.js'
import { findThing } from './things.js'
import type { Thing } from './things.js'

/** What is learned: a function of points, an operator, the solution of one equation. */
export type ProblemKind = 'regression' | 'operator' | 'pinn'

/** A problem as its factory makes it. */
export type Problem = RegressionProblem | OperatorProblem | PinnProblem

/** The problem of a run: what is learned, its default settings, and its factory (null for data from a file). */
export type ProblemChoice = {
  readonly kind: ProblemKind
  readonly defaults: ProblemDefaults
  readonly thing: Thing | null
}

/** The name of an operator that is given by functions in a file. */
export const OWN = 'own'

/** Settings for a problem that has none of its own: those of the simplest problem of its kind, no network tuned. */
const untuned: Readonly<Record<ProblemKind, ProblemDefaults>> = {
  regression: { ...parabolaDefaults, networks: {} },
  operator: { ...ownDataDefaults, networks: {} },
  pinn: { ...poissonPinnDefaults, networks: {} },
}

const isKind = (kind: unknown): kind is ProblemKind => kind === 'regression' || kind === 'operator' || kind === 'pinn'

/**
 * What a run learns, by the name of its problem: `mexican-hat`, `package#name`, `./file.js#name`, `own`.
 *
 * @throws CLI_UNKNOWN_NAME, CLI_PACKAGE, CLI_PLUGIN
 */
export async function findProblem(text: string): Promise<ProblemChoice> {
  if (text === OWN) return { kind: 'operator', defaults: ownDataDefaults, thing: null }
  const { name, options } = leafOf('problem', text)
  const thing = await findThing('problem', name)
  const declared = thing.factory?.declaration.facts['kind']
  const kind = isKind(declared) ? declared : (await made(thing, {}, options)).kind
  return { kind, defaults: problemDefaults[name] ?? untuned[kind], thing }
}

async function made(thing: Thing, values: OptionValues, options: Parameters<typeof makeThing>[2]): Promise<Problem> {
  const problem = await makeThing(thing, values, options)
  return thing.plugin === null ? (problem as Problem) : guardProblem(thing.plugin, problem)
}

/**
 * The problem of a name and values by flag: `mexican-hat`, `mexican-hat(s=0.25)`, `package#name`.
 *
 * @param dataKey the key from which an operator's functions are drawn
 * @throws CLI_UNKNOWN_NAME, CLI_PACKAGE, CLI_PLUGIN; those of the factories
 */
export async function makeProblem(text: string, values: OptionValues, dataKey: number): Promise<Problem> {
  const { name, options } = leafOf('problem', text)
  const thing = await findThing('problem', name)
  const drawn =
    thing.factory !== null && Object.hasOwn(thing.factory.declaration.options, 'key') ? { key: dataKey } : {}
  return made(thing, values, { ...drawn, ...options })
}
