/** The time before a training begins: the plan and the code of a first step, and the starts of the command. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { openStep } from '@spikeward/experiment'
import type { TrainOptions } from '@spikeward/experiment'
import { sampleMedian } from '@spikeward/train'
import { root } from './stored.js'
import { childSeconds } from './times.js'
import type { Study, StudyRun } from './tools.js'
import { assemble, columns, digits, temporaryFolder, titled } from './tools.js'

/** Processor milliseconds beside the goal: of the only run of a step, the median of five runs of a command. */
export interface StartRow {
  readonly what: string
  readonly ms: number
  /** Of them in the compiler of the backend, which generates code; null for a command. */
  readonly compilerMs: number | null
  readonly goalMs: number
}

const problems: Readonly<Record<string, readonly [goalMs: number, Partial<TrainOptions>]>> = {
  'mexican-hat': [150, {}],
  'darcy-2d': [500, { dataKey: 601 }],
}

const commands: readonly (readonly [line: string, goalMs: number])[] = [
  ['list', 250],
  ['train mexican-hat --steps 1 --quiet', 600],
  ['train mexican-hat --steps 1 --quiet --baselines none', 600],
]

/** Tracing, planning and compiling of the first step of a training with the settings of its problem; data are ready. */
async function firstStep(
  study: StudyRun,
  problem: string,
  options: Partial<TrainOptions>,
): Promise<[ms: number, compilerMs: number]> {
  const { config, parts } = await assemble(study, problem, options)
  const { experiment, ...learner } = parts
  let compiler = 0
  const opened = await study.openBackend()
  const backend = {
    ...opened,
    compile(plan: Parameters<typeof opened.compile>[0]) {
      const begun = process.cpuUsage()
      const executable = opened.compile(plan)
      compiler += process.cpuUsage(begun).user / 1000
      return executable
    },
  }
  const begun = process.cpuUsage()
  const { take, dispose } = await openStep(experiment.task, learner, config.key, backend)
  await take()
  const ms = process.cpuUsage(begun).user / 1000
  dispose()
  await opened[Symbol.asyncDispose]()
  return [ms, compiler]
}

/** Where the time before a training goes. */
export const start: Study<{ readonly rows: readonly StartRow[] }> = {
  name: 'start',
  summary: 'processor time before a training begins: the plan and the code of a first step, and starts of the command',
  async run(study) {
    const rows: StartRow[] = []
    for (const [problem, [goalMs, options]] of Object.entries(problems)) {
      const [ms, compilerMs] = await firstStep(study, problem, options)
      rows.push({ what: `first step of ${problem}`, ms, compilerMs, goalMs })
    }
    await using folder = await temporaryFolder('start')
    for (const [line, goalMs] of commands) {
      const times = Array.from({ length: study.quick ? 1 : 5 }, () => {
        const before = childSeconds() ?? NaN
        const main = join(root, 'apps/cli/dist/main.js')
        const { status, stderr } = spawnSync(process.execPath, [main, ...line.split(' ')], { cwd: folder.path })
        if (status !== 0)
          throw new SpikewardError('STUDY_COMMAND', `spikeward ${line} ended with ${status}: ${String(stderr)}`)
        return 1000 * ((childSeconds() ?? NaN) - before)
      })
      rows.push({ what: `\`spikeward ${line}\``, ms: sampleMedian(times), compilerMs: null, goalMs })
    }
    for (const { what, ms } of rows) study.log(`${what}: ${digits(ms)} ms`)
    return { rows }
  },
  table: ({ rows }) =>
    titled(
      'Processor time before a training begins, in milliseconds',
      columns(rows, {
        what: ({ what }) => what,
        ms: ({ ms }) => digits(ms),
        'of them code generation': ({ compilerMs }) => (compilerMs === null ? '–' : digits(compilerMs)),
        goal: ({ goalMs }) => `≤ ${goalMs}`,
      }),
      'Of a first step: tracing, planning, code generation, and one run; its data are ready. `npm run -s bench -- profile` shows later steps.',
    ),
}
