/** A user's data, in place of the functions that a problem generates. */
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

/** The contents of a file, for messages. */
export async function namesIn(path: string): Promise<string> {
  const file = await openDataFile(path)
  const names = [...file.names].map(([name, shape]) => (shape === null ? name : `${name} [${shape.join(' × ')}]`))
  await file.close()
  return names.join(', ') || 'no arrays of numbers'
}

/**
 * Reads an operator problem from a file: the functions are split into the three sets by `key`, or all of them are test
 * functions.
 */
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
 * A problem with the functions of a file instead of those that it generates: its sensors, equation and conditions stay.
 * If the file names no coordinates, solutions are assumed to be at the problem's points.
 *
 * @throws DATA_SHAPE if the file's functions do not have the problem's numbers of sensors or points
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
