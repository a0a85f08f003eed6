/** Reads the dimensions of a search: `learning-rate=1e-4..1e-1`, `beta`, `surrogate=atan|triangular`. */
import { type NetworkSize, isNetworkSize, networkSizes } from '../catalogue/kinds/networkSizes.js'
import { type OptionValue, flagOf, flagOptions } from '../catalogue/optionValues.js'
import { flagKinds } from '../config/declaredValues.js'
import { type TrainConfig, type TrainOptions, declaredKinds } from '../config/trainConfig.js'
import { type Dimension, type Point, placeOf } from './strategies.js'
import { type Option, type OptionDescription, describeOption } from '@spikeward/core'
import { factoriesIn } from '../catalogue/notation/nested.js'
import { type Factory, factories } from '../catalogue/factories.js'
import type { NamedFactory } from '../catalogue/make.js'
import { runSettings } from '../config/settings/runSettings.js'
import { dashed, nearest, usageError } from '../usage/usageError.js'

/** The strategies set the length of a run, so it is not a dimension. */
const { steps: _steps, seconds: _seconds, ...declaredSettings } = runSettings

export type SearchSetting = keyof typeof declaredSettings | NetworkSize

type SettingKind = 'number' | 'integer' | 'flag' | 'name'

const kindOf = ({ type }: Option): SettingKind =>
  type.name === 'number' || type.name === 'integer' || type.name === 'flag' ? type.name : 'name'

const searchSettings = Object.fromEntries([
  ...Object.entries<Option>(declaredSettings).map(([name, option]) => [name, kindOf(option)] as const),
  ...Object.keys(networkSizes).map((name) => [name, 'integer'] as const),
]) as Readonly<Record<SearchSetting, SettingKind>>

export const isSearchSetting = (name: string): name is SearchSetting => Object.hasOwn(searchSettings, name)

const camel = (text: string): string => text.replaceAll(/-([a-z])/g, (_, c: string) => c.toUpperCase())

const refuse = (text: string, why: string) => usageError('CLI_BAD_VALUE', `--over ${text}: ${why}`)

/** A range over more than this ratio is searched by its logarithm. */
const WIDE = 20

/** The factor, in both directions, by which a search of the learning rate departs from the run's default. */
const AROUND = 30

function numbers(name: string, kind: 'number' | 'integer', low: number, high: number): Dimension {
  return { name, kind, low, high, log: low > 0 && high / low >= WIDE }
}

function written(text: string, name: string, values: string, kind: SettingKind): Dimension {
  const [from, to, ...more] = values.split('..')
  if (to !== undefined && more.length === 0 && (kind === 'number' || kind === 'integer')) {
    const [low, high] = [Number(from), Number(to)]
    if (!Number.isFinite(low) || !Number.isFinite(high) || low >= high)
      throw refuse(text, 'give two numbers, as in 1e-4..1e-1')
    if (kind === 'integer' && !(Number.isInteger(low) && Number.isInteger(high)))
      throw refuse(text, 'give whole numbers')
    return numbers(name, kind, low, high)
  }
  const choices = values.split('|').map((choice): OptionValue => {
    if (choice === 'true' || choice === 'false') return choice === 'true'
    const number = Number(choice)
    return choice.trim() !== '' && Number.isFinite(number) ? number : choice
  })
  if (choices.length < 2) throw refuse(text, 'give a range low..high, or at least two values: a|b')
  return { name, kind: 'choice', choices }
}

/** The values that the declaration of an option allows, if it bounds them. */
function declaredValues(text: string, name: string, { type, choices, range, expects }: OptionDescription): Dimension {
  if (choices !== undefined) return { name, kind: 'choice', choices }
  if (type === 'flag') return { name, kind: 'choice', choices: [true, false] }
  const { min, max, above = false, below = false } = range ?? {}
  if (min === undefined || max === undefined)
    throw refuse(text, `it takes ${expects}; give a range, as in ${text}=1..10, or values: ${text}=1|2`)
  if (type === 'integer') return numbers(name, 'integer', min + Number(above), max - Number(below))
  const margin = 1e-3 * (max - min)
  return numbers(name, 'number', above ? min + margin : min, below ? max - margin : max)
}

/** The declared option of a flag: from a part that the run uses, else from any part. */
async function optionOf(name: string, config: TrainConfig): Promise<Option | null> {
  const used = [
    ...(await factoriesIn('estimator', config.estimator)),
    ...(await factoriesIn('neuron', config.neuron)),
    ...(await factoriesIn('optimizer', config.optimizer)),
  ].flatMap(({ factory }: NamedFactory) => (factory === null ? [] : [factory]))
  const all: readonly Factory[] = [
    ...used,
    ...flagKinds
      .filter((kind) => kind !== 'problem' && kind !== 'backend')
      .flatMap((kind) => Object.values<Factory>(factories[kind])),
  ]
  for (const factory of all) {
    const entry = flagOptions(factory).find(([option, { type }]) => flagOf(option) === name && type.parse !== null)
    if (entry !== undefined) return entry[1]
  }
  return null
}

async function dimensionOf(text: string, config: TrainConfig): Promise<Dimension> {
  const [label = '', ...rest] = text.split('=')
  const name = camel(label.trim())
  const values = rest.length === 0 ? null : rest.join('=').trim()
  if (isSearchSetting(name)) {
    const kind = searchSettings[name]
    if (values !== null) return written(text, name, values, kind)
    if (name === 'learningRate')
      return numbers(name, 'number', config.learningRate / AROUND, config.learningRate * AROUND)
    if (kind === 'flag') return { name, kind: 'choice', choices: [true, false] }
    if (name === 'neuron' || name === 'surrogate')
      return { name, kind: 'choice', choices: Object.keys(factories[name]) }
    throw refuse(text, kind === 'name' ? `give names: ${dashed(name)}=a|b` : `give a range: ${dashed(name)}=1..10`)
  }
  const option = await optionOf(name, config)
  if (option === null) {
    const known = [
      ...Object.keys(searchSettings),
      ...Object.values(factories.estimator).flatMap((f: Factory) => flagOptions(f).map(([o]) => flagOf(o))),
    ]
    const guess = nearest(name, known)
    throw refuse(text, `no option has this name${guess === null ? '' : `; did you mean "${dashed(guess)}"?`}`)
  }
  const described = describeOption(name, option)
  if (values === null) return declaredValues(text, name, described)
  return written(
    text,
    name,
    values,
    described.type === 'integer' || described.type === 'number' ? described.type : 'name',
  )
}

/**
 * The dimensions that texts name. Ranges and choices that a text leaves out come from the declaration of the option.
 *
 * @param config the settings of a run without a search
 * @throws CLI_BAD_VALUE
 */
export async function spaceOf(texts: readonly string[], config: TrainConfig): Promise<readonly Dimension[]> {
  const space: Dimension[] = []
  for (const text of texts) {
    const dimension = await dimensionOf(text, config)
    if (space.some(({ name }) => name === dimension.name)) throw refuse(text, 'it is named twice')
    space.push(dimension)
  }
  return space
}

export function optionsAt(common: TrainOptions, point: Point): TrainOptions {
  const entries = Object.entries(point)
  const run = entries
    .filter(([name]) => isSearchSetting(name))
    .map(([name, value]) => [name, isNetworkSize(name) && networkSizes[name] === 'widths' ? [Number(value)] : value])
  const declared = Object.fromEntries(entries.filter(([name]) => !isSearchSetting(name)))
  return {
    ...common,
    ...(Object.fromEntries(run) as Partial<TrainOptions>),
    declared: { ...common.declared, ...declared },
  }
}

function valueIn(config: TrainConfig, name: string): OptionValue | undefined {
  if (isSearchSetting(name)) {
    const value = config[name]
    if (value === null || value === undefined) return undefined
    if (typeof value !== 'object') return value
    return value.length === 1 ? value[0] : undefined
  }
  const fixed = declaredKinds.map((kind) => config[`${kind}Options`][name]).find((value) => value !== undefined)
  return fixed
}

const isWithin = (d: Dimension, value: OptionValue): boolean =>
  d.kind === 'choice' ? d.choices.includes(value) : Number(value) >= d.low && Number(value) <= d.high

/** The point of a run's own settings; null if the space does not contain it, or the run does not state them all. */
export function pointOf(space: readonly Dimension[], config: TrainConfig): Point | null {
  const entries = space.map((d) => [d, valueIn(config, d.name)] as const)
  if (entries.some(([d, value]) => value === undefined || !isWithin(d, value) || Number.isNaN(placeOf(d, value))))
    return null
  return Object.fromEntries(entries.map(([{ name }, value]) => [name, value!]))
}
