import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { type BaselineName, type CellRow, baselineNames, commandLine } from '../../accuracy/cell.js'
import { familyOf } from '../../docs/storedInDocs.js'
import { type PlaceOptions, openPlace, withPlaceOptions } from '../../accuracy/openPlace.js'
import { type Summary, summarise, withSpread } from '../../accuracy/summarise.js'
import { cellsOf, sweep } from '../../accuracy/sweep.js'
import { trainNames, withTrainingOptions } from '../../accuracy/trainNames.js'
import { showProgress } from '../../io.js'
import { type Figure, type Table, digits, lines, mib } from '../../report/tableMarkdown.js'
import { defineBenchmark } from '../../run/benchmark.js'
import { type AnyRun, type Run, sourceText } from '../../run/run.js'
import { keys, oneOf } from '../../argumentParsers.js'

type Settings = PlaceOptions & {
  readonly problems: readonly string[]
  readonly estimators: readonly string[]
  readonly backends: readonly string[]
  readonly keys: readonly number[]
  readonly dataKeys?: readonly number[]
  /** Absent: a run of an earlier version, without baselines of other methods. */
  readonly baselines?: string
  readonly seconds?: number
  readonly threads: number
  readonly budget: number
  readonly options?: readonly string[]
}

type Result = {
  readonly rows: readonly CellRow[]
  readonly left: number
  /**
   * The durations of all trainings with their data and baselines, one after another; absent: a run of an earlier
   * version.
   */
  readonly trialSeconds?: number
}

export type AccuracyRun = Run<Settings, Result>

/** The command of a run determines the type of its settings and rows. */
export const isAccuracyRun = (run: AnyRun): run is AccuracyRun => run.command === 'accuracy'

/** The keys that the spread of a run covers. */
function spreadText({ keys: own, dataKeys }: Settings, functions: boolean): string {
  if (dataKeys === undefined) {
    const keysText = `${own.length} keys, ${own.join(', ')}, of networks`
    return functions ? `${keysText} only, on the functions of data key 0` : `${keysText} and of the points of each step`
  }
  const pairs = own.map((key, i) => `${key} and ${dataKeys[i]}`)
  return `${own.length} pairs of network and data keys, ${pairs.join(', ')}`
}

/** The error of a row over that of the row beside which `summarise` puts it, with its interval. */
const pairedText = ({ paired }: Summary): string =>
  paired === null ? '–' : `${digits(paired.ratio)} (${digits(paired.low)} to ${digits(paired.high)})`

/** @throws BENCH_USAGE if keys and data keys do not make pairs */
function checkPairs({ keys: own, dataKeys }: Settings): void {
  if (dataKeys === undefined || dataKeys.length === own.length) return
  throw new SpikewardError(
    'BENCH_USAGE',
    `--data-keys has ${dataKeys.length} keys and --keys ${own.length}; give one data key for each key, so that both vary together`,
  )
}

const titles: Readonly<Record<BaselineName, string>> = {
  untrained: 'untrained, ridge',
  linear: 'linear ridge',
  kernel: 'kernel ridge',
  dense: 'dense network',
  randomSign: 'random sign',
}

function accuracyTable({ settings, rows, left }: AccuracyRun): Table {
  const summaries = summarise(rows)
  // For a function of points the two errors are equal.
  const pooled = summaries.some((s) => s.relativeL2Pooled !== null && s.relativeL2Pooled.mean !== s.relativeL2?.mean)
  const isPaired = summaries.some((s) => s.paired !== null)
  // The column of the untrained network is always there.
  const beside = baselineNames.filter(
    (name) => name === 'untrained' || summaries.some((s) => s.baselines[name] !== null),
  )
  return {
    title: `Accuracy: relative L2, mean ± standard deviation over ${spreadText(settings, pooled)}`,
    head: [
      'problem',
      'estimator',
      'backend',
      ...(pooled ? ['test, mean per function', 'test, pooled'] : ['test']),
      ...(isPaired ? ['to the first row with these options, else to the estimator’s row above, 0.95 interval'] : []),
      'validation',
      ...beside.map((name) => titles[name]),
      'learned',
      'seconds',
      'forward passes',
      'peak MiB',
    ],
    rows: summaries.map((s) => [
      s.problem,
      s.estimator,
      s.backend,
      s.relativeL2 === null ? `failed: ${s.failures.join('; ')}` : withSpread(s.relativeL2),
      ...(pooled ? [withSpread(s.relativeL2Pooled)] : []),
      ...(isPaired ? [pairedText(s)] : []),
      withSpread(s.validation),
      ...beside.map((name) => withSpread(s.baselines[name])),
      s.learned === null ? '–' : s.learned ? 'yes' : 'no',
      withSpread(s.trainingSeconds),
      digits(s.forwardEquivalents?.mean),
      mib(s.peakBytes?.mean),
    ]),
    ...(left > 0 ? { note: `${left} cells are left; the same command continues with them.` } : {}),
  }
}

/** The most moments of a curve that a run stores. */
const MOMENTS = 10

/** A row as a run stores it: the figures draw the curve of the first key alone. */
export const withCurveMoments = (row: CellRow, first: number | undefined): CellRow => {
  const every = Math.ceil(row.curve.length / MOMENTS)
  // The last moment is always one of them.
  const moments = row.curve.filter((_, i) => (row.curve.length - 1 - i) % every === 0)
  return { ...row, curve: row.key === first ? moments : [] }
}

/** Error against time and against forward passes, one figure for each problem, with the curves of the first key. */
function accuracyFigures({ rows }: AccuracyRun): readonly Figure[] {
  const problems = [...new Set(rows.map((r) => r.problem))]
  const first = rows[0]?.key
  return problems.flatMap((problem) =>
    (['seconds', 'forwardEquivalents'] as const).map((across) =>
      lines(
        `${problem}: error against ${across === 'seconds' ? 'seconds of training' : 'forward passes'} (key ${first})`,
        rows
          .filter((r) => r.problem === problem && r.key === first)
          .flatMap((r) =>
            r.curve.map((m) => ({
              x: m[across],
              y: m.validation,
              line: `${[r.estimator, r.options].filter((t) => t !== '').join(' ')}, ${r.backend}`,
            })),
          ),
        { title: across === 'seconds' ? 'seconds of training' : 'forward passes of the network', log: true },
        { title: 'relative L2 on the validation points', log: true },
      ),
    ),
  )
}

/** The file of finished cells, one for each shard, and those of all others. */
async function cellFiles(
  out: { readonly folder: string; readonly name: string } | null,
  shard: PlaceOptions['shard'],
): Promise<{ readonly file: string | null; readonly others: readonly string[] }> {
  if (out === null) {
    if (shard === undefined) return { file: null, others: [] }
    throw new SpikewardError('BENCH_USAGE', '--shard without --out; name the folder that all shards share')
  }
  const own = `${out.name}.cells${shard === undefined ? '' : `-${shard.join('-of-')}`}.jsonl`
  const files = await readdir(out.folder).catch(() => [])
  const others = files.filter((f) => f !== own && f.startsWith(`${out.name}.cells`) && f.endsWith('.jsonl'))
  return { file: join(out.folder, own), others: others.map((f) => join(out.folder, f)) }
}

export const accuracy = defineBenchmark<Settings, Result>({
  name: 'accuracy',
  folder: 'accuracy',
  about:
    'error against time, forward passes and memory: problems × estimators × backends × keys; continues an interrupted run',
  options: (command) =>
    withTrainingOptions(withPlaceOptions(command), {
      estimators: ['rfg', 'rfg/layerwise', 'eligibility', 'gaussNewton', 'bp'],
      keys: [11, 12, 13, 14, 15],
      options: 'further options of `spikeward train`, in one string; repeat for another row; default: none',
    })
      .option('--problems <names>', 'problems of `spikeward list`', trainNames('problem'), ['mexican-hat'])
      .option('--backends <names>', 'backends', trainNames('backend'), ['native'])
      .option('--data-keys <list>', 'keys of the random functions, one for each of --keys: both vary together', keys)
      .option(
        '--baselines <which>',
        'other methods on the same data, as `spikeward train` names them: none, classical or all',
        oneOf('none', 'classical', 'all'),
        'classical',
      ),
  quick: { keys: [11, 12], seconds: 1, estimators: ['rfg', 'eligibility', 'bp'], budget: 90 },
  async measure(settings, { io, out }) {
    checkPairs(settings)
    const program = await commandLine()
    const all = cellsOf({ ...settings, options: settings.options ?? [''], seconds: settings.seconds ?? null })
    const progress = showProgress(io, all.length)
    const place = await openPlace(settings, program, io)
    try {
      const { file, others } = await cellFiles(out, settings.shard)
      const { rows, left, earlierSeconds, trialSeconds } = await sweep(all, {
        ...{ file, others, scheduler: place.scheduler, budget: settings.budget, train: place.train },
        keep: settings.shard !== undefined,
        source: sourceText(),
        onCell: (c) => progress.step(`${c.problem} ${c.estimator} ${c.backend} key ${c.key}`),
      })
      if (settings.shard === undefined) {
        const curves = rows.map((row) => withCurveMoments(row, settings.keys[0]))
        return { result: { rows: curves, left, trialSeconds }, samples: {}, earlierSeconds }
      }
      io.err(
        `Shard ${settings.shard.join('/')} has ended; ${rows.length} of ${all.length} cells are stored. When all shards have ended, ` +
          'the same command without --shard writes the run.\n',
      )
      return null
    } finally {
      await place.close()
    }
  },
  tables: (run) => [accuracyTable(run)],
  headline({ settings, rows }) {
    const [problem] = settings.problems
    const own = summarise(rows).flatMap((s) => (s.problem === problem && s.relativeL2 !== null ? [s] : []))
    const best = own.find((s) => own.every((other) => s.relativeL2!.mean <= other.relativeL2!.mean))
    return [
      `On ${problem}, \`${best?.estimator.split(' ')[0]}\` ends at a relative L2 error of ${withSpread(best?.relativeL2 ?? null)}; the untrained network with a solved readout ` +
        `has ${digits(best?.baselines.untrained?.mean)} (mean of ${settings.keys.length} keys).`,
    ]
  },
  figures: accuracyFigures,
  pages: (run) =>
    [...new Set(run.rows.map((r) => familyOf(r)))].map((family) => ({
      page: family,
      run: { ...run, rows: run.rows.filter((r) => familyOf(r) === family) },
    })),
})
