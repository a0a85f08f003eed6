/** Stored results of studies, and the pages of docs/benchmarks that show them. */
import { mkdir, readFile, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SpikewardError } from '@spikeward/core'
import { writeWhole } from '@spikeward/core/node'
import { renderSvg } from '@spikeward/plots'
import { type Machine, sourceOf, thisMachine } from '@spikeward/train/node'
import type { Study, StudyRun } from './tools.js'

/** The root of the checkout: this file is in src, and its bundle in dist. */
export const root = fileURLToPath(new URL('../..', import.meta.url))
const docs = join(root, 'docs')
const folder = join(docs, 'benchmarks', 'runs', 'studies')

/** Where a result comes from. */
type Source = {
  readonly line: string
  readonly commit: string | null
  readonly dirty: boolean
  readonly date: string
  /** Wall-clock time of the command. */
  readonly seconds: number
  readonly machine: Machine
}

/**
 * A result, with the commands, commits and machines that gave it: the study, or earlier benchmarks of the same
 * measurements.
 */
type StoredResult = { readonly study: string; readonly sources: readonly Source[]; readonly result: object }

/** Writes a result on one line to docs/benchmarks/runs/studies. */
export async function store({ name }: Study, seconds: number, result: object): Promise<string> {
  const { commit, dirty } = sourceOf(root, ['docs'])
  const source: Source = {
    line: `npm run -s study -- ${name}`,
    ...{ commit, dirty, date: new Date().toISOString().slice(0, 10), seconds: Math.round(seconds) },
    machine: thisMachine(),
  }
  const stored: StoredResult = { study: name, sources: [source], result }
  const path = join(folder, `${name}.json`)
  await writeWhole(path, `${JSON.stringify(stored)}\n`)
  return path
}

/**
 * Parts of a run that is to be stored: each that ends is written below `within`, for the next run of this commit.
 * `seconds` is the time of those that were read.
 */
export function keptParts(
  study: string,
  within = join(root, 'node_modules', '.cache', 'studies'),
  { commit, dirty } = sourceOf(root, ['docs']),
): { readonly part: StudyRun['part']; readonly seconds: () => number } {
  let earlier = 0
  const part: StudyRun['part'] = async (name, compute) => {
    const path = join(within, String(commit), `${study}, ${name}.json`)
    type Entry = { readonly seconds: number; readonly result: Awaited<ReturnType<typeof compute>> }
    const entry = dirty ? null : await readFile(path, 'utf8').catch(() => null)
    if (entry !== null) {
      const { seconds, result } = JSON.parse(entry) as Entry
      earlier += seconds
      return result
    }
    const begun = performance.now()
    const result = await compute()
    if (!dirty && commit !== null) {
      await mkdir(dirname(path), { recursive: true })
      await writeWhole(path, JSON.stringify({ seconds: (performance.now() - begun) / 1000, result } satisfies Entry))
    }
    return result
  }
  return { part, seconds: () => earlier }
}

const mark = /<!-- (study|finding of): ([\w-]+) -->.*?<!-- end -->/gs

/**
 * A page with the tables of each study that a mark `<!-- study: NAME -->` names, and the sentence that
 * `<!-- finding of: NAME -->` names.
 */
function shown(
  page: string,
  text: string,
  studies: readonly Study[],
  results: ReadonlyMap<string, StoredResult>,
): string {
  return text.replaceAll(mark, (_, kind: string, name: string) => {
    const stored = results.get(name)
    const study = studies.find((s) => s.name === name)
    if (study === undefined || stored === undefined)
      throw new SpikewardError(
        'STUDY_DOCS',
        `${page} shows the study ${name}, but no result of it is stored; run: npm run study -- ${name} --store`,
      )
    const { sources, result } = stored
    if (kind === 'finding of') return `<!-- finding of: ${name} -->${study.finding?.(result) ?? ''}<!-- end -->`
    const from = sources.map(
      ({ line, commit, date, seconds }) =>
        `\`${line}\` (commit ${commit?.slice(0, 10)}, ${date}, ${Math.round(seconds)} s)`,
    )
    const machines = [
      ...new Set(
        sources.map(({ machine: { processor, cores, instructionSet } }) =>
          [processor, `${cores} cores`, ...(instructionSet === undefined ? [] : [instructionSet])].join(', '),
        ),
      ),
    ]
    const where = `\`npm run -s study -- ${name}\` measures it anew. Measured on ${machines.join(' and ')} by ${from.join(', ')}.`
    return `<!-- study: ${name} -->\n\n${where}\n\n${study.table(result)}\n\n<!-- end -->`
  })
}

/** A file, its present text, and the text that the stored results give. */
type Shown = { readonly path: string; readonly was: string; readonly is: string }

/** The pages and figures that show studies: README.md, docs/benchmarks.md and those below it, and docs/images. */
export async function pages(studies: readonly Study[]): Promise<readonly Shown[]> {
  const names = await readdir(folder).catch((): string[] => [])
  const results = new Map(
    await Promise.all(
      names.map(async (file): Promise<[string, StoredResult]> => {
        const stored = JSON.parse(await readFile(join(folder, file), 'utf8')) as StoredResult
        return [stored.study, stored]
      }),
    ),
  )
  const below = await readdir(join(docs, 'benchmarks'), { recursive: true })
  const files = [
    '../README.md',
    'benchmarks.md',
    ...below.filter((file) => file.endsWith('.md')).map((file) => `benchmarks/${file}`),
  ].sort()
  const all = await Promise.all(
    files.map(async (file) => {
      const path = join(docs, file)
      const was = await readFile(path, 'utf8')
      return { path, was, is: shown(`docs/${file}`, was, studies, results) }
    }),
  )
  const quoted = new Set(all.flatMap(({ is }) => [...is.matchAll(mark)].map(([, , name]) => name)))
  const unseen = [...results.keys()].filter((name) => !quoted.has(name))
  if (unseen.length > 0)
    throw new SpikewardError(
      'STUDY_DOCS',
      `no page of docs/benchmarks shows ${unseen.join(', ')}; add <!-- study: NAME --> and <!-- end --> to one, or delete the stored result`,
    )
  const figures = [...results.values()].flatMap(({ study, result }) =>
    Object.entries(studies.find(({ name }) => name === study)?.figures?.(result) ?? {}),
  )
  const images = figures.map(async ([name, spec]): Promise<Shown> => {
    const path = join(docs, 'images', `${name}.svg`)
    return {
      path,
      was: await readFile(path, 'utf8').catch(() => ''),
      is: typeof spec === 'string' ? spec : `${await renderSvg(spec)}\n`,
    }
  })
  return [...all, ...(await Promise.all(images))]
}
