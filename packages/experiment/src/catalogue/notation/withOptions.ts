import type { Kind } from '@spikeward/core'
import type { Named } from '../factories.js'
import { appliedTo } from '../optionValues.js'
import type { OptionValue, OptionValues } from '../optionValues.js'
import type { NamedFactory } from '../findFactory.js'
import { parseExpression } from './expression.js'
import type { Expression } from './expression.js'
import { innerOf } from './slots.js'

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
 * A text with values by flag in the parentheses of all the factories in it that accept them. An option in the text overrides a flag.
 *
 * @param kind of the factory that the text names
 * @param factories that the text names
 * @throws CLI_BAD_VALUE for a text that is no name with options
 * @example
 * withOptions('schedule', 'warmUp(100, cosine)', factories, { floor: 0.1 }) // 'warmUp(100, cosine(floor=0.1))'
 */
export function withOptions(
  kind: Named & Kind,
  text: string,
  factories: readonly NamedFactory[],
  values: OptionValues,
): string {
  const insertions = [...insertionsIn(parseExpression(kind, text), factories, values)].sort((a, b) => b.end - a.end)
  return insertions.reduce(inserted, text)
}
