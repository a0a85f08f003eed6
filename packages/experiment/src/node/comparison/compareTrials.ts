import { type ExitCode, exitCodes, usageError } from '../../usage/usageError.js'
import type { Io } from '../../io/io.js'
import { makeOutputFolder } from '../run/prepareFolder.js'
import { type ScheduleOptions, openSchedule, shardNote, timed } from '../schedule/openSchedule.js'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder, sha256Of, writeWhole } from '@spikeward/core/node'
import type { Digests, TrainConfig } from '../../config/trainConfig.js'
import { type Scheduler, type Work, inProcess } from '@spikeward/distributed'
import { type Clock, type Measure, type Trial, type TrialInput, performTrial } from '../../comparison/trial.js'
import { provenance, sourcesIn } from '../provenance.js'
import { errorText } from '../../io/texts.js'
import { finiteOrNull } from '../../run/result.js'

/** Thrown if the user stops; finished trials are stored. */
class Interrupted extends Error {}

/** Runs trials and stores the finished ones, so that the same command continues where it was stopped. */
export type Trials = {
  /**
   * The finished trial of `request`, or a new one with these settings, which takes about the clock's time if there is a
   * clock.
   */
  run(
    what: string,
    request: Readonly<Record<string, unknown>>,
    measure: Measure,
    config: TrainConfig,
    clock?: Clock,
  ): Promise<Trial>
  /**
   * The stored value of `request`, or the result of `make`, which is also that of `work` in another process; null: only
   * this process can make it.
   */
  keep<T>(
    what: string,
    request: Readonly<Record<string, unknown>>,
    work: Work | null,
    make: () => Promise<T>,
  ): Promise<T>
  /** How many stored values of other sources were taken, by the words for these: `commit 1a2b3c4d`. */
  reused(): ReadonlyMap<string, number>
  /**
   * The seconds of all trials one after another, and of those that were stored before; null: a stored one does not say.
   */
  seconds(): { readonly all: number | null; readonly earlier: number | null }
  close(): void
}

/** `took`: seconds of the whole trial, data and measurement included. */
type Stored = { readonly request: unknown; readonly source?: string; readonly took?: number; readonly value: unknown }

type Requested = { readonly files?: Digests; readonly pace?: { readonly files?: Digests } }

const filesIn = ({ files, pace }: Requested): Digests => files ?? pace?.files ?? {}

async function recordedFiles(home: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(home)).filter((name) => name.endsWith('.json'))
  const stored = await Promise.all(
    names.map((name) =>
      // A damaged file is no stored trial.
      readFile(join(home, name), 'utf8')
        .then((text) => Object.entries(filesIn((JSON.parse(text) as { readonly request: Requested }).request)))
        .catch(() => []),
    ),
  )
  return new Map(stored.flat())
}

/**
 * Trials stored under `folder`/trials, one JSON file each, named by a hash of the request, which is also their identity
 * for the scheduler. A trial that reads a file of other content than the stored ones is refused with CLI_FILE_CHANGED.
 * Each file names the sources that ran it. A trial of other sources is taken as well, with one note for each of these.
 *
 * @param total the approximate number of trials, for the progress on standard error
 * @param scheduler runs those that are not stored; default: this process, one after another
 * @param source the sources of new trials, in words
 */
export async function openTrials(
  folder: string,
  io: Io,
  quiet: boolean,
  total: number,
  scheduler: Scheduler = inProcess(),
  source: string = sourcesIn(provenance()),
): Promise<Trials> {
  const home = join(folder, 'trials')
  await makeFolder(home)
  const abort = new AbortController()
  const stopListening = io.onInterrupt(() => abort.abort())
  let done = 0
  const reused = new Map<string, number>()
  /** The seconds of each trial by its request, and whether it was stored before. */
  const took = new Map<string, { readonly seconds: number; readonly before: boolean }>()
  const here = inProcess()

  /** Trials that run now: a repeated request waits for the first. */
  const inProgress = new Map<string, Promise<unknown>>()

  const pathOf = (text: string): string => join(home, `${sha256Of([text]).slice(0, 16)}.json`)

  const find = async <T>(text: string): Promise<{ readonly value: T } | null> => {
    const stored = await readFile(pathOf(text), 'utf8').then(
      (outcome) => JSON.parse(outcome) as Stored & { readonly value: T },
      () => null,
    )
    if (stored === null || JSON.stringify(stored.request) !== text) return null
    if (!took.has(text)) took.set(text, { seconds: stored.took ?? NaN, before: true })
    const from = stored.source ?? 'an unrecorded commit'
    if (from !== source) {
      if (!reused.has(from))
        io.err(
          `note: trials of ${from} are stored in ${home} and are not run again, although this is ${source}; to run them again, take another folder with --out\n`,
        )
      reused.set(from, (reused.get(from) ?? 0) + 1)
    }
    return stored
  }

  const recorded = await recordedFiles(home)

  /** Refuses a trial that reads other content than the stored ones: its numbers could not be compared with theirs. */
  const checkRecorded = (text: string): void => {
    const changed = Object.entries(filesIn(JSON.parse(text) as Requested)).find(
      ([name, digest]) => (recorded.get(name) ?? digest) !== digest,
    )
    if (changed === undefined) return
    throw usageError(
      'CLI_FILE_CHANGED',
      `${changed[0]} was changed since the trials in ${home} ran (its checksum differs); restore it, or take another folder with --out`,
    )
  }

  const makeOnce = async <T>(label: string, text: string, work: Work | null, make: () => Promise<T>): Promise<T> => {
    if (abort.signal.aborted) throw new Interrupted()
    const stored = await find<T>(text)
    if (stored !== null) return stored.value
    checkRecorded(text)
    const job = { id: text, label, ...(work === null ? {} : { work }), run: () => timed(make) }
    const where = work === null ? here : scheduler
    const [answer] = await where.run([job], abort.signal).catch((error: unknown) => {
      throw abort.signal.aborted ? new Interrupted() : error
    })
    const { value, took: seconds } = answer!
    took.set(text, { seconds, before: false })
    await writeWhole(
      pathOf(text),
      `{"request":${text},"source":${JSON.stringify(source)},"took":${seconds},"value":${JSON.stringify(value)}}\n`,
    )
    return value
  }

  const keep = <T>(
    label: string,
    request: Readonly<Record<string, unknown>>,
    work: Work | null,
    make: () => Promise<T>,
  ): Promise<T> => {
    const text = JSON.stringify(request)
    const begun = inProgress.get(text) as Promise<T> | undefined
    if (begun !== undefined) return begun
    const begins = makeOnce(label, text, work, make).finally(() => inProgress.delete(text))
    inProgress.set(text, begins)
    return begins
  }

  return {
    keep,
    async run(what, request, measure, config, clock) {
      const input: TrialInput = { config, measure, clock: clock ?? null }
      const trial = await keep(what, { ...request, measure }, { task: 'trial', input }, async () => {
        const ended = await performTrial(input, { io, quiet }, abort.signal)
        if (ended === null) throw new Interrupted()
        return ended
      })
      done++
      if (!quiet) {
        const { validation, relativeL2, steps, seconds, failure } = trial
        const outcome =
          failure !== null
            ? failure
            : relativeL2 !== null
              ? `test error ${errorText(relativeL2)}`
              : `validation error ${validation === null ? 'not finite' : errorText(validation)}`
        io.err(`[${done}/${Math.max(done, total)}] ${what}: ${outcome}, ${steps} steps in ${seconds.toFixed(1)} s\n`)
      }
      return trial
    },
    reused: () => reused,
    seconds() {
      const sum = (some: readonly { readonly seconds: number }[]): number | null =>
        finiteOrNull(some.reduce((total, { seconds }) => total + seconds, 0))
      const all = [...took.values()]
      return { all: sum(all), earlier: sum(all.filter(({ before }) => before)) }
    },
    close: stopListening,
  }
}

export type TrialPlace = {
  readonly trials: Trials
  /** Runs rows, which wait for their trials. */
  readonly rows: Scheduler
  /** The rows of all shards; null, with a note, while those of other shards are missing. */
  whole<T>(results: readonly (T | null)[]): readonly T[] | null
  /**
   * Writes a page and its data, NAME.md and NAME.json, and prints one of them. The data begin with `seconds`, the time
   * of the command and of trials that were stored before, and `trialSeconds`, that of all trials one after another;
   * null: a stored trial does not say.
   */
  show(
    name: string,
    report: string,
    result: Readonly<Record<string, unknown>>,
    figures?: readonly string[],
  ): Promise<void>
}

/**
 * Does the work of a command that runs many trials, and closes them and their schedule at its end. If the user stops
 * it, the finished trials stay in the folder, and the command fails with a note on how to continue.
 *
 * @param total the approximate number of trials
 * @param of threads and backend of a trial
 */
export async function withTrials(
  folder: string,
  total: number,
  of: Parameters<typeof openSchedule>[1],
  options: ScheduleOptions & { readonly json: boolean; readonly quiet: boolean },
  io: Io,
  work: (place: TrialPlace) => Promise<void>,
): Promise<ExitCode> {
  const begun = performance.now()
  await makeOutputFolder(folder)
  const schedule = await openSchedule(options, of, io)
  const trials = await openTrials(folder, io, options.quiet, total, schedule.trials)
  await using _closed = {
    async [Symbol.asyncDispose]() {
      trials.close()
      await schedule.close()
    },
  }
  try {
    await work({
      trials,
      rows: schedule.rows,
      whole<T>(results: readonly (T | null)[]) {
        const rows = results.filter((row): row is T => row !== null)
        if (rows.length === results.length) return rows
        io.err(shardNote(options, rows.length, results.length, folder))
        return null
      },
      async show(name, report, settings, figures = []) {
        const { all, earlier } = trials.seconds()
        const seconds = earlier === null ? null : (performance.now() - begun) / 1000 + earlier
        const content = { seconds, trialSeconds: all, ...settings }
        await writeWhole(join(folder, `${name}.md`), report)
        await writeWhole(join(folder, `${name}.json`), `${JSON.stringify(content, null, 2)}\n`)
        const files = [`${name}.md`, `${name}.json`, ...figures]
        io.out(options.json ? `${JSON.stringify(content)}\n` : `${report}\n${folder}: ${files.join(', ')}\n`)
      },
    })
    return exitCodes.done
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    io.err(`Interrupted. Finished runs are stored in ${folder}; the same command continues with the rest.\n`)
    return exitCodes.failed
  }
}
