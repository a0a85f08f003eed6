/** A user's data, in place of the functions that a problem draws. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { SpikewardError } from '@spikeward/core'
import type { OperatorProblem } from '@spikeward/core'
import { countOf } from '@spikeward/problems'
import { loadData, openDataFile } from '@spikeward/problems/node'
import { usageError } from '../usage/usageError.js'

/** A file and the names of its arrays. */
export type OwnData = {
  readonly data: string
  readonly inputs: string | null
  readonly outputs: string | null
  readonly coords: string | null
}

/** SHA-256 of a file. */
export const hashOf = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex')

/** What a file holds, for messages. */
export async function namesIn(path: string): Promise<string> {
  const file = await openDataFile(path)
  const names = [...file.names].map(([name, shape]) => (shape === null ? name : `${name} [${shape.join(' × ')}]`))
  await file.close()
  return names.join(', ') || 'no arrays of numbers'
}

/** Reads an operator problem of a file: functions dealt out to the three sets by `key`, or all of them as test functions. */
export async function readOwn(own: OwnData, key: number, whole: boolean): Promise<OperatorProblem> {
  const { data, inputs, outputs, coords } = own
  if (inputs === null || outputs === null) {
    throw usageError(
      'CLI_USAGE',
      `--data needs --inputs and --outputs, the names of two arrays; ${data} has: ${await namesIn(data)}`,
    )
  }
  return loadData(data, {
    inputs,
    outputs,
    key,
    ...(coords === null ? {} : { coords }),
    ...(whole ? { split: { validation: 0, test: 1 } } : {}),
  })
}

/**
 * A problem with functions of a file in place of those that it draws: its sensors, equation and conditions stay. Where the
 * file names no coordinates, solutions are meant to be given where the problem gives them.
 *
 * @throws DATA_SHAPE where the file's functions are not read at as many sensors, or solved for at as many points
 */
export function inPlaceOf(problem: OperatorProblem, own: OperatorProblem, { data, inputs, outputs, coords }: OwnData) {
  const expected = (what: string, found: string): never => {
    throw new SpikewardError('DATA_SHAPE', `${data}: expected ${what}, as ${problem.name} has; found: ${found}`)
  }
  const rows = own.sizes.train + own.sizes.validation + own.sizes.test
  if (own.sensors.count !== problem.sensors.count) {
    expected(
      `inputs of [functions × ${problem.sensors.count} sensors]`,
      `"${inputs}" is [${rows} × ${own.sensors.count}]`,
    )
  }
  const points = countOf(problem.at)
  const found = countOf(own.at) * own.outputs
  if (coords === null && found !== points * problem.outputs) {
    expected(`outputs of [functions × ${shapeOf(problem)}], or --coords`, `"${outputs}" is [${rows} × ${shapeOf(own)}]`)
  }
  if (coords !== null && own.axes.length !== problem.axes.length) {
    expected(`coordinates of ${problem.axes.length} axes`, `"${coords}" gives ${own.axes.length}`)
  }
  const at = coords === null ? problem.at : own.at
  return { ...problem, at, sizes: own.sizes, generator: null, data: own.data }
}

/** Lengths of the solution's axes, as a message shows them. */
function shapeOf({ at, outputs }: OperatorProblem): string {
  const lengths = at.kind === 'grid' ? at.axes.map((x) => x.length) : [countOf(at)]
  return [...lengths, ...(outputs > 1 ? [outputs] : [])].join(' × ')
}
