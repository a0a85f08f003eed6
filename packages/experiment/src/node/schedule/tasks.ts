import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tasks } from '@spikeward/distributed/processes'
import { calibrate, performTrial } from '../../comparison/trial.js'
import type { ExitCode } from '../../usage/usageError.js'
import type { Io } from '../../io/io.js'

/** Runs the command line, for the task that trains. */
export type RunCommand = (args: readonly string[], io: Io) => Promise<ExitCode>

/** A complete run of `spikeward train`, as data for another program. */
export type TrainedRun = {
  readonly code: ExitCode
  /** Its output, with `--json`. */
  readonly out: string
  readonly err: string
  /** The contents of metrics.jsonl, empty if there are none. */
  readonly metrics: string
}

/** Loaded by the first task: most commands have none, and the checks bring a library of a hundred modules. */
const checks = async () => (await import('../../schedule/checkInput.js')).checkInput

/** The tasks of a process that runs jobs of searches and suites. */
export function tasksOf(io: Io, run: RunCommand): Tasks {
  const how = { io, quiet: true }
  const never = new AbortController().signal
  return {
    trial: async (input: unknown) => performTrial((await checks()).trial(input), how, never),
    async pace(input: unknown) {
      const { config, seconds } = (await checks()).pace(input)
      return calibrate(config, seconds, io)
    },
    train: async (input: unknown) => trainedRun((await checks()).train(input).args, io, run),
  }
}

async function trainedRun(args: readonly string[], io: Io, run: RunCommand): Promise<TrainedRun> {
  const folder = await mkdtemp(join(tmpdir(), 'spikeward-job-'))
  await using _removed = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
  const place = join(folder, 'run')
  let [out, err] = ['', '']
  const code = await run(['train', ...args, '--out', place, '--json', '--quiet'], {
    ...io,
    out: (text) => (out += text),
    err: (text) => (err += text),
    errIsTerminal: false,
  })
  const metrics = await readFile(join(place, 'metrics.jsonl'), 'utf8').catch(() => '')
  return { code, out, err, metrics }
}
