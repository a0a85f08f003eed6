/** The notation with the names that the command lists, so that a name and its aliases give the same settings. */
import type { Kind, Option } from '@spikeward/core'
import { type Factory, type ListName, hasList, listsOf, lookUp } from '../factories.js'
import { type OptionValue, type OptionValues, allOptions, appliedTo } from '../optionValues.js'
import type { NamedFactory } from '../make.js'
import { type Expression, innerOf, parseExpression, recordOf, splitAtCommas, typesOf } from './expression.js'

type Renamed = { readonly at: number; readonly name: string; readonly listed: string }

/** The kind of the factories that an option takes by name; null for one that takes no factories. */
const kindOf = (option: Option | undefined): (Kind & ListName) | null =>
  (option === undefined ? [] : typesOf(option)).flatMap(({ kind }) =>
    kind !== undefined && hasList(kind) ? [kind] : [],
  )[0] ?? null

function partKind(kind: ListName & Kind, factory: Factory, name: string): (Kind & ListName) | null {
  const options = allOptions(factory)
  if (Object.hasOwn(options, name)) return kindOf(options[name])
  return recordOf(kind, factory) === undefined ? null : kind
}

function renamesIn(kind: ListName & Kind, e: Expression): readonly Renamed[] {
  const entry = lookUp(listsOf(kind), e.name)
  const inner = innerOf(e).flatMap((one) => renamesIn(kind, one))
  if (entry === null) return inner
  const parts = Object.entries(e.parts).flatMap(([name, part]) => {
    const of = partKind(kind, entry.factory, name)
    return of === null ? [] : renamesIn(of, part)
  })
  return [{ at: e.at, name: e.name, listed: entry.listed }, ...inner, ...parts]
}

/**
 * A text with every name and alias of a declared factory replaced by the name that `list` shows; the rest of the text
 * stays as it is.
 *
 * @example
 * canonical('neuron', 'recurrent(leakyIntegrateAndFire(beta=0.9), gain=0.5)') // 'recurrent(lif(beta=0.9), gain=0.5)'
 */
export function canonical(kind: ListName & Kind, text: string): string {
  const renames = [...renamesIn(kind, parseExpression(kind, text))].sort((a, b) => b.at - a.at)
  return renames.reduce((t, { at, name, listed }) => t.slice(0, at) + listed + t.slice(at + name.length), text)
}

export const canonicalList = (kind: ListName & Kind, text: string): string =>
  splitAtCommas(text)
    .map((one) => canonical(kind, one))
    .join(',')

export function canonicalValue<V>(option: Option, value: V): V | string {
  const kind = kindOf(option)
  return kind === null || typeof value !== 'string' ? value : canonical(kind, value)
}

const textOf = (value: OptionValue): string =>
  typeof value === 'object' ? `[${value.map(textOf).join(',')}]` : String(value)

type Insertion = { readonly end: number; readonly options: string }

function insertionsIn(e: Expression, factories: readonly NamedFactory[], values: OptionValues): readonly Insertion[] {
  const inner = [...innerOf(e), ...Object.values(e.parts)].flatMap((one) => insertionsIn(one, factories, values))
  const factory = factories.find(({ name }) => name === e.name)?.factory
  const applied = factory === null || factory === undefined ? [] : Object.entries(appliedTo(factory, values))
  const options = applied.filter(([option]) => !Object.hasOwn(e.options, option))
  if (options.length === 0) return inner
  return [{ end: e.at + e.name.length, options: options.map(([o, v]) => `${o}=${textOf(v)}`).join(', ') }, ...inner]
}

function inserted(text: string, { end, options }: Insertion): string {
  const [before, after] = [text.slice(0, end), text.slice(end)]
  const [opening, closing] = /^\s*\(\s*(\))?/.exec(after) ?? []
  if (opening === undefined) return `${before}(${options})${after}`
  return `${before}(${options}${closing === undefined ? ', ' : ')'}${after.slice(opening.length)}`
}

/**
 * A text with values by flag in the parentheses of all the factories in it that accept them. An option in the text
 * overrides a flag.
 *
 * @example
 * withOptions('schedule', 'warmUp(100, cosine)', factories, { floor: 0.1 }) // 'warmUp(100, cosine(floor=0.1))'
 */
export function withOptions(
  kind: ListName & Kind,
  text: string,
  factories: readonly NamedFactory[],
  values: OptionValues,
): string {
  const insertions = [...insertionsIn(parseExpression(kind, text), factories, values)].sort((a, b) => b.end - a.end)
  return insertions.reduce(inserted, text)
}
