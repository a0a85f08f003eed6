import type { Estimator } from '@spikeward/core'
import { distributions, exactReadout, rankOne } from '@spikeward/estimators'
import type { Distribution, Size } from '@spikeward/estimators'
import { guardEstimator } from '../plugins/guardEstimator.js'
import { callFactory, loadFactory } from '../plugins/loadFactory.js'
import type { Factory } from '../plugins/loadFactory.js'
import { callPlugin } from '../plugins/pluginError.js'
import { isExternal, referenceOf } from '../plugins/reference.js'
import type { Reference } from '../plugins/reference.js'
import { pick } from '../usage/pick.js'
import { usageError } from '../usage/usageError.js'
import { combinators } from './combinators.js'
import type { CombinatorEntry } from './combinators.js'
import { estimatorEntries, estimatorSettings } from './estimatorEntries.js'
import type { EstimatorEntry, EstimatorSetting } from './estimatorEntries.js'
import { leavesOf, parseExpression } from './expression.js'
import type { Expression } from './expression.js'

/** Settings of an estimator; null where the estimator has no such setting or its own default is meant. */
export type EstimatorSettings = {
  readonly scope: string | null
  readonly directions: number | null
  readonly distribution: string | null
  /** Length of a finite step along a direction. */
  readonly size: number | null
  /** Whether the readout is perturbed like the rest, or differentiated exactly. */
  readonly readout: string | null
  /** First damping of a least-squares step. */
  readonly damping: number | null
  /** Whether the damping follows from the loss before and after a step. */
  readonly adapt: boolean | null
}

/** What else an estimator is made from. */
export type EstimatorHow = {
  /** Whether the readout's gradient is formed exactly beside it. */
  readonly exactReadout: boolean
  /** Steps of the run, for what changes over it. */
  readonly steps: number
}

/** Where directions come from, by name. */
export const directionSources: Readonly<Record<string, Distribution>> = { ...distributions, rankOne }

const words: Partial<Record<EstimatorSetting, Readonly<Record<string, string>>>> = {
  scope: { global: 'global', layerwise: 'layerwise' },
  readout: { exact: 'exact', noise: 'noise' },
}

const read = (text: string): Expression => parseExpression('estimator', text)

const entryOf = ({ name }: Expression): EstimatorEntry => {
  const entries: Readonly<Record<string, { readonly make: EstimatorEntry }>> = estimatorEntries
  return pick('estimator', name, { ...combinatorNames, ...entries }).make
}

/** A combinator without anything inside is no estimator: said when it is made, not when settings are asked for. */
const combinatorNames: Readonly<Record<string, { readonly make: EstimatorEntry }>> = Object.fromEntries(
  Object.keys(combinators).map((name) => [name, { make: { of: () => lacks(name), takes: estimatorSettings } }]),
)

function lacks(name: string): never {
  const { usage } = pick<{ readonly make: CombinatorEntry }>('combinator', name, combinators).make
  throw usageError('CLI_USAGE', `${name} stands around something else; write it like ${usage}`)
}

/**
 * Which of the shared settings an estimator takes: those that one of the estimators in it takes.
 *
 * @param text `rfg`, `package#name`, `controlVariate(rfg)`
 * @throws CLI_UNKNOWN_NAME, CLI_BAD_VALUE
 */
export const settingsTaken = (text: string): readonly string[] =>
  leavesOf(read(text)).flatMap((leaf) => (isExternal(leaf.name) ? estimatorSettings : entryOf(leaf).takes))

/** The innermost estimator of a name, the first where there are several: whose defaults are taken. */
export const innermost = (text: string): string => leavesOf(read(text))[0]!.name

/** An estimator of a package: its factory, and what that made of the settings. */
type Loaded = { readonly plugin: Reference; readonly factory: Factory; readonly made: unknown }

/** What making goes by: settings, steps, a size that takes the place of the setting, the estimators of packages. */
type Making = {
  readonly settings: EstimatorSettings
  readonly steps: number
  readonly size: Size | null
  readonly loaded: ReadonlyMap<Expression, Loaded>
}

function optionsOf(leaf: Expression, taken: readonly EstimatorSetting[], making: Making): Record<string, unknown> {
  const { settings, size } = making
  const shared = taken.flatMap((name) => {
    const value = name === 'size' ? (size ?? settings.size) : settings[name]
    return value === null ? [] : [[name, value] as const]
  })
  const all: Record<string, unknown> = { ...Object.fromEntries(shared), ...leaf.options }
  // A size that changes over the run stands above a number that does not.
  if (size !== null && taken.includes('size')) all['size'] = size
  for (const [name, known] of Object.entries(words)) {
    if (typeof all[name] === 'string' && taken.includes(name as EstimatorSetting)) pick(name, all[name], known)
  }
  return all
}

function makeLeaf(leaf: Expression, making: Making): Estimator {
  const { name } = leaf
  if (leaf.args.length > 0)
    throw usageError('CLI_USAGE', `${name} takes options, such as (directions=4), not bare numbers`)
  const loaded = making.loaded.get(leaf)
  if (loaded !== undefined) {
    const { plugin, factory, made } = loaded
    // A size that changes over the run is put in while a step is traced: that call cannot wait.
    const again = (): unknown => factory(optionsOf(leaf, estimatorSettings, making))
    return guardEstimator(plugin, making.size === null ? made : callPlugin(plugin, 'the factory', again))
  }
  const { of, takes, as = {} } = entryOf(leaf)
  const given = optionsOf(leaf, takes, making)
  const entries = Object.entries(given).map(([option, value]): [string, unknown] => {
    if (option === 'distribution') return [option, pick('distribution', String(value), directionSources)]
    return [as[option as EstimatorSetting] ?? option, value]
  })
  return of(Object.fromEntries(entries))
}

function make(e: Expression, making: Making): Estimator {
  if (!Object.hasOwn(combinators, e.name) || e.args.length === 0) return makeLeaf(e, making)
  const entry = pick<{ readonly make: CombinatorEntry }>('combinator', e.name, combinators).make
  const inner = e.args.filter((a): a is Expression => typeof a !== 'number')
  const numbers = e.args.filter((a) => typeof a === 'number')
  const options = Object.keys(e.options)
  const [least, most] = typeof entry.estimators === 'number' ? [entry.estimators, entry.estimators] : entry.estimators
  const fits = inner.length >= least && inner.length <= most && numbers.length === entry.numbers
  if (!fits || (options.length > 0 && !entry.options)) {
    throw usageError(
      'CLI_USAGE',
      `${e.name} has something else in its parentheses than it takes; write it like ${entry.usage}`,
    )
  }
  const sized = (size: Size): Estimator => {
    const takers = leavesOf(inner[0]!).filter((l) => isExternal(l.name) || entryOf(l).takes.includes('size'))
    if (takers.length > 0) return make(inner[0]!, { ...making, size })
    throw usageError('CLI_USAGE', `nothing in ${e.name} has a size that could change; write it like ${entry.usage}`)
  }
  const estimators = inner.map((one) => make(one, making))
  return entry.build({ estimators, numbers, options: e.options, sized, steps: making.steps })
}

/**
 * The estimator of a name and its settings, the readout's gradient exact where asked for.
 *
 * @param text `rfg`, `spsa(at=activity)`, `controlVariate(rfg)`, `package#name`; an option in parentheses stands above a
 *   setting
 * @throws CLI_USAGE where the estimator forms the readout's gradient exactly by itself; CLI_UNKNOWN_NAME, CLI_BAD_VALUE,
 *   CLI_PACKAGE; those of the factories
 */
export async function makeEstimator(text: string, settings: EstimatorSettings, how: EstimatorHow): Promise<Estimator> {
  const expression = read(text)
  const loaded = new Map<Expression, Loaded>()
  const making: Making = { settings, steps: how.steps, size: null, loaded }
  for (const leaf of leavesOf(expression)) {
    if (!isExternal(leaf.name)) continue
    const plugin = referenceOf('estimator', leaf.name)
    const factory = await loadFactory(plugin)
    loaded.set(leaf, {
      plugin,
      factory,
      made: await callFactory(plugin, factory, optionsOf(leaf, estimatorSettings, making)),
    })
  }
  const made = make(expression, making)
  if (!how.exactReadout) return made
  const own = leavesOf(expression).find((leaf) => !isExternal(leaf.name) && entryOf(leaf).ownReadout === true)
  if (own !== undefined) {
    throw usageError(
      'CLI_USAGE',
      `${own.name} forms the readout's gradient exactly by itself; leave --exact-readout out`,
    )
  }
  return exactReadout(made)
}
