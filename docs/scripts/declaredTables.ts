/**
 * Tables in pages and READMEs that list what is declared. A page holds a marker with the kind and the columns, and the
 * table follows it:
 *
 *     <!-- declared surrogate: name, slope, integral, use as choose it for -->
 *     | name | slope | integral | choose it for |
 *     <!-- end of declared -->
 *
 * `<!-- guide to estimator, combinator: eligibility, bp -->` asks for the advice of all declarations of these kinds:
 * first of those that it names, in this order.
 *
 * A column is `name`, `alias` (the short name), `command` (the names that the command line takes), `summary`, `sizes`,
 * `smoothness` (of surrogates), `default threshold` (of the option `threshold`) or a fact of the declarations; `as`
 * gives it another head. `problem where kind is operator` selects by a fact. The table leaves out factories that lack
 * one of the facts or all of the options.
 */
import { construct, describeFactory, key } from '@spikeward/core'
import type { Declared, FactoryDescription, Kind, Surrogate } from '@spikeward/core'
import { factories } from '@spikeward/experiment'
import { allDeclared } from './allDeclared.js'
import { tableOf } from '../../scripts/lib/tableOf.mjs'
import { cell, nameOf, shown, spaced } from './cells.js'

const block = /(<!-- declared (\w+)(?: where (\w+) is (.+?))?: (.+?) -->\n)[\s\S]*?(<!-- end of declared -->)/g

const guideBlock = /(<!-- guide to ([\w, ]+): ([\w, ]+) -->\n)[\s\S]*?(<!-- end of guide -->)/g

type Column = {
  readonly head: string
  readonly read: (one: FactoryDescription, declared: Declared<object>) => string | null
  /** Whether it is the default of an option. */
  readonly isDefault?: true
}

const sets = ['train', 'validation', 'test'] as const

/** Default sizes of the three sets, by the options of these names. */
const sizesOf = ({ options }: FactoryDescription): string =>
  sets.map((set) => options.find(({ name }) => name === set)?.default ?? '–').join(' / ')

/** The number of continuous derivatives of a slope, which the surrogate itself states. */
function smoothnessOf(declared: Declared<object>): string {
  const given = Object.hasOwn(declared.declaration.options, 'key') ? { key: key(0) } : {}
  const { smoothness } = construct(declared, given) as Surrogate
  return smoothness === Infinity ? '∞' : String(smoothness).replace('-', '−')
}

/** The names that the command line takes, as code: of a network also that of its form with modified blocks. */
function commandNames({ declaration: { kind, name, facts } }: Declared<object>): string | null {
  const listed: Readonly<Record<string, Declared<object>>> = kind === 'problem' ? factories.problem : factories.network
  const names = Object.entries(listed).flatMap(([own, { declaration }]) =>
    declaration.name !== name ? [] : facts['modified'] === true ? [own, `modified-${own}`] : [own],
  )
  return names.length === 0 ? null : names.map((one) => `\`${one}\``).join(', ')
}

/** In place of the default of an option that a factory lacks. */
const NONE = '–'

/** The default of an option; a dash for a factory that lacks it. */
function defaultOf(options: FactoryDescription['options'], name: string): string {
  const option = options.find((one) => one.name === name)
  return option === undefined ? NONE : cell(option.default ?? 'required')
}

function columnOf(text: string): Column {
  const [fact = '', head] = text.trim().split(' as ')
  if (fact === 'name') return { head: head ?? 'name', read: nameOf }
  if (fact === 'command') return { head: head ?? fact, read: (_, declared) => commandNames(declared) }
  if (fact === 'alias') return { head: head ?? fact, read: ({ aliases, name }) => `\`${aliases[0] ?? name}\`` }
  if (fact.startsWith('default ')) {
    const option = fact.slice('default '.length)
    return { head: head ?? option, read: ({ options }) => defaultOf(options, option), isDefault: true }
  }
  if (fact === 'summary') return { head: head ?? 'description', read: ({ summary }) => cell(summary) }
  if (fact === 'sizes') return { head: head ?? sets.join(' / '), read: sizesOf }
  if (fact === 'smoothness') return { head: head ?? fact, read: (_, declared) => smoothnessOf(declared) }
  return {
    head: head ?? spaced(fact),
    read: ({ facts }) => (facts[fact] === undefined ? null : cell(shown(facts[fact]))),
  }
}

type Selected = (declared: Declared<object>) => boolean

function declaredTable(kind: Kind, selected: Selected, columns: readonly Column[]): string {
  const rows = allDeclared(kind).flatMap((declared) => {
    if (!selected(declared)) return []
    const cells = columns.map(({ read }) => read(describeFactory(declared.declaration), declared))
    const defaults = cells.filter((_, i) => columns[i]!.isDefault)
    const lacksAll = defaults.length > 0 && defaults.every((text) => text === NONE)
    return lacksAll || cells.includes(null) ? [] : [cells.map((text) => text ?? '')]
  })
  if (rows.length === 0) throw new Error(`no ${kind} states all of ${columns.map(({ head }) => head).join(', ')}`)
  return tableOf([columns.map(({ head }) => head), ...rows])
}

const namesIn = (list: string): readonly string[] => list.split(',').map((name) => name.trim())

/** When to choose which factory: the advice of declarations of some kinds, by name in the order of the page. */
function guideTable(kinds: readonly string[], names: readonly string[]): string {
  const all = kinds.flatMap((kind) => allDeclared(kind as Kind).map(({ declaration }) => declaration))
  const advising = all.filter(({ guide }) => guide.length > 0).map(({ name }) => name)
  const silent = names.filter((name) => !advising.includes(name))
  if (silent.length > 0) throw new Error(`${silent.join(', ')}: the guide has a place, but the declaration no advice`)
  const inOrder = [...names, ...advising.filter((name) => !names.includes(name))]
  const rows = inOrder.flatMap((name) => all.find((one) => one.name === name)?.guide ?? [])
  return tableOf([
    ['network and loss', 'estimator', 'why'],
    ...rows.map(({ when, choose, why }) => [when, choose, why].map(cell)),
  ])
}

const withGuides = (page: string): string =>
  page.replaceAll(
    guideBlock,
    (_, begin: string, kinds: string, names: string, end: string) =>
      `${begin}\n${guideTable(namesIn(kinds), namesIn(names))}\n\n${end}`,
  )

/** A page with the tables that its markers ask for. */
export const withDeclaredTables = (page: string): string =>
  withGuides(page).replaceAll(
    block,
    (_, begin: string, kind: string, fact: string | undefined, value: string, columns: string, end: string) => {
      const selected: Selected = ({ declaration: { facts } }) => fact === undefined || facts[fact] === value
      return `${begin}\n${declaredTable(kind as Kind, selected, columns.split(',').map(columnOf))}\n\n${end}`
    },
  )

/** Whether a page holds such a table. */
export const hasDeclaredTable = (page: string): boolean => page.search(block) >= 0 || page.search(guideBlock) >= 0
