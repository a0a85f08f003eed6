/** Small runs of five kinds, which the tests of exported files share. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { run, tiny } from '../fakeIo.js'

const plate = {
  name: 'plate',
  axes: { x: [0, 2], y: [-1, 1] },
  equations: ['u_xx + u_yy + 3'],
  hard: { u: 'x*(2 - x)*u + 3' },
  points: { train: 30, test: 20, validation: 20 },
}

const rows = Array.from({ length: 40 }, (_, i) => [5 + i / 7, -3 * ((i * 11) % 17), Math.sin(i / 3)] as const)

const operator = ['--sizes', '12,4,4', '--branch', '6', '--trunk', '5', '--features', '3']

/** Arguments of `train` by the name of a run, for a folder that holds `plate.json` and `table.csv`. */
const runs: Readonly<Record<string, (folder: string) => readonly string[]>> = {
  'mexican-hat': () => ['mexican-hat', '--hidden', '8,7'],
  'poisson-1d': () => ['poisson-1d', ...operator],
  equation: (folder) => [join(folder, 'plate.json')],
  table: (folder) => ['table', '--data', join(folder, 'table.csv'), '--inputs', 'a,b', '--outputs', 'y'],
  recurrent: () => ['mexican-hat', '--neuron', 'recurrent(lif)'],
}

/** The names of the runs. */
export const runNames = Object.keys(runs)

/** A new folder with the data of the runs, in which {@link trained} trains them. */
export function runsFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spikeward-export-'))
  writeFileSync(join(folder, 'plate.json'), JSON.stringify(plate))
  writeFileSync(join(folder, 'table.csv'), `a,b,y\n${rows.map((row) => row.join(',')).join('\n')}\n`)
  return folder
}

/** Trains a run in the folder, and returns its path. */
export async function trained(folder: string, name: string): Promise<string> {
  const path = join(folder, name)
  const [problem, ...more] = runs[name]!(folder)
  const ran = await run('train', problem!, ...tiny, ...more, '--out', path)
  expect([ran.code, ran.err.replaceAll(/^note: .*\n/gm, '')]).toEqual([0, ''])
  return path
}

/** The facts of a network in a module. */
export type Facts = {
  readonly inputs: readonly string[]
  readonly domain: readonly (readonly [number, number])[]
  readonly sensors?: readonly (readonly number[])[]
}

/** Rows to predict at: points spread over the domain, or input functions. */
export const queries = ({ domain, sensors }: Facts, count: number): number[][] =>
  Array.from({ length: count }, (_, i) =>
    sensors === undefined
      ? domain.map(([low, high], a) => Math.fround(low + (high - low) * ((i * [0.618, 0.755][a % 2]! + 0.1) % 1)))
      : sensors.map(([x]) => Math.fround(Math.sin((1 + (i % 5)) * x! + i) + 0.1 * i)),
  )

/** The prediction of the command: values in order, and the coordinates of the points. */
export async function commanded(path: string, rowsOf: readonly (readonly number[])[]) {
  const [data, out] = [`${path}.in.csv`, `${path}.out.json`]
  writeFileSync(data, `${rowsOf.map((row) => row.join(',')).join('\n')}\n`)
  expect(await run('predict', path, '--data', data, '--out', out, '--quiet', '--force')).toMatchObject({ code: 0 })
  return JSON.parse(readFileSync(out, 'utf8')) as {
    readonly values: readonly number[]
    readonly coordinates: readonly number[]
  }
}

/** A flat list as rows. */
export const inRows = (flat: readonly number[], width: number): number[][] =>
  Array.from({ length: flat.length / width }, (_, i) => flat.slice(i * width, (i + 1) * width))
