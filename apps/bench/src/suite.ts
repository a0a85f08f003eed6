/** The rows of `all`: command lines, each with its own file, so that each can be run by itself. */
import { join } from 'node:path'
import { readRunsInDocs } from './docs/storedInDocs.js'
import { checkoutRoot } from './paths.js'
import { benchmarks } from './run/benchmarks.js'

export type SuiteRow = {
  readonly name: string
  readonly args: readonly string[]
  /** How long it took when it was stored. */
  readonly seconds?: number
}

/** The arguments after `bench --` of the line of a stored run, whose words stand in quotes where they need them. */
export const argumentsOf = (line: string): readonly string[] =>
  [...line.replace(/^.*? bench -- /, '').matchAll(/'([^']*)'|\S+/g)].map(([word, inner]) => inner ?? word)

export async function full(): Promise<readonly SuiteRow[]> {
  const runs = await readRunsInDocs(join(checkoutRoot, 'docs', 'benchmarks'))
  return runs.map(({ name, run: { line, seconds } }) => ({ name, args: argumentsOf(line), seconds }))
}

/** Small versions of every command, in a few minutes. */
export const quick: readonly SuiteRow[] = benchmarks.map(({ name }) => ({ name, args: [name, '--quick'] }))
