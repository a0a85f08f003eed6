/** A user's data, which replace the functions that a problem generates. */
import { readdirSync, statSync } from 'node:fs'
import {
  loadData,
  loadLayout,
  loadSequences,
  loadShards,
  loadTable,
  loadTrajectories,
  openDataFile,
  openShards,
} from '@spikeward/problems/node'
import type { LoadLayoutOptions, LoadSequencesOptions, LoadTableOptions } from '@spikeward/problems/node'
import { fileError } from '@spikeward/core/node'
import { type OperatorProblem, type RegressionProblem, SpikewardError } from '@spikeward/core'
import type { SequenceSettings } from '../../../config/settings/dataSettings.js'
import type { OwnData, OwnDataSettings } from '../../../host/host.js'
import { type SplitFractions, countOf } from '@spikeward/problems'
import { usageError } from '../../../usage/usageError.js'

export async function namesIn(path: string): Promise<string> {
  if (isFolder(path)) return namesInFolder(path)
  const file = await openDataFile(path)
  const names = [...file.names].map(([name, shape]) => (shape === null ? name : `${name} [${shape.join(' × ')}]`))
  await file.close()
  return names.join(', ') || 'no arrays of numbers'
}

/** How the rows of a file are split: fractions, or the name of a column. */
export type Split = SplitFractions | string

export const ALL_TEST = { validation: 0, test: 1 } as const

/** The split of a setting: `0.1,0.2`, or a column's name. */
export function readSplit(text: string | null): Split | undefined {
  if (text === null) return undefined
  if (!/^[\d.,\s]+$/.test(text)) return text
  const [validation = NaN, test = NaN, ...more] = text.split(',').map(Number)
  if (more.length === 0 && validation >= 0 && test >= 0 && validation + test < 1) return { validation, test }
  throw usageError(
    'CLI_BAD_VALUE',
    `--split ${text}: give two fractions for validation and test, such as 0.1,0.2, or the name of a column`,
  )
}

/** The two fractions of a split, for data without columns. */
function fractions(split: Split | undefined, what: string): { readonly split?: SplitFractions } {
  if (typeof split !== 'string') return split === undefined ? {} : { split }
  throw usageError('CLI_USAGE', `--split ${split}: ${what} are split by two fractions, such as 0.1,0.2`)
}

async function namesOf({ data, inputs, outputs }: OwnData): Promise<{ inputs: string; outputs: string }> {
  if (inputs !== null && outputs !== null) return { inputs, outputs }
  if (isFolder(data)) return { inputs: inputs ?? 'inputs', outputs: outputs ?? 'outputs' }
  const names = await namesIn(data)
  throw usageError('CLI_USAGE', `--data needs --inputs and --outputs, the names of two arrays; ${data} has: ${names}`)
}

/** Reads a file whose arrays are known by name; if they are not, says what the file has. */
async function byLayout(own: OwnData, options: LoadLayoutOptions): Promise<OperatorProblem> {
  try {
    return await loadLayout(own.data, options)
  } catch (thrown) {
    if (!(thrown instanceof SpikewardError) || thrown.code !== 'DATA_LAYOUT_UNKNOWN') throw thrown
    await namesOf(own)
    throw thrown
  }
}

/**
 * Reads an operator problem of a file, or of a folder of shards: functions split into the three sets by `key`.
 *
 * @param sensors those of the problem that a network learned from, for functions with sensors of their own; default:
 *   common ones
 */
export async function readOwn(
  own: OwnData,
  key: number,
  split: Split | undefined,
  sensors?: Float64Array,
): Promise<OperatorProblem> {
  const unnamed = own.inputs === null && own.outputs === null && own.coords === null && !isFolder(own.data)
  const names = unnamed ? null : await namesOf(own)
  const { coords } = own
  const more = { ...(coords === null ? {} : { coords }), ...fractions(split, 'functions') }
  if (names === null) return byLayout(own, { key, ...more })
  if (isFolder(own.data)) return loadShards(own.data, { ...names, key, ...more })
  if (sensors === undefined || !names.inputs.includes('@')) return loadData(own.data, { ...names, key, ...more })
  // The number after the colon chose the sensors that the network learned from: `f@s:50`.
  const inputs = names.inputs.replace(/(@[^@:+]+):\d+/g, '$1')
  return loadData(own.data, { ...names, inputs, key, ...more, sensors })
}

/** How the texts and gaps of a table are read, from the settings of a run. */
export const readingOf = (
  categories: string | null,
  missing: OwnDataSettings['missing'],
): Pick<LoadTableOptions, 'categories' | 'missing'> => ({
  ...(categories === null ? {} : { categories: categories.split(',').map((name) => name.trim()) }),
  ...(missing === null ? {} : { missing }),
})

/** Reads a table of points from a file: rows dealt out to the three sets by `key`, or by a column. */
export async function readTable(
  own: OwnData,
  key: number,
  split: Split | undefined,
  how: Pick<LoadTableOptions, 'categories' | 'missing' | 'like'> = {},
): Promise<RegressionProblem> {
  const names = await namesOf(own)
  const read = () => loadTable(own.data, { ...names, key, ...how, ...(split === undefined ? {} : { split }) })
  return how.missing === undefined ? hinting('--missing drop or --missing mean', read) : read()
}

/** Adds the option that helps to the error for a missing value. */
async function hinting<T>(forGaps: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof SpikewardError) || error.code !== 'DATA_NOT_FINITE') throw error
    const message = error.message.replace(` [${error.code}]`, '')
    throw new SpikewardError(error.code, `${message}; or give ${forGaps}`, { cause: error })
  }
}

/**
 * Whether arrays of a file are a table of points, and not pairs of functions: one of them is a single column, columns
 * are listed with commas, or columns of the one array of a .npy file are named by numbers. An unreadable file is
 * refused later, when it is read.
 *
 * @param coords whether coordinates are named: then [n × 1] may be functions at one point
 */
export async function holdsTable(
  path: string,
  names: readonly (string | undefined)[],
  coords: boolean,
): Promise<boolean> {
  if (names.some((name) => name?.includes(',') === true)) return true
  const file = await openDataFile(path).catch(() => null)
  if (file === null) return false
  await file.close()
  return names.some((name = '') => {
    const shape = file.names.get(name)
    if (shape === undefined) return file.format === 'npy' && /^\d+(:\d+)?$/.test(name)
    return shape?.length === 1 || (!coords && shape?.length === 2 && shape[1] === 1)
  })
}

/**
 * A problem with the functions of a file instead of those that it generates: its sensors, equation and conditions stay.
 * If no coordinates are named, solutions are assumed to be at the problem's points.
 *
 * @throws DATA_SHAPE if the file's functions do not have the problem's numbers of sensors or points
 */
export function inPlaceOf(problem: OperatorProblem, own: OperatorProblem, { data, inputs, outputs, coords }: OwnData) {
  const expected = (what: string, actual: string): never => {
    throw new SpikewardError('DATA_SHAPE', `${data}: expected ${what}, as ${problem.name} has; found: ${actual}`)
  }
  const count = own.sizes.train + own.sizes.validation + own.sizes.test
  if (own.sensors.count !== problem.sensors.count)
    expected(
      `inputs of [functions × ${problem.sensors.count} sensors]`,
      `"${inputs}" is [${count} × ${own.sensors.count}]`,
    )
  const points = countOf(problem.at)
  const width = countOf(own.at) * own.outputs
  if (coords === null && width !== points * problem.outputs)
    expected(
      `outputs of [functions × ${shapeOf(problem)}], or --coords`,
      `"${outputs}" is [${count} × ${shapeOf(own)}]`,
    )
  if (coords !== null && own.axes.length !== problem.axes.length)
    expected(`coordinates of ${problem.axes.length} axes`, `"${coords}" gives ${own.axes.length}`)
  // Solutions with points of their own, u@y, were put on common points of this file.
  const at = coords === null && outputs?.includes('@') !== true ? problem.at : own.at
  const rows = own.rows === undefined ? {} : { rows: own.rows }
  return { ...problem, at, sizes: own.sizes, generator: null, data: own.data, ...rows }
}

function shapeOf({ at, outputs }: OperatorProblem): string {
  const lengths = at.kind === 'grid' ? at.axes.map((x) => x.length) : [countOf(at)]
  return [...lengths, ...(outputs > 1 ? [outputs] : [])].join(' × ')
}

/** The columns and the sizes of sequences, without those that the data determine. */
export const sequenceReading = ({ timeColumn, runColumn, window, warmUp, ...sizes }: SequenceSettings) => ({
  ...sizes,
  ...(window === null ? {} : { window }),
  ...(warmUp === null ? {} : { warmUp }),
  ...(timeColumn === null ? {} : { time: timeColumn }),
  ...(runColumn === null ? {} : { runs: runColumn }),
})

export async function readSequences(
  own: OwnData,
  key: number,
  split: Split | undefined,
  settings: SequenceSettings,
  classes: Pick<LoadSequencesOptions, 'categories' | 'classes' | 'like'>,
): Promise<RegressionProblem> {
  return loadSequences(own.data, {
    ...(await namesOf(own)),
    ...sequenceReading(settings),
    key,
    ...fractions(split, 'sequences'),
    ...classes,
  })
}

async function readTrajectories(
  { data, inputs, outputs, coords }: OwnData,
  key: number,
  split: Split | undefined,
): Promise<OperatorProblem> {
  if (outputs !== null)
    throw usageError('CLI_USAGE', `--outputs ${outputs}: trajectories are one array; name it with --inputs alone`)
  return loadTrajectories(data, {
    key,
    ...(inputs === null ? {} : { inputs }),
    ...(coords === null ? {} : { coords }),
    ...fractions(split, 'trajectories'),
  })
}

export async function ownProblem(
  own: OwnData,
  { dataKey, split, categories, missing, sequences }: OwnDataSettings,
  what: 'table' | 'sequences' | 'trajectories' | 'own' | OperatorProblem,
): Promise<RegressionProblem | OperatorProblem> {
  const dealt = readSplit(split)
  if (what === 'trajectories') return readTrajectories(own, dataKey, dealt)
  if (what === 'table') return readTable(own, dataKey, dealt, readingOf(categories, missing))
  if (what === 'sequences' && sequences !== null) {
    const read = () => readSequences(own, dataKey, dealt, sequences, readingOf(categories, null))
    return sequences.hold ? read() : hinting('--hold, so that a missing input keeps its last value', read)
  }
  const read = await readOwn(own, dataKey, dealt)
  return typeof what === 'string' ? read : inPlaceOf(what, read, own)
}

/** Whether a path is a folder of shards; that of a Zarr store is a file of arrays. */
export function isFolder(path: string): boolean {
  try {
    const names = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(path) : null
    return names !== null && !['zarr.json', '.zgroup', '.zarray'].some((name) => names.includes(name))
  } catch (error) {
    throw fileError(path, error)
  }
}

export async function namesInFolder(folder: string): Promise<string> {
  const { arrays, whole } = await openShards(folder)
  return [...[...arrays].map(([name, { shape }]) => `${name} [${shape.join(' × ')}]`), ...whole.keys()].join(', ')
}
