import { basename, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { flag, integer, option, text } from '@spikeward/core'
import {
  asUsage,
  isOperatorProblem,
  meanOf,
  openBackend,
  pick,
  metavar,
  timesType,
  usageError,
} from '@spikeward/experiment'
import type { FlagsOf, backendFlags, displayFlags } from '@spikeward/experiment'
import { type ScheduleOptions, provenance, threadsOf, writeFigure, withTrials } from '@spikeward/experiment/node'
import type { Context } from '../io/processIo.js'
import { addBackendOptions, addDisplayOptions, addScheduleOptions } from './options/sharedOptions.js'
import { type ReproducedPoint, reproductionSpec } from '@spikeward/plots'
import { reproduceReport } from '../reproduction/reproduceReport.js'
import { reproduceCosts, reproduceRows, reproductionRunCount } from '../reproduction/reproduceRows.js'
import type { ReproduceSettings, ReproducedRow } from '../reproduction/reproduceRows.js'
import { wan2024 } from '../reproduction/wan2024.js'
import { qif2025 } from '../reproduction/qif2025.js'
import { neuropinns2025 } from '../reproduction/neuropinns2025.js'
import { spinonet2026 } from '../reproduction/spinonet2026.js'
import type { Reproduction } from '../reproduction/reproduction.js'
import { joined, storedTable } from '../reproduction/storedTable.js'
import { addFlags } from '../usage/addFlags.js'

const papers: Readonly<Record<string, Reproduction>> = { wan2024, qif2025, spinonet2026, neuropinns2025 }

const reproduceFlags = {
  quick: flag({ default: false, help: 'a few steps and two keys, to check that it works' }),
  keys: integer({ min: 1, max: 1000, computed: '5; quick: 2', help: 'runs per row' }),
  budget: metavar(
    '<time>',
    option(timesType, {
      computed: 'none',
      help: 'training time of each run, such as 30s, instead of the steps of its row',
    }),
  ),
  steps: metavar(
    '<n>',
    integer({
      min: 1,
      max: 1_000_000_000,
      computed: 'those of each row',
      help: 'steps of every run, for a quick try; the output says that they are not those of the rows',
    }),
  ),
  only: metavar(
    '<problems>',
    text({
      computed: 'all',
      help: `only the rows of these problems, separated by commas; the table keeps the rows that earlier commands stored of others with the same settings, machine and commit; ${Object.entries(
        papers,
      )
        .map(([paper, { cases }]) => `of ${paper}: ${cases.map(({ name }) => name).join(', ')}`)
        .join('; ')}`,
    }),
  ),
  out: metavar(
    '<folder>',
    text({ computed: 'under reproductions/', help: 'folder for tables, figures and finished runs' }),
  ),
}

type Options = ScheduleOptions &
  FlagsOf<typeof reproduceFlags> &
  FlagsOf<ReturnType<typeof backendFlags>> &
  FlagsOf<typeof displayFlags>

async function draw(folder: string, problem: string, rows: readonly ReproducedRow[]): Promise<readonly string[]> {
  const points = rows.flatMap((r): ReproducedPoint[] => [
    ...(r.paper === null ? [] : [{ method: r.label, kind: 'paper', error: r.paper }]),
    ...r.trials.flatMap((t) =>
      t.relativeL2 === null ? [] : [{ method: r.label, kind: `ours, ${r.surrogate}`, error: t.relativeL2 }],
    ),
  ])
  const kinds = ['paper', ...new Set(rows.map((r) => `ours, ${r.surrogate}`))]
  const untrained = meanOf(rows.map((r) => r.baselines.untrained))
  const measure = isOperatorProblem(problem)
    ? 'relativeL2 (mean per function) on the test functions'
    : 'relative L2 on the test points'
  const spec = reproductionSpec({ measure, points, kinds, untrained }, { title: `${problem}: paper and ours` })
  return writeFigure(join(folder, problem), spec)
}

function onlyOf(paper: Reproduction, names: string | undefined): Reproduction {
  if (names === undefined) return paper
  const known = Object.fromEntries(paper.cases.map((one) => [one.name, one]))
  return { ...paper, cases: names.split(',').map((name) => pick('problem of the paper', name.trim(), known)) }
}

/**
 * `reproduce <paper>`: runs the rows of a paper with our settings, compares them with its numbers, and measures the
 * cost of a step.
 */
export function addReproduce(program: Command, { io, done }: Context): void {
  const command = program
    .command('reproduce')
    .description("repeat the experiments of a paper with our settings, and compare the errors with the paper's")
    .argument('<paper>', `${Object.keys(papers).join(', ')}`)
  addFlags(command, reproduceFlags)
  addBackendOptions(command, 'cpu')
  addScheduleOptions(command, 'run a part of the rows')
  addDisplayOptions(command).action(async (name: string, o: Options) => {
    const whole = pick('paper', name, papers)
    const paper = onlyOf(whole, o.only)
    if (o.steps !== undefined && o.budget !== undefined)
      throw usageError('CLI_USAGE', 'both --steps and --budget are given; a run ends by one of them: give one')
    const settings: ReproduceSettings = {
      keys: o.keys ?? (o.quick ? 2 : 5),
      backend: o.backend,
      threads: threadsOf(o.threads, io) ?? null,
      quick: o.quick,
      budget: o.budget?.[0] ?? null,
      steps: o.steps ?? null,
    }
    {
      await using _ = await asUsage(() => openBackend(settings.backend, settings.threads))
    }
    const folder = resolve(
      o.out ??
        join('reproductions', `${name}${o.quick ? '-quick' : ''}${o.steps === undefined ? '' : `-${o.steps}-steps`}`),
    )
    const of = { threads: settings.threads ?? undefined, backend: settings.backend }
    done(
      await withTrials(folder, reproductionRunCount(paper, settings), of, o, io, async (place) => {
        const { trials } = place
        const rows = place.whole(await reproduceRows(paper, settings, trials, io, place.rows))
        if (rows === null) return
        const own = { rows, costs: await reproduceCosts(paper, settings, trials, io), figures: [] as string[] }
        for (const { name } of paper.cases) {
          const ofProblem = rows.filter((r) => r.problem === name)
          own.figures.push(...(await draw(folder, name, ofProblem)).map((path) => basename(path)))
        }
        // The table holds the problems of earlier commands with --only as well.
        const ran = paper.cases.map((one) => one.name)
        const measured = provenance()
        const stored = await storedTable(join(folder, 'table.json'), name, { ...settings, ...measured }, ran)
        if (stored.note !== null) io.err(stored.note)
        const {
          rows: all,
          costs,
          figures,
        } = joined(
          whole.cases.map((one) => one.name),
          stored,
          own,
        )
        const shown = whole.cases.filter((one) => all.some((row) => row.problem === one.name))
        const reused = Object.fromEntries(trials.reused())
        const report = reproduceReport({ ...paper, cases: shown }, settings, all, costs, reused)
        const { cite, caveats, claimedSaving } = paper
        const result = {
          folder,
          ...measured,
          // The time of rows that earlier commands ran is not known here.
          ...(stored.rows.length === 0 ? {} : { seconds: null, trialSeconds: null }),
          ...(trials.reused().size === 0 ? {} : { reused }),
          paper: name,
          cite,
          caveats,
          ...settings,
          rows: all,
          claimedSaving,
          costs,
          figures,
        }
        await place.show('table', report, result, figures)
      }),
    )
  })
}
