/** The written Markdown of the repository: the pages of the site, and the files next to the sources. */
import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { filesUnder } from '../../../scripts/lib/files.mjs'

/** The root of the repository. */
export const root = fileURLToPath(new URL('../../../', import.meta.url))

const site = join(root, 'docs')

/** Paths of the pages of the site, from its folder; the API's are made from the sources and are not among them. */
export const pages = (): string[] =>
  filesUnder(site, /\.md$/)
    .map((path) => relative(site, path))
    .filter((path) => !/^(\.vitepress\/|benchmarks\/runs\/)/.test(path))
    .sort()

/** Paths of all of it from the root. */
export async function written(): Promise<string[]> {
  const readmes = await Promise.all(
    ['packages', 'apps', 'examples'].map(async (group) =>
      (await readdir(root + group))
        .map((name) => `${group}/${name}/README.md`)
        .filter((path) => existsSync(root + path)),
    ),
  )
  return ['README.md', 'CONTRIBUTING.md', ...pages().map((page) => `docs/${page}`), ...readmes.flat()].sort()
}

/** A block of command lines, and the reason why it is not run, if it is not. */
export interface Commands {
  readonly page: string
  readonly lines: readonly string[]
  readonly onlyParsed: string | null
}

/**
 * Every block of `sh` of a text. A comment `only parsed: …` on the line above it says why its lines are not run; a
 * comment of the shell, and a continued line, are removed.
 */
export function commandsIn(page: string, text: string): Commands[] {
  const fences = text.matchAll(/^(?:<!-- only parsed: (.*?) -->\n)?```sh\n(.*?)^```$/gms)
  return [...fences].map(([, why, code = '']): Commands => {
    const lines = code
      .replace(/\\\n\s*/g, '')
      .trim()
      .split('\n')
    return { page, lines: lines.map((line) => line.replace(/\s+#\s.*$/, '')), onlyParsed: why ?? null }
  })
}

/** Every block of command lines of the repository. */
export async function commands(): Promise<Commands[]> {
  const all = await written()
  return (await Promise.all(all.map(async (page) => commandsIn(page, await readFile(root + page, 'utf8'))))).flat()
}

/** The words of a line as a shell cuts them. */
export const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => double ?? single ?? bare ?? '')

/** The tool that a line starts and its arguments; null if it is another tool. */
export function toolOf(
  line: string,
): { readonly tool: 'spikeward' | 'bench'; readonly args: readonly string[] } | null {
  const words = wordsOf(line)
  // A command under mpirun is checked like the command alone.
  if (words[0] === 'mpirun') return { tool: 'spikeward', args: words.slice(words.indexOf('spikeward') + 1) }
  if (words[0] === 'npx' && words[1] === 'spikeward') return { tool: 'spikeward', args: words.slice(2) }
  if (words[0] === 'spikeward') return { tool: 'spikeward', args: words.slice(1) }
  const found = /^npm run -s (spikeward|bench) -- /.exec(line)
  return found === null ? null : { tool: found[1] as 'spikeward' | 'bench', args: words.slice(5) }
}
