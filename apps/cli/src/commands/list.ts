import type { Command } from 'commander'
import type { NetworkDefaults, ProblemDefaults } from '@spikeward/problems/defaults'
import { problemDefaults } from '@spikeward/problems/defaults'
import { listing } from '../catalogue/listing.js'
import type { Listed } from '../catalogue/listing.js'
import { pick } from '../usage/pick.js'
import { exitCodes } from '../usage/exitCodes.js'
import type { Context } from './shared/context.js'

/** Characters per line. */
const WIDTH = 100

const table = (entries: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...entries.map(([name]) => name.length))
  return entries.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`).join('')
}

/** Names separated by commas, broken into lines. */
function wrapped(names: readonly string[], indent: string): string {
  const lines: string[] = []
  for (const name of names) {
    const last = lines.at(-1)
    if (last === undefined || indent.length + last.length + name.length + 2 > WIDTH) lines.push(name)
    else lines[lines.length - 1] = `${last}, ${name}`
  }
  return lines.map((line, i) => `${indent}${line}${i < lines.length - 1 ? ',' : ''}\n`).join('')
}

/** Every name, one paragraph per kind; fits on a screen. */
const overview = (all: Readonly<Record<string, readonly Listed[]>>): string =>
  Object.entries(all)
    .map(
      ([kind, entries]) =>
        `${kind}\n${wrapped(
          entries.map(({ name }) => name),
          '  ',
        )}`,
    )
    .join('') +
  '\nspikeward list estimators    one line for each of a kind\n' +
  'spikeward list rfg           options and defaults of one\n' +
  'spikeward list --json        everything\n' +
  'Your own: package#name or ./file.ts#name instead of a name, such as --problem ./mine.ts#hill.\n'

/** Settings in lines: simple values next to the name, nested settings below it. */
function settings(name: string, record: object, indent: string): string {
  const isNested = (value: unknown): value is object =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  const entries = Object.entries(record) as [string, unknown][]
  const flat = entries.flatMap(([key, value]) => (isNested(value) ? [] : [`${key} ${String(value)}`]))
  const below = entries.flatMap(([key, value]) => (isNested(value) ? [settings(key, value, `${indent}  `)] : []))
  return `${`${indent}${name}: ${flat.join(', ')}`.trimEnd()}\n${below.join('')}`
}

/** A network's settings, with those of its estimators in place of their heading. */
const networkSettings = ({ byEstimator, dense, physics, ...sizes }: NetworkDefaults): object => ({
  ...sizes,
  ...byEstimator,
  ...(dense === undefined ? {} : { 'dense, without spikes': networkSettings(dense) }),
  ...(physics === undefined ? {} : { 'physics, from the equation alone': networkSettings(physics) }),
})

function defaultsText(problem: string, { byEstimator, networks, ...rest }: ProblemDefaults): string {
  const sizes = Object.fromEntries(Object.entries(networks).map(([name, of]) => [name, networkSettings(of)]))
  return settings(`defaults of ${problem}`, { ...rest, ...sizes, ...byEstimator }, '')
}

/**
 * The details of one thing: its summary, its facts, its options with their values and defaults, and the default settings of its
 * runs.
 */
function detail(kind: string, { name, summary, description }: Listed): string {
  const options = [...(description?.arguments ?? []), ...(description?.options ?? [])]
  const lines = options.map((o): [string, string] => [
    o.name,
    `${o.help}: ${o.expects}; ${o.default === null ? 'required' : `default ${o.default}`}`,
  ])
  const facts = Object.entries(description?.facts ?? {}).map(([fact, value]): [string, string] => [fact, String(value)])
  const defaults = kind === 'problems' ? problemDefaults[name] : undefined
  const whole = description === null || description.name === name ? '' : ` (${description.name})`
  return (
    `${name}${whole}, one of ${kind}: ${summary}\n` +
    (facts.length === 0 ? '' : `facts\n${table(facts)}`) +
    (lines.length === 0 ? '' : `options\n${table(lines)}`) +
    (defaults === undefined ? '' : defaultsText(name, defaults))
  )
}

/** `list`: every name on one screen; `list estimators`, `list rfg` and `--json` show more. */
export function addList(program: Command, { io, done }: Context): void {
  program
    .command('list')
    .description(
      'list everything that has a name: problems, estimators, networks, neurons, surrogates, optimisers, backends',
    )
    .argument(
      '[name]',
      'a kind, such as estimators, for one line on each; or a name, such as rfg, for its options and defaults',
    )
    .option('--json', 'print one JSON object', false)
    .action((name: string | undefined, { json }: { json: boolean }) => {
      const all = listing()
      const things = Object.entries(all).flatMap(([kind, entries]) => entries.map((entry) => ({ kind, entry })))
      const found = things.filter(({ entry }) => entry.name === name || entry.description?.name === name)
      const kind = name === undefined ? undefined : all[name]
      if (name !== undefined && kind === undefined && found.length === 0) {
        pick(
          'thing',
          name,
          Object.fromEntries([...Object.keys(all), ...things.map((t) => t.entry.name)].map((n) => [n, n])),
        )
      }
      if (json) {
        const shown =
          name === undefined
            ? { ...all, defaults: problemDefaults }
            : kind !== undefined
              ? { [name]: kind }
              : { [name]: found.map((t) => ({ kind: t.kind, ...t.entry, defaults: problemDefaults[name] ?? null })) }
        io.out(`${JSON.stringify(shown)}\n`)
      } else if (name === undefined) io.out(overview(all))
      else if (kind !== undefined) io.out(table(kind.map((entry) => [entry.name, entry.summary])))
      else io.out(found.map((t) => detail(t.kind, t.entry)).join('\n'))
      done(exitCodes.done)
    })
}
