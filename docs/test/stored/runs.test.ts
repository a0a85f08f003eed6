/**
 * Every stored run can be repeated: it names a commit of the history without changes, how long its trainings took
 * together, and its keys and data keys.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { isRecord } from '@spikeward/core'
import { type PairedRatio, drawsDirections, pairedRatio } from '@spikeward/experiment'
import { storedPaths } from '../../scripts/storedPaths.js'
import { root } from '../support/markdown.js'

type Source = { readonly commit: string | null; readonly dirty: boolean; readonly machine: { readonly cores: number } }

type Trial = { readonly seconds?: number | null; readonly key?: number; readonly networkKey?: number }

type Row = {
  readonly problem?: string
  readonly key?: number
  readonly dataKey?: number
  readonly trainingSeconds?: number | null
  readonly search?: { readonly trials?: readonly Trial[] } | null
  readonly tests?: readonly Trial[]
  readonly trials?: readonly Trial[]
  /** Of a comparison: the mean over its runs. */
  readonly seconds?: number | null
  readonly errors?: readonly unknown[]
  readonly failures?: number
}

/** A run of a benchmark, or of `spikeward reproduce` or `compare`. */
type StoredRun = Partial<Source> & {
  readonly measured?: Source
  /** Of the result of a study. */
  readonly sources?: readonly (Source & { readonly seconds: number })[]
  readonly command?: string
  readonly line: string
  /** Seconds of the whole command; of `reproduce` absent in a run of an earlier version. */
  readonly seconds?: number | null
  /**
   * Seconds of all its trainings with their data and baselines, one after another. Absent: a run of an earlier version.
   */
  readonly trialSeconds?: number | null
  readonly settings?: {
    readonly keys?: readonly number[]
    readonly dataKeys?: readonly number[]
    readonly estimators?: readonly string[]
    readonly seconds?: number
    readonly threads?: number
  }
  readonly rows?: readonly Row[]
}

/** A row of a comparison. */
type Compared = {
  readonly label: string
  readonly budget: number
  readonly errors: readonly (number | null)[]
  readonly tried: readonly unknown[]
  readonly paired: { readonly paired: PairedRatio | null } | null
}

const paths = storedPaths(`${root}docs`)

const runs = [...paths].map(([name, path]): readonly [string, StoredRun] => [
  name,
  JSON.parse(readFileSync(path, 'utf8')) as StoredRun,
])

const accuracy = `${root}docs/benchmarks/accuracy`
const accuracyPages = readdirSync(accuracy, { recursive: true, encoding: 'utf8' }).flatMap((file) =>
  file.endsWith('.md') ? [`${accuracy}/${file}`] : [],
)

/** Commits that results beside the runs name: sessions of the soak, the tests of reliability, the first contact. */
const otherSources = (): readonly (readonly [string, Partial<Source>])[] => {
  const read = (path: string): unknown => JSON.parse(readFileSync(`${root}docs/${path}`, 'utf8'))
  const { sessions } = read('reliability/soak.json') as { readonly sessions: readonly Source[] }
  return [
    ...sessions.map((session, i) => [`soak, session ${i}`, session] as const),
    ...['reliability/tests.json', 'reliability/accuracy.json', 'start/first-contact.json'].map(
      (path) => [path, read(path) as Source] as const,
    ),
  ]
}

const git = (...args: readonly string[]): string =>
  execFileSync('git', [...args], { cwd: root, encoding: 'utf8' }).trim()

/** The source and the machine of a run. */
const sourceOf = (run: StoredRun): Partial<Source> => run.measured ?? run

/** The durations of all trainings that a run stores, together. */
function trainingSeconds({ rows = [] }: StoredRun): number {
  const seconds = rows.flatMap(({ trainingSeconds: own, search, tests = [], trials = [], ...row }) => [
    own ?? 0,
    (row.seconds ?? 0) * ((row.errors?.length ?? 0) - (row.failures ?? 0)),
    ...[...(search?.trials ?? []), ...tests, ...trials].map((trial) => trial.seconds ?? 0),
  ])
  return seconds.reduce((sum, s) => sum + s, 0)
}

/** The pairs of keys that a table of errors has at least. */
const PAIRS = 5

describe('stored runs', () => {
  it('name a commit of the history, without changes', (context) => {
    if (git('rev-parse', '--is-shallow-repository') === 'true')
      context.skip('the clone is shallow; run git fetch --unshallow')
    const history = new Set(git('log', '--format=%H').split('\n'))
    const all = [...runs.flatMap(([name, run]) => (run.sources ?? [sourceOf(run)]).map((s) => [name, s] as const))]
    const elsewhere = [...all, ...otherSources()].flatMap(([name, { commit, dirty }]) =>
      history.has(commit ?? '') && dirty === false ? [] : [name],
    )
    // Measure them again from a commit of main, or remove them and their tables.
    expect(elsewhere).toEqual([])
  })

  it('state the time of all their trainings', () => {
    const short = runs.flatMap(([name, run]) => {
      const { seconds, trialSeconds, sources } = run
      if (sources !== undefined) return sources.every((source) => source.seconds > 0) ? [] : [name]
      // `reproduce` of an earlier version states the seconds of each training alone.
      if (seconds === undefined || seconds === null) {
        const trials = (run.rows ?? []).map((row) => row.trials ?? [])
        return trials.flat().every((trial) => typeof trial.seconds === 'number') && trials.every((t) => t.length > 0)
          ? []
          : [name]
      }
      const { cores } = sourceOf(run).machine!
      // Each training is a part of its trial, and no more trials run at once than there are cores.
      if (typeof trialSeconds === 'number')
        return trainingSeconds(run) <= trialSeconds + 1 && trialSeconds <= cores * seconds + 1 ? [] : [name]
      // Without --seconds, trainings of `accuracy` run beside each other, as many as the cores allow with these threads
      // each. These runs do not store --at-once, so a time that misses up to that factor passes.
      const isBeside = run.command === 'accuracy' && run.settings?.seconds === undefined
      const atOnce = isBeside ? Math.max(1, Math.floor(cores / run.settings!.threads!)) : 1
      return trainingSeconds(run) <= atOnce * seconds + 1 ? [] : [name]
    })
    expect(short).toEqual([])
  })

  it('hold every training of `accuracy` with its key, and with its data key where these vary', () => {
    const own = runs.filter(([, run]) => run.command === 'accuracy')
    for (const [name, { rows = [], settings }] of own) {
      const { keys = [], dataKeys } = settings ?? {}
      expect(new Set(rows.map((row) => row.key)), name).toEqual(new Set(keys))
      const pairs = new Map(keys.map((key, i) => [key, dataKeys?.[i]]))
      for (const { key, dataKey } of rows) expect(dataKey, name).toBe(pairs.get(key!))
    }
    expect(own.length).toBeGreaterThan(25)
  })

  it('hold the errors of other methods in one field of one shape', () => {
    /**
     * All records of a value with their names, but for the settings, in which `baselines` is an option of the command.
     */
    const recordsIn = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
      Array.isArray(value)
        ? value.flatMap(recordsIn)
        : isRecord(value)
          ? [value, ...Object.entries(value).flatMap(([name, v]) => (name === 'settings' ? [] : recordsIn(v)))]
          : []
    const shape = ['untrained', 'linear', 'kernel', 'dense', 'randomSign']
    let found = 0
    for (const [name, run] of runs)
      for (const record of recordsIn(run)) {
        for (const before of ['baselineRidge', 'otherMethods']) expect(record, name).not.toHaveProperty(before)
        // Every training that has an error on the test split.
        if ('relativeL2' in record && 'failure' in record) expect(record, name).toHaveProperty('baselines')
        if (!('baselines' in record)) continue
        const baselines = record['baselines'] as Readonly<Record<string, unknown>>
        expect(Object.keys(baselines), name).toEqual(shape)
        for (const error of Object.values(baselines)) expect(error === null || Number.isFinite(error), name).toBe(true)
        found++
      }
    expect(found).toBeGreaterThan(500)
  })

  it('of `compare` hold the errors of each key, the rates of each search, and the paired ratios that these give', () => {
    const comparisons = runs.filter(([name]) => paths.get(name)!.includes('/comparisons/'))
    for (const [name, run] of comparisons) {
      const rows = (run.rows ?? []) as readonly Compared[]
      for (const { budget, label, errors, tried, paired } of rows) {
        const bp = rows.find((row) => row.budget === budget && row.label === 'bp')!
        expect(errors.length, name).toBeGreaterThanOrEqual(PAIRS)
        expect(tried.length, name).toBeGreaterThanOrEqual(3)
        if (label !== 'bp') expect(paired!.paired, name).toEqual(pairedRatio(errors, bp.errors))
      }
    }
    expect(comparisons.length).toBeGreaterThan(0)
  })

  it('of `accuracy` have tables over five pairs of keys that say what their spread covers', async () => {
    const tables = (await Promise.all(accuracyPages.map((page) => readFile(page, 'utf8')))).flatMap((text) => [
      ...text.matchAll(/<!-- run: (accuracy-[\w-]+) -->.*?\*\*(Accuracy: .*?)\*\*\s+\| (.*?) \|\n/gs),
    ])
    const found = new Map(runs)
    for (const [, name, title, head] of tables) {
      const { keys = [], dataKeys, estimators = [] } = found.get(name!)!.settings!
      const pairs = keys.map((key, i) => `${key} and ${dataKeys?.[i]}`).join(', ')
      expect(title, name).toContain(
        dataKeys === undefined
          ? `over ${keys.length} keys, ${keys.join(', ')}, of networks`
          : `${keys.length} pairs of network and data keys, ${pairs}`,
      )
      expect(head, name).toContain('| learned |')
      expect(keys.length, name).toBeGreaterThanOrEqual(PAIRS)
      // Functions of one data key: the spread lacks theirs.
      expect(title, name).not.toContain('networks only')
      if (estimators.length > 1)
        expect(head, name).toContain(
          '| to the first row with these options, else to the estimator’s row above, 0.95 interval |',
        )
    }
    expect(new Set(tables.map(([, name]) => name))).toEqual(
      new Set([...found.keys()].filter((n) => n.startsWith('accuracy-'))),
    )
  })

  it('of `accuracy` show the regressions on their data, and random signs next to random directions', async () => {
    const pages = await Promise.all(accuracyPages.map(async (page) => [page, await readFile(page, 'utf8')] as const))
    let [controls, regressions] = [0, 0]
    for (const [page, text] of pages) {
      for (const [, name, table] of text.matchAll(/<!-- run: (accuracy-[\w-]+) -->.*?\n(\| problem .*?)\n\n/gs)) {
        const [head = [], , ...rows] = table!.split('\n').map((line) => line.split(' | '))
        for (const row of rows) {
          const cell = (column: string): string => row[head.indexOf(column)] ?? 'no column'
          const estimator = cell('estimator').split(/[ /]/)[0]!
          const isControl = estimator.startsWith('randomSign(')
          const where = `${name}: ${cell('estimator')}`
          if (!page.endsWith('equations.md')) {
            for (const column of ['linear ridge', 'kernel ridge']) expect(cell(column), where).toMatch(/^\d/)
            regressions++
          }
          if (drawsDirections({ estimator }) && !isControl) {
            expect(cell('random sign'), where).toMatch(/^\d/)
            controls++
          }
          if (cell('untrained, ridge') !== '–') expect(cell('learned'), where).toMatch(isControl ? /^–/ : /^(yes|no)/)
        }
      }
    }
    expect(controls).toBeGreaterThan(5)
    expect(regressions).toBeGreaterThan(30)
  })
})
