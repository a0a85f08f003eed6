import { basename } from 'node:path'
import type { RegressionProblem } from '@spikeward/core'
import { sequenceProblem } from '../regression/sequences/problem.js'
import type { SequenceProblemOptions } from '../regression/sequences/problem.js'
import { readColumns } from './loadTable.js'

/** Options of {@link loadSequences}: arrays are named as those of `loadTable`. */
export type LoadSequencesOptions = Omit<SequenceProblemOptions, 'name' | 'inputs' | 'outputs' | 'time' | 'runs'> & {
  readonly inputs: string
  readonly outputs: string
  readonly time?: string
  readonly runs?: string
}

/**
 * Makes a problem of sequences from a data file: a table with a column of times, or arrays [sequences, time, channels].
 * See {@link sequenceProblem}.
 *
 * @throws those of `loadData` and of `sequenceProblem`
 * @example const problem = await loadSequences('tank.csv', { time: 't', inputs: 'inflow,level', outputs: 'level', horizon: 10 })
 */
export async function loadSequences(path: string, options: LoadSequencesOptions): Promise<RegressionProblem> {
  const { inputs, outputs, time, runs, ...rest } = options
  return sequenceProblem({
    name: basename(path),
    inputs: await readColumns(path, inputs),
    outputs: await readColumns(path, outputs),
    ...(time === undefined ? {} : { time: await readColumns(path, time) }),
    ...(runs === undefined ? {} : { runs: await readColumns(path, runs) }),
    ...rest,
  })
}
