/** The results of `spikeward compare`, stored in docs/benchmarks/runs/comparisons/ and shown in docs/comparisons.md. */
import { tableOf } from '../tableOf.mjs'

/**
 * @typedef {object} StoredRow
 * @property {string} label
 * @property {number} budget seconds or steps, as the settings say
 * @property {string} optimizer
 * @property {number} learningRate
 * @property {number | null} readoutSolve
 * @property {number | null} mean relative L2 on the test points, over the keys
 * @property {number | null} spread
 * @property {Paired} paired the error over that of `bp` for the same keys
 * @property {readonly (number | null)[]} errors relative L2 on the test points, for each key
 * @property {readonly { learningRate: number, validation: number | null }[]} tried the rates of the search
 * @property {boolean} atEdge whether the best rate is the lowest or the highest of them
 * @property {Readonly<Record<string, number | null>>} baselines means over the keys
 * @property {string | null} failure why runs did not get to their end
 * @property {number} failures
 * @property {number} offTime runs that took less than 0.9 or more than 1.1 of the budget
 * @property {number | null} seconds of training, as they turned out
 * @property {number | null} stepsPerSecond
 * @property {number | null} forwardEquivalents
 * @property {number} peakBytes
 *
 * @typedef {{ to: string, paired: { ratio: number, low: number, high: number } | null } | null} Paired null: the row
 *   that others are compared with
 *
 * @typedef {object} Provenance the provenance that `spikeward compare` stores in its table
 * @property {string} date
 * @property {{ processor: string, cores: number, memoryGiB: number | null, os: string, instructionSet?: string }}
 *   machine
 * @property {Readonly<Record<string, string>>} versions
 * @property {string | null} commit
 * @property {boolean} dirty
 *
 * @typedef {object} Stored
 * @property {string} line the command
 * @property {number | null} [seconds] of the command, and of trials that it took from an interrupted one; null: unknown
 * @property {number | null} [trialSeconds] of all trials one after another
 * @property {Provenance} measured
 * @property {{ unit: 's' | 'steps' }} settings
 * @property {string} problem
 * @property {readonly number[]} keys
 * @property {readonly number[]} hidden
 * @property {number} time
 * @property {string} backend
 * @property {number | null} threads
 * @property {readonly StoredRow[]} rows
 */

/**
 * The stored part of a comparison's table.json.
 *
 * @param {any} result table.json
 * @param {string} line the command that made it
 * @returns {Stored}
 */
export function stored(result, line) {
  const { config } = result.rows[0]
  const { date, machine, versions, commit, dirty, settings, seconds, trialSeconds } = result
  return {
    line,
    ...{ seconds, trialSeconds },
    measured: { date, machine, versions, commit, dirty },
    settings,
    problem: result.problem,
    keys: result.rows[0].trials.map((/** @type {any} */ t) => t.config.key),
    hidden: config.hidden,
    time: config.time,
    backend: config.backend,
    threads: config.threads,
    rows: result.rows.map((/** @type {any} */ r) => ({
      label: r.label,
      budget: r.budget,
      optimizer: r.config.optimizer,
      learningRate: r.config.learningRate,
      readoutSolve: r.config.readoutSolve,
      mean: r.mean,
      spread: r.spread,
      paired: r.paired,
      errors: r.trials.map((/** @type {any} */ t) => t.relativeL2),
      tried: r.search.tried.map((/** @type {any} */ { learningRate, validation }) => ({ learningRate, validation })),
      atEdge: r.search.atEdge,
      baselines: r.baselines,
      failure: r.trials.find((/** @type {any} */ t) => t.failure !== null)?.failure ?? null,
      failures: r.failures,
      offTime: r.offTime,
      seconds: r.seconds,
      stepsPerSecond: r.stepsPerSecond,
      forwardEquivalents: r.forwardEquivalents,
      peakBytes: r.peakBytes,
    })),
  }
}

/** @param {number | null} value @param {number} [digits] */
const shown = (value, digits = 4) => (value === null ? '–' : value.toFixed(digits))

/** @param {StoredRow} row */
function pairedText({ paired }) {
  if (paired === null) return '1'
  if (paired.paired === null) return '–'
  const { ratio, low, high } = paired.paired
  return `${shown(ratio, 2)} (${shown(low, 2)} to ${shown(high, 2)}) of \`${paired.to}\``
}

/** @param {StoredRow} row */
function verdict(row) {
  const { mean, baselines, failure, failures, offTime } = row
  if (mean === null) return `fails: ${failure ?? 'the error is not finite'}`
  const fails = [
    ...(failures > 0 ? [`fails for ${failures} of the keys, which are excluded from the means: ${failure}`] : []),
    ...(mean >= (baselines['untrained'] ?? Infinity) ? ['fails: no better than untrained'] : []),
  ]
  return [
    ...(fails.length === 0 ? ['learns'] : fails),
    ...(offTime === 0 ? [] : [`keys off their time: ${offTime}`]),
  ].join('; ')
}

/**
 * Where a comparison was measured, in a line.
 *
 * @param {Provenance} measured
 */
export function where({ date, machine, versions, commit, dirty }) {
  const memory = machine.memoryGiB === null ? '' : `, ${machine.memoryGiB} GiB`
  const by = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const source = commit === null ? 'commit unknown' : `commit ${commit.slice(0, 10)}${dirty ? ' and changes' : ''}`
  const set = machine.instructionSet === undefined ? '' : `, ${machine.instructionSet}`
  return `${machine.processor}, ${machine.cores} cores${set}${memory}; ${machine.os}; ${by.join(', ')}; ${source}; ${date.slice(0, 10)}.`
}

/**
 * A table in Markdown for each budget, the best first; the machine is named above the first one.
 *
 * @param {Stored} comparison
 * @returns {string}
 */
export function tables({ line, measured, settings, problem, keys, hidden, time, backend, threads, rows }) {
  const head = [
    'estimator',
    'relative L2',
    'paired ratio (95 % interval)',
    'untrained, ridge',
    'readout solved every',
    'rate',
    'seconds',
    'steps/s',
    'forward passes',
    'peak MiB',
    '',
  ]
  return [...new Set(rows.map((r) => r.budget))]
    .map((budget, place) => {
      const own = rows.filter((r) => r.budget === budget).sort((a, b) => (a.mean ?? Infinity) - (b.mean ?? Infinity))
      const cells = own.map((r) => [
        `\`${r.label}\``,
        r.spread === null ? shown(r.mean) : `${shown(r.mean)} ± ${shown(r.spread)}`,
        pairedText(r),
        shown(r.baselines['untrained'] ?? null),
        r.readoutSolve === null ? 'never' : `${r.readoutSolve} steps`,
        `${r.optimizer}, ${r.learningRate}${r.atEdge ? ' (edge)' : ''}`,
        shown(r.seconds, 2),
        shown(r.stepsPerSecond, 0),
        shown(r.forwardEquivalents, 0),
        shown(r.peakBytes / 2 ** 20, 1),
        verdict(r),
      ])
      return [
        `${problem}, hidden layers ${hidden.join(', ')}, T = ${time}, ${budget} ${settings.unit} of training, ${backend} backend, ` +
          `${threads === 1 ? '1 thread' : `${threads ?? 'all'} threads`}, keys ${keys.join(', ')}: \`${line}\``,
        '',
        ...(place === 0 ? [where(measured), ''] : []),
        tableOf([head, ...cells]),
      ].join('\n')
    })
    .join('\n\n')
}

/**
 * The page with what is measured between its marks, `<!-- measured: name -->` and `<!-- end -->`.
 *
 * @param {string} page
 * @param {(name: string) => string} tablesOf
 * @returns {string}
 */
export const withTables = (page, tablesOf) =>
  page.replace(
    /(<!-- measured: ([\w-]+) -->\n).*?(<!-- end -->)/gs,
    (_, begin, name, end) => `${begin}\n${tablesOf(name)}\n\n${end}`,
  )
