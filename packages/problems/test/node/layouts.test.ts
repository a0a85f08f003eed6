/** Data in the layouts of other projects, read by the names of their arrays. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import h5wasm from 'h5wasm/node'
import { afterAll, expect, it } from 'vitest'
import { encodeNpy, loadLayout, loadTrajectories } from '../../src/node.js'
import { encodeZip } from '../../src/node/files/zip.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-layouts-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Array_ = readonly [shape: readonly number[], data: readonly number[]]

async function npz(name: string, arrays: Readonly<Record<string, Array_>>): Promise<string> {
  const path = join(folder, name)
  const entries = Object.entries(arrays).map(
    ([key, [shape, data]]) => [`${key}.npy`, encodeNpy({ shape, data: Float64Array.from(data) })] as const,
  )
  writeFileSync(path, await encodeZip(new Map(entries)))
  return path
}

async function hdf5(name: string, arrays: Readonly<Record<string, Array_>>): Promise<string> {
  await h5wasm.ready
  const path = join(folder, name)
  const file = new h5wasm.File(path, 'w')
  for (const [key, [shape, data]] of Object.entries(arrays)) {
    const groups = key.split('/').slice(0, -1)
    groups
      .map((_, i) => groups.slice(0, i + 1).join('/'))
      .forEach((group) => {
        if (file.get(group) === null) file.create_group(group)
      })
    file.create_dataset({ name: key, data: Float64Array.from(data), shape: [...shape] })
  }
  file.close()
  return path
}

const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
/** All functions in the order of the file: a split without validation and test keeps all of them for training. */
const all = { split: { validation: 0, test: 0.5 } }

it('FNO: coeff and sol on a grid, a and u in time', async () => {
  const darcy = await loadLayout(
    await npz('darcy.npz', { coeff: [[4, 3, 3], count(36)], sol: [[4, 3, 3], count(36)], Kcoeff: [[1], [0]] }),
  )
  expect([darcy.sensors.grid, darcy.axes.length]).toEqual([[3, 3], 2])
  const burgers = await loadLayout(await npz('burgers.npz', { a: [[4, 5], count(20)], u: [[4, 5], count(20)] }), all)
  const { sensors, values } = await burgers.data('test')
  expect(sensors).toEqual(values)
})

it('PDEBench: a steady equation, and the first time as the input of others', async () => {
  const steady = await loadLayout(
    await hdf5('darcy.hdf5', {
      nu: [[4, 3, 2], count(24)],
      tensor: [[4, 1, 3, 2], count(24)],
      'x-coordinate': [[3], [0, 0.5, 1]],
      'y-coordinate': [[2], [0, 2]],
    }),
    all,
  )
  expect(steady.domain[1]).toEqual([0, 2])
  const same = await steady.data('train')
  expect(same.sensors).toEqual(same.values)
  const two = await npz('two.npz', { nu: [[4, 3, 2], count(24)], tensor: [[4, 2, 3, 2], count(48)] })
  await expect(loadLayout(two)).rejects.toThrow(/functions × 1 × x × y/)
  // Four functions, two times, three points: entry 100 f + 10 t + x.
  const tensor = count(24).map((i) => 100 * Math.floor(i / 6) + 10 * (Math.floor(i / 3) % 2) + (i % 3))
  const waves = await loadLayout(
    await hdf5('advection.hdf5', {
      tensor: [[4, 2, 3], tensor],
      'x-coordinate': [[3], [0, 0.5, 1]],
      't-coordinate': [[3], [0, 1, 2]],
    }),
    all,
  )
  expect(waves.domain).toEqual([
    [0, 1],
    [0, 1],
  ])
  const { sensors, values } = await waves.data('train')
  const f = sensors[0]!
  expect([...sensors.subarray(0, 3)]).toEqual([f, f + 1, f + 2])
  // Time comes last.
  expect([...values.subarray(0, 6)]).toEqual([f, f + 10, f + 1, f + 11, f + 2, f + 12])
})

it('DeepXDE: aligned, with a row for each function and point, and with points of its own', async () => {
  const points = [0, 0.25, 0.5, 1]
  const aligned = await loadLayout(
    await npz('aligned.npz', { X0: [[3, 2], count(6)], X1: [[4, 1], points], y: [[3, 4], count(12)] }),
    all,
  )
  const branch = [0, 1, 2].flatMap((f) => points.flatMap(() => [2 * f, 2 * f + 1]))
  const rows = await loadLayout(
    await npz('rows.npz', {
      X0: [[12, 2], branch],
      X1: [
        [12, 1],
        [...points, ...points, ...points],
      ],
      y: [[12, 1], count(12)],
    }),
    all,
  )
  for (const split of ['train', 'test'] as const) expect(await rows.data(split)).toEqual(await aligned.data(split))
  const moved = points
    .flatMap((x) => [x])
    .concat(
      points.map((x) => x * 0.9 + 0.05),
      points,
    )
  const own = await loadLayout(
    await npz('own.npz', { X0: [[12, 2], branch], X1: [[12, 1], moved], y: [[12, 1], moved] }),
  )
  expect(own.axes).toHaveLength(1)
})

it('refuses what it does not know', async () => {
  const path = await npz('other.npz', { f: [[2, 2], count(4)], g: [[2, 2], count(4)] })
  await expect(loadLayout(path)).rejects.toThrow(/f, g; known are coeff and sol.*\[DATA_LAYOUT_UNKNOWN\]|known are/)
  const uneven = await npz('uneven.npz', {
    X0: [
      [3, 1],
      [1, 1, 2],
    ],
    X1: [
      [3, 1],
      [0, 1, 0],
    ],
    y: [
      [3, 1],
      [1, 2, 3],
    ],
  })
  await expect(loadLayout(uneven)).rejects.toMatchObject({ code: 'DATA_SHAPE' })
  const late = await hdf5('late.hdf5', { tensor: [[1, 2, 2], count(4)], 't-coordinate': [[2], [0, 1]] })
  await expect(loadLayout(late)).rejects.toMatchObject({ code: 'DATA_SHAPE' })
})

const waves = (n: number, t: number, p: number, c: number): number => 1000 * n + 100 * t + 10 * p + c

it('The Well: fields of several ranks that change in time, and the same as trajectories', async () => {
  const entries = (components: number, from: number): number[] =>
    count(4 * 3 * 2 * components).map((i) => {
      const rest = Math.floor(i / components)
      return waves(Math.floor(rest / 6), Math.floor(rest / 2) % 3, rest % 2, from + (i % components))
    })
  const path = await hdf5('well.hdf5', {
    't0_fields/density': [[4, 3, 2], entries(1, 0)],
    't0_fields/mask': [[4, 2], count(8)],
    't1_fields/velocity': [[4, 3, 2, 1], entries(1, 1)],
    't1_fields/force': [[4, 3, 2, 2], entries(2, 2)],
    'dimensions/x': [[2], [0, 0.5]],
    'dimensions/time': [[3], [0, 0.25, 0.5]],
  })
  const map = await loadLayout(path, all)
  expect(map.sensors.functions?.map(({ name }) => name)).toEqual(['density', 'force_0', 'force_1', 'velocity'])
  expect([map.outputs, map.axes.length]).toEqual([4, 2])
  const evolution = await loadTrajectories(path, all)
  expect(evolution.trajectory).toEqual({
    frames: 3,
    interval: 0.25,
    grid: [2],
    channels: ['density', 'force_0', 'force_1', 'velocity'],
  })
  const { values } = await evolution.trajectories('test')
  const [n] = [Math.round(values[0]! / 1000)]
  // The second frame at the second point.
  expect([...values.subarray(8 + 4, 8 + 8)]).toEqual([0, 2, 3, 1].map((c) => waves(n, 1, 1, c)))
})

it('PDEBench: one group for each trajectory, and the fields of a flow', async () => {
  const data = (n: number): Array_ => [[3, 2, 2, 1], count(12).map((i) => waves(n, Math.floor(i / 4), i % 4, 0))]
  const groups = Object.fromEntries(
    ['0000', '0001', '0002', '0003'].flatMap((name, n) => [
      [`${name}/data`, data(n)],
      [`${name}/grid/x`, [[2], [0, 1]]],
      [`${name}/grid/y`, [[2], [0, 1]]],
      [`${name}/grid/t`, [[3], [0, 0.5, 1]]],
    ]),
  ) as Record<string, Array_>
  const dam = await loadTrajectories(await hdf5('rdb.h5', groups), all)
  expect(dam.trajectory).toEqual({ frames: 3, interval: 0.5, grid: [2, 2], channels: ['u'] })
  const flow = await hdf5('cfd.hdf5', {
    density: [[4, 3, 2], count(24)],
    Vx: [[4, 3, 2], count(24)],
    pressure: [[4, 3, 2], count(24)],
    'x-coordinate': [[2], [0, 0.5]],
    't-coordinate': [[4], [0, 0.1, 0.2, 0.3]],
  })
  expect((await loadTrajectories(flow, all)).trajectory.channels).toEqual(['density', 'pressure', 'Vx'])
  expect((await loadLayout(flow, all)).sensors.functions?.length).toBe(3)
})

it('an array of trajectories by its name, with or without channels', async () => {
  const path = await npz('u.npz', {
    u: [[4, 3, 5, 2], count(120)],
    v: [[4, 3, 5], count(60)],
    x: [[5], [0, 1, 2, 3, 4]],
    w: [[4, 3], count(12)],
  })
  const two = await loadTrajectories(path, { inputs: 'u', coords: 'x', ...all })
  expect([two.trajectory.channels, two.domain]).toEqual([['u_0', 'u_1'], [[0, 4]]])
  expect((await loadTrajectories(path, { inputs: 'v' })).trajectory).toEqual({
    frames: 3,
    interval: 1,
    grid: [5],
    channels: ['u'],
  })
  await expect(loadTrajectories(path, { inputs: 'w' })).rejects.toMatchObject({ code: 'DATA_SHAPE' })
  await expect(loadTrajectories(path)).rejects.toMatchObject({ code: 'DATA_LAYOUT_UNKNOWN' })
})
