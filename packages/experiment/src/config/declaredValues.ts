/** Assigns the flags of the command line to the factories that a run names. */
import { factoriesIn } from '../catalogue/notation/nested.js'
import { type NetworkEntry, networkLeaf } from '../catalogue/kinds/networks.js'
import type { ProblemChoice } from '../catalogue/kinds/problems.js'
import { type NamedFactory, leafOf } from '../catalogue/make.js'
import { canonicalValue, withOptions } from '../catalogue/notation/canonical.js'
import { decodeValue, flagOf, flagOptions, takesFlag, withDefault } from '../catalogue/optionValues.js'
import type { OptionValue, OptionValues } from '../catalogue/optionValues.js'
import { type DeclaredKind, declaredKinds } from './trainConfig.js'
import type { Resolve } from '@spikeward/core'
import { dashed, usageError } from '../usage/usageError.js'

/**
 * The kinds whose options are flags: those, and two whose values config.json stores in the text of the factory, as in
 * `cosine(floor=0.1)`.
 */
export const flagKinds = [...declaredKinds, 'schedule', 'backend'] as const

/** One of these kinds. */
export type FlagKind = (typeof flagKinds)[number]

export type Chosen = Readonly<Record<FlagKind, { readonly text: string; readonly factories: readonly NamedFactory[] }>>

const isPlainValue = (value: unknown): value is OptionValue =>
  ['number', 'boolean', 'string'].includes(typeof value) || (Array.isArray(value) && value.every(isPlainValue))

/**
 * A value as stored in config.json, checked by everything that accepts it: a number or a list if the text represents
 * one, else the text itself, with the listed names of the factories in it.
 *
 * @param tuned the run's value for an omitted flag, for messages; undefined: the default of the declaration
 */
function checked(
  flag: string,
  value: OptionValue,
  tuned: OptionValue | undefined,
  factories: readonly NamedFactory[],
  resolve: Resolve,
): OptionValue {
  let stored: OptionValue = value
  for (const { factory } of factories) {
    if (factory === null) continue
    for (const [name, option] of flagOptions(factory)) {
      if (flagOf(name) !== flag) continue
      const decoded = decodeValue(factory, name, withDefault(option, tuned), value, resolve)
      stored = isPlainValue(decoded) ? decoded : canonicalValue(option, stored)
    }
  }
  return stored
}

function ambiguous(flag: string, [first, second]: readonly FlagKind[], chosen: Chosen): never {
  const names = [first, second].map((kind) => (kind === undefined ? '' : `the ${kind} ${chosen[kind].text}`))
  throw usageError(
    'CLI_USAGE',
    `--${dashed(flag)} is an option of ${names.join(' and of ')}; write it in the parentheses of one of them: name(${flag}=value)`,
  )
}

export function dealOut(
  chosen: Chosen,
  values: OptionValues,
  defaults: Partial<Record<DeclaredKind, OptionValues>>,
  onUnused: (flag: string) => void,
  resolve: Resolve,
): Readonly<Record<FlagKind, OptionValues>> {
  const takers = (kind: FlagKind, flag: string): readonly NamedFactory[] =>
    chosen[kind].factories.filter(({ factory }) => factory !== null && takesFlag(factory, flag))
  const plain = declaredKinds.filter((kind) => chosen[kind].factories.some(({ factory }) => factory === null))
  const sets = Object.fromEntries(flagKinds.map((kind) => [kind, {}])) as Record<FlagKind, Record<string, OptionValue>>
  for (const kind of declaredKinds) {
    for (const [flag, value] of Object.entries(defaults[kind] ?? {}))
      if (takers(kind, flag).length > 0) sets[kind][flag] = value
  }
  for (const [flag, value] of Object.entries(values)) {
    const kinds = flagKinds.filter((kind) => takers(kind, flag).length > 0)
    if (kinds.length > 1) ambiguous(flag, kinds, chosen)
    const [kind] = kinds
    if (kind !== undefined) {
      sets[kind][flag] = checked(flag, value, sets[kind][flag], takers(kind, flag), resolve)
    }
    // A factory without a declaration receives what nothing else accepts, unless it is a schedule or a backend.
    else if (plain.length > 0) for (const one of plain) sets[one][flag] = value
    else onUnused(flag)
  }
  return sets
}

/**
 * The factories that a run names.
 *
 * @param texts by kind, as the run stores them
 * @throws CLI_UNKNOWN_NAME, CLI_BAD_VALUE, CLI_PACKAGE, CLI_PLUGIN
 */
export async function chosenFactories(
  texts: Readonly<Record<FlagKind, string>>,
  problem: Pick<ProblemChoice, 'named'>,
  network: Pick<NetworkEntry, 'named'>,
): Promise<Chosen> {
  const read = async (kind: Exclude<FlagKind, 'problem' | 'network'>): Promise<Chosen[FlagKind]> => ({
    text: texts[kind],
    factories: await factoriesIn(kind, texts[kind]),
  })
  return {
    problem: { text: texts.problem, factories: problem.named === null ? [] : [problem.named] },
    network: { text: texts.network, factories: [network.named] },
    neuron: await read('neuron'),
    surrogate: await read('surrogate'),
    estimator: await read('estimator'),
    optimizer: await read('optimizer'),
    schedule: await read('schedule'),
    backend: await read('backend'),
  }
}

export type OverriddenFlag = { readonly kind: FlagKind; readonly flag: string }

/**
 * Whether everything in a text that accepts a flag sets its option. Problems and networks contain nothing, and have
 * names of their own.
 */
function isSet(kind: FlagKind, { text, factories }: Chosen[FlagKind], flag: string, value: OptionValue): boolean {
  const leaf = kind === 'problem' ? leafOf(kind, text) : kind === 'network' ? networkLeaf(text) : null
  if (leaf !== null) return Object.keys(leaf.options).some((option) => flagOf(option) === flag)
  return withOptions(kind, text, factories, { [flag]: value }) === text
}

/**
 * The flags of the command line that change nothing, because everything that accepts them sets the option in its
 * parentheses: `--beta 0.7` next to `lif(beta=0.8)`.
 */
export const overriddenFlags = (
  chosen: Chosen,
  values: OptionValues,
  dealt: Readonly<Record<FlagKind, OptionValues>>,
): readonly OverriddenFlag[] =>
  flagKinds.flatMap((kind) => {
    // A factory without a declaration may use any flag.
    if (chosen[kind].factories.some(({ factory }) => factory === null)) return []
    return Object.entries(dealt[kind])
      .filter(([flag, value]) => Object.hasOwn(values, flag) && isSet(kind, chosen[kind], flag, value))
      .map(([flag]) => ({ kind, flag }))
  })
