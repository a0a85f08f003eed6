/**
 * Factories that wrap others of their kind: `controlVariate(rfg)`, `recurrent(lif)`,
 * `chain(clipByGlobalNorm(1), adam)`.
 */
import { type Kind, type Resolve, onlyDeclared } from '@spikeward/core'
import { type Guarded, guard, guardSchedule } from '../../plugins/guard.js'
import type { Reference } from '../../plugins/reference.js'
import { usageError } from '../../usage/usageError.js'
import { entriesOf, innerOf, parseExpression, recordOf, slotsOf, withoutEntries } from './expression.js'
import type { Expression } from './expression.js'
import { ANNEALED, type ListName, listsOf } from '../factories.js'
import { AUTO, findFactory, leafOf, makeFrom, makeFromNow, type NamedFactory, resolverFor } from '../make.js'
import type { OptionValues } from '../optionValues.js'

type Nested = Kind & ListName & (Guarded | 'schedule')

const guardFor = (kind: Nested, plugin: Reference, value: unknown): unknown =>
  kind === 'schedule' ? guardSchedule(plugin, value) : guard(kind, plugin, value)

export type Nesting = {
  /** The kind, and the further lists that contain such factories. */
  readonly kinds: readonly [Nested, ...ListName[]]
  /** Names of what the run gives to those that take it, such as the rate of an optimiser. */
  readonly supplied?: readonly string[]
  /**
   * An expression whose notation differs from its factory's call: its contents are looked up, but not the expression
   * itself.
   */
  readonly isSpecial?: (e: Expression) => boolean
}

export type Nest = {
  readonly whole: Expression
  readonly factories: ReadonlyMap<Expression, NamedFactory>
  readonly resolve: Resolve
}

async function find(
  e: Expression,
  nesting: Pick<Nesting, 'kinds' | 'isSpecial'>,
  factories: Map<Expression, NamedFactory>,
): Promise<void> {
  const { kinds, isSpecial } = nesting
  const entry = isSpecial?.(e) === true ? null : await findFactory(kinds, e.name)
  if (entry !== null) factories.set(e, entry)
  const factory = entry?.factory ?? null
  const entries = factory === null ? {} : entriesOf(kinds[0], factory, e)
  for (const one of [...innerOf(e), ...Object.values(entries)]) await find(one, nesting, factories)
}

export async function loadNest(text: string, nesting: Nesting, values: OptionValues = {}): Promise<Nest> {
  const whole = parseExpression(nesting.kinds[0], text)
  const factories = new Map<Expression, NamedFactory>()
  await find(whole, nesting, factories)
  return {
    whole,
    factories,
    resolve: await resolverFor(values, ...[...factories.keys()].map(({ options }) => options)),
  }
}

/** How to read the text of each kind whose factories wrap others. */
export const nestings = {
  estimator: { kinds: listsOf('estimator'), isSpecial: ({ name }: Expression) => name === ANNEALED },
  neuron: { kinds: listsOf('neuron') },
  optimizer: { kinds: listsOf('optimizer'), supplied: ['rate'] },
  schedule: { kinds: ['schedule'], supplied: ['initial'] },
} as const satisfies Readonly<Record<string, Nesting>>

/**
 * The factories that a text names: the outermost first, each followed by those inside it; none for the fastest backend,
 * which a run chooses later.
 */
export async function factoriesIn(
  kind: keyof typeof nestings | 'surrogate' | 'backend',
  text: string,
): Promise<readonly NamedFactory[]> {
  if (kind === 'backend' && text === AUTO) return []
  if (kind === 'surrogate' || kind === 'backend') return [await findFactory(kind, leafOf(kind, text).name)]
  return [...(await loadNest(text, nestings[kind])).factories.values()]
}

/** Calls the asynchronous factories of packages with values and options, in advance. */
export async function makeAhead(
  { factories }: Nest,
  { kinds, supplied: names = [] }: Nesting,
  values: OptionValues,
  supplies: Readonly<Record<string, unknown>> = {},
): Promise<ReadonlyMap<Expression, unknown>> {
  const instances = new Map<Expression, unknown>()
  for (const [e, entry] of factories) {
    if (entry.plugin === null || e.args.length > 0) continue
    // Refuses one that must wrap another, in the terms of the notation.
    if (entry.factory !== null) slotsOf(kinds[0], entry.factory, e, names)
    const supplied = entry.factory === null ? supplies : onlyDeclared(entry.factory, supplies)
    instances.set(e, guardFor(kinds[0], entry.plugin, await makeFrom(entry, values, { ...e.options, ...supplied })))
  }
  return instances
}

export function makeNode(
  e: Expression,
  { factories, resolve }: Nest,
  { kinds, supplied = [] }: Nesting,
  values: OptionValues,
  supplies: Readonly<Record<string, unknown>>,
  inside: (e: Expression) => unknown,
): unknown {
  const entry = factories.get(e) as NamedFactory
  const { factory, plugin } = entry
  if (factory === null) {
    if (e.args.length > 0) throw usageError('CLI_USAGE', `${e.name} takes only options, such as (name=4)`)
    return guardFor(kinds[0], entry.plugin, makeFromNow(entry, values, { ...e.options, ...supplies }, resolve))
  }
  const slots = slotsOf(kinds[0], factory, e, supplied)
  const isList = (x: Expression | readonly Expression[]): x is readonly Expression[] => Array.isArray(x)
  const entries = Object.entries(entriesOf(kinds[0], factory, e)).map(([name, one]) => [name, inside(one)] as const)
  const record = recordOf(kinds[0], factory)
  const inner = Object.entries(slots.inner).map(
    ([name, one]) => [name, isList(one) ? one.map(inside) : inside(one)] as const,
  )
  const instance = makeFromNow(
    entry,
    values,
    {
      ...withoutEntries(e.options, entries),
      ...onlyDeclared(factory, supplies),
      ...slots.numbers,
      ...Object.fromEntries(inner),
      ...(record === undefined ? {} : { [record]: Object.fromEntries(entries) }),
    },
    resolve,
  )
  return plugin === null ? instance : guardFor(kinds[0], plugin, instance)
}
