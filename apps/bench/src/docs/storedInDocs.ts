/**
 * The stored runs that the pages of docs/benchmarks show. Each lies in the folder of its page:
 * docs/benchmarks/runs/PAGE/NAME.json.
 */
import { mkdir, readdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { type Factories, factories } from '@spikeward/experiment'
import type { BenchmarkEntry, PagePart } from '../run/benchmark.js'
import { type StoredRun, readRun } from '../run/storedRuns.js'
import type { AnyRun } from '../run/run.js'

const RUNS = 'runs'

/** An error of the stored runs or of the pages that show them. */
export const docsError = (text: string, options?: ErrorOptions): SpikewardError =>
  new SpikewardError('BENCH_DOCS', text, options)

/** Where a new run is written; `bench docs` moves it into the folder of its page. */
export const STORE = `docs/benchmarks/${RUNS}`

/** Folders of results that `spikeward` and the studies write, in formats of their own. */
const ofCommandLine = ['reproduce', 'comparisons', 'studies']

/** A stored run and its file, from docs/benchmarks. */
export type RunInDocs = StoredRun & { readonly path: string }

/** The pages of docs/benchmarks that show several benchmarks, with the pages that these would have alone. */
const shared: Readonly<Record<string, readonly string[]>> = {
  'accuracy/index': ['accuracy/functions'],
  'speed/profile': ['speed/roofline', 'speed/scaling', 'speed/events'],
  'speed/step': ['speed/table', 'speed/peers'],
}

const sharedPage = (own: string): string => Object.keys(shared).find((page) => shared[page]!.includes(own)) ?? own

/** The pages that show a run, each with the part that it shows. The page of an unknown command has its name. */
export const pagesOf = (run: AnyRun, benchmarks: readonly BenchmarkEntry[]): readonly PagePart<AnyRun>[] => {
  const parts = benchmarks.find((b) => b.name === run.command)?.pages(run) ?? [{ page: run.command, run }]
  return parts.map((part) => ({ ...part, page: sharedPage(part.page) }))
}

/** The file of a run, from docs/benchmarks: in the folder of the first page that shows it. */
export const placeOf = ({ name, run }: StoredRun, benchmarks: readonly BenchmarkEntry[]): string =>
  `${RUNS}/${pagesOf(run, benchmarks)[0]?.page ?? run.command}/${name}.json`

/** Every stored run below `folder`, docs/benchmarks, by name. */
export async function readRunsInDocs(folder: string): Promise<readonly RunInDocs[]> {
  const paths = (await readdir(folder, { recursive: true }))
    .filter((path) => path.endsWith('.json') && !ofCommandLine.includes(dirname(path).replace(`${RUNS}/`, '')))
    .sort()
  const runs = await Promise.all(paths.map(async (path) => ({ ...(await readRun(join(folder, path))), path })))
  return runs.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Moves the runs that lie elsewhere to their places. One that was measured again replaces the older one. */
export async function placeRuns(folder: string, benchmarks: readonly BenchmarkEntry[]): Promise<void> {
  const runs = await readRunsInDocs(folder)
  const dates = new Map(runs.map(({ path, run }) => [path, run.date]))
  for (const stored of runs) {
    const to = placeOf(stored, benchmarks)
    if (to === stored.path) continue
    const { date } = stored.run
    const there = dates.get(to)
    if (there !== undefined && there > date) {
      throw docsError(
        `docs/benchmarks/${stored.path} (${date}) is older than docs/benchmarks/${to} (${there}), which it would replace; delete the older one`,
      )
    }
    await mkdir(dirname(join(folder, to)), { recursive: true })
    await rename(join(folder, stored.path), join(folder, to))
    dates.set(to, date)
  }
}

/** Refuses a run outside the folder of its page, and two runs with one name. */
export function checkPlaces(runs: readonly RunInDocs[], benchmarks: readonly BenchmarkEntry[]): void {
  for (const [i, stored] of runs.entries()) {
    const to = placeOf(stored, benchmarks)
    if (to !== stored.path) {
      throw docsError(`docs/benchmarks/${stored.path} belongs to docs/benchmarks/${to}; run: npm run -s bench -- docs`)
    }
    const next = runs[i + 1]
    if (next?.name === stored.name) {
      throw docsError(
        `docs/benchmarks holds ${stored.path} and ${next.path}, two runs of one name; delete the older one`,
      )
    }
  }
}

/** Each kind of problem has a page of the accuracy benchmark. */
const families: Readonly<Record<string, string>> = { regression: 'functions', operator: 'operators', pinn: 'equations' }

const declaredProblems: Factories = factories.problem

/** The page of a problem, which its kind names. */
export function familyOf({ problem }: { readonly problem: string }): string {
  const family = families[String(declaredProblems[problem]?.declaration.facts['kind'])]
  if (family !== undefined) return family
  throw docsError(
    `no declared problem is called ${problem}, so its runs have no page; \`spikeward list problems\` prints the names`,
  )
}
