import { type OperatorProblem, type PinnProblem, type RegressionProblem, onlyDeclared } from '@spikeward/core'
import { ownDefaults, problemDefaults, sequenceDefaults, tableDefaults, untunedDefaults } from '../../tuned.js'
import type { ProblemDefaults } from '../../tuned.js'
import { type Reference, isEquationFile, loadExport, pluginError } from '../../plugins/reference.js'
import { guardProblem } from '../../plugins/guard.js'
import { lookUp } from '../factories.js'
import { type NamedFactory, findFactory, leafOf, makeFrom } from '../make.js'
import type { OptionValues } from '../optionValues.js'

/** The kind of a problem: a function of points, an operator, or the solution of one equation. */
export type ProblemKind = 'regression' | 'operator' | 'pinn'

export type Problem = RegressionProblem | OperatorProblem | PinnProblem

/** The problem of a run: what is learned, its default settings, and its factory (null for data from a file). */
export type ProblemChoice = {
  readonly kind: ProblemKind
  readonly defaults: ProblemDefaults
  /**
   * Whether some of the default settings were tuned for this problem, by the library or by the package that it comes
   * from.
   */
  readonly isTuned: boolean
  readonly named: NamedFactory | null
}

/** The name of an operator that functions in a file give. */
export const OWN = 'own'

/** The name of a function of points that a table in a file gives. */
export const TABLE = 'table'

/** The name of sequences in a file. */
export const SEQUENCES = 'sequences'

/** Whether a problem is read from the user's file. */
export const isFile = (problem: string): boolean => [OWN, TABLE, SEQUENCES].includes(problem)

const isKind = (kind: unknown): kind is ProblemKind => kind === 'regression' || kind === 'operator' || kind === 'pinn'

/**
 * Finds the problem that a run learns: `mexican-hat`, `package#name`, `./file.ts#name`, `./equation.json`, `own`,
 * `table`.
 *
 * @throws CLI_UNKNOWN_NAME, CLI_PACKAGE, CLI_PLUGIN
 */
export async function findProblem(text: string): Promise<ProblemChoice> {
  if (text === OWN) return { kind: 'operator', defaults: ownDefaults, isTuned: false, named: null }
  if (text === TABLE) return { kind: 'regression', defaults: tableDefaults, isTuned: false, named: null }
  if (text === SEQUENCES) return { kind: 'regression', defaults: sequenceDefaults, isTuned: false, named: null }
  const { name, options } = leafOf('problem', text)
  const entry = await findFactory('problem', name)
  const declared = entry.factory?.declaration.facts['kind']
  if (isEquationFile(name)) return { kind: 'pinn', defaults: untunedDefaults.pinn, isTuned: false, named: entry }
  const kind = isKind(declared) ? declared : (await fromEntry(entry, {}, options)).kind
  const own = entry.plugin === null ? null : await loadDefaults(entry.plugin)
  const tuned = problemDefaults[lookUp(['problem'], name)?.listed ?? name]
  return {
    kind,
    defaults: tuned ?? { ...untunedDefaults[kind], ...tunedEstimator(own), ...own },
    isTuned: tuned !== undefined || own !== null,
    named: entry,
  }
}

export const choiceOf = ({ kind }: Problem): ProblemChoice => ({
  kind,
  defaults: untunedDefaults[kind],
  isTuned: false,
  named: null,
})

/** The estimator of a package's settings that names none: the first one for which they have rates and steps. */
function tunedEstimator(own: Partial<ProblemDefaults> | null): Pick<Partial<ProblemDefaults>, 'estimator'> {
  const [estimator] = Object.keys(own?.byEstimator ?? {}).filter((name) => name !== 'other')
  return estimator === undefined ? {} : { estimator: estimator.split(' ')[0]! }
}

const settings: readonly string[] = [...Object.keys(untunedDefaults.operator), 'amplitude']

/**
 * The tuned settings of a package's problem: the export `hillDefaults` next to `hill`. Missing settings are generic.
 */
async function loadDefaults(plugin: Reference): Promise<Partial<ProblemDefaults> | null> {
  const name = `${plugin.exported}Defaults`
  const defaults = await loadExport(plugin, name)
  if (defaults === undefined) return null
  const wrong = typeof defaults !== 'object' || defaults === null || Array.isArray(defaults)
  const unknown = wrong ? undefined : Object.keys(defaults).find((key) => !settings.includes(key))
  if (!wrong && unknown === undefined) return defaults
  throw pluginError(
    plugin,
    `${name} ${wrong ? 'is not a record of settings' : `has a setting "${String(unknown)}"`}; there are ${settings.join(', ')}`,
  )
}

async function fromEntry(
  entry: NamedFactory,
  values: OptionValues,
  options: Parameters<typeof makeFrom>[2],
): Promise<Problem> {
  const problem = await makeFrom(entry, values, options)
  return (entry.plugin === null ? problem : guardProblem(entry.plugin, problem)) as Problem
}

/** The problem of a name and values by flag: `mexican-hat`, `mexican-hat(s=0.25)`, `package#name`. */
export async function makeProblem(text: string, values: OptionValues, dataKey: number): Promise<Problem> {
  const { name, options } = leafOf('problem', text)
  const entry = await findFactory('problem', name)
  const ofRun = entry.factory === null ? {} : onlyDeclared(entry.factory, { key: dataKey })
  return fromEntry(entry, values, { ...ofRun, ...options })
}
