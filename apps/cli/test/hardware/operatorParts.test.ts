import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loihi2 } from '@spikeward/chip'
import { type Tensor, coordsFrom, key, relativeL2, tensor } from '@spikeward/core'
import { sha256Of } from '@spikeward/core/node'
import { nirNetwork } from '@spikeward/nir'
import { readNirFile } from '@spikeward/nir/node'
import type { DeepOnetVariables } from '@spikeward/operators'
import { countOf } from '@spikeward/problems'
import { operatorOnChip } from '@spikeward/experiment'
import { type ChipPart, openFinished, quantiseRun } from '@spikeward/experiment/node'
import { run } from '../fakeIo.js'

const features = 3
const sizes = ['--branch', '5', '--trunk', '4', '--features', String(features), '--time', '4', '--sizes', '6,4,4']
const plain = ['--amplitude', 'none', '--no-hard', '--steps', '2', '--batch', '4', '--readout-solve', '0']
const quiet = ['--backend', 'reference', '--quiet', '--no-figures']

let folder = ''
let trained = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-parts-'))
  trained = join(folder, 'run')
  const ran = await run('train', 'poisson-1d', ...sizes, ...plain, ...quiet, '--out', trained)
  expect([ran.code, ran.err]).toEqual([0, ''])
})
afterAll(() => rm(folder, { recursive: true }))

const numbers = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number)

/** Outputs of an exported part. */
async function outputOf(part: string, x: Tensor): Promise<number[]> {
  const file = join(folder, `${part}.nir`)
  expect((await run('export', trained, file, '--part', part, '--allow-lossy', '--quiet')).code).toBe(0)
  const network = nirNetwork(await readNirFile(file))
  return numbers(network.apply(network.init(key(0)), x))
}

test('branch and trunk of an operator network are exported, and their product is its output', async () => {
  const io = { out: () => undefined, err: () => undefined, errIsTerminal: false, onInterrupt: () => () => undefined }
  await using opened = await openFinished(trained, { quiet: true }, io)
  const { experiment } = opened.parts
  if (experiment.kind !== 'operator') throw new Error('the problem is no operator')
  const m = experiment.problem.sensors.count
  const f = tensor(
    Float64Array.from({ length: 2 * m }, (_, i) => Math.sin(i / 3)),
    { shape: [2, m], dtype: 'f32' },
  )
  const points = [-0.9, -0.2, 0.4, 0.8]
  const at = tensor(points, { shape: [4, 1], dtype: 'f32' })
  const [b, t] = [await outputOf('branch', f), await outputOf('trunk', at)]
  const { trained: learned, fixed } = opened.variables as DeepOnetVariables
  const [bias, shift, scale] = await Promise.all([learned.bias, fixed.output.shift, fixed.output.scale].map(numbers))
  const expected = await numbers(experiment.network.apply(opened.variables, f, coordsFrom([at])))
  const found = [0, 1].flatMap((n) =>
    points.map((_, p) => {
      let sum = bias![0]!
      for (let k = 0; k < features; k++) sum += b[n * features + k]! * t[p * features + k]!
      return shift![0]! + scale![0]! * sum
    }),
  )
  found.forEach((u, i) => expect(u).toBeCloseTo(expected[i]!, 4))
})

test('a network without such a block, and a run that needs a part, are refused', async () => {
  const whole = await run('export', trained, join(folder, 'whole.nir'), '--allow-lossy')
  expect([whole.code, whole.err]).toEqual([1, expect.stringContaining('--part')])
  const dense = join(folder, 'dense')
  const ran = await run('train', 'poisson-1d', ...sizes, ...plain, ...quiet, '--spiking', 'branch', '--out', dense)
  expect(ran.code).toBe(0)
  const trunk = await run('export', dense, join(folder, 'trunk-of-dense.nir'), '--part', 'trunk')
  expect([trunk.code, trunk.err]).toEqual([1, expect.stringContaining('does not spike')])
  expect((await run('export', trained, join(folder, 'x.nir'), '--part', 'root')).code).toBe(2)
})

test('branch and trunk run on a chip, and their product there is that of the network within a few spikes', async () => {
  const io = { out: () => undefined, err: () => undefined, errIsTerminal: false, onInterrupt: () => () => undefined }
  await using opened = await openFinished(trained, { quiet: true }, io)
  const { parts, product } = await quantiseRun(opened, loihi2, {})
  const { experiment } = opened.parts
  if (experiment.kind !== 'operator') throw new Error('the problem is no operator')
  const [branch, trunk] = parts as [ChipPart, ChipPart]
  const onChip = operatorOnChip(experiment.network, { branch, trunk }, product!, opened.backend)
  const [found, expected] = [
    await experiment.blocks.measure(onChip, opened.variables, 'test'),
    await experiment.measure(opened.variables, 'test'),
  ]
  const mean = expected.prediction.reduce((sum, v) => sum + v, 0) / expected.prediction.length
  const centred = (values: Float64Array): Float64Array => values.map((v) => v - mean)
  expect(relativeL2(centred(found.prediction), centred(expected.prediction))).toBeLessThan(0.05)
})

test('a trunk is calibrated over the whole domain, even if its grid has more points than calibration takes', async () => {
  const path = join(folder, 'grid')
  const small = ['--branch', '3', '--trunk', '3', '--features', '2', '--time', '2', '--sizes', '4,2,2']
  const ran = await run(
    'train',
    'reaction-diffusion',
    '--network',
    'deeponet',
    ...small,
    ...plain,
    '--points',
    '8',
    ...quiet,
    '--out',
    path,
  )
  expect([ran.code, ran.err]).toEqual([0, ''])
  const io = { out: () => undefined, err: () => undefined, errIsTerminal: false, onInterrupt: () => () => undefined }
  await using opened = await openFinished(path, { quiet: true }, io)
  const { experiment } = opened.parts
  if (experiment.kind !== 'operator') throw new Error('the problem is no operator')
  const [, trunk] = (await quantiseRun(opened, loihi2, {})).parts as [ChipPart, ChipPart]
  const inputs = trunk.inputs.map((x) => [...x])
  expect(inputs.length).toBeLessThan(countOf(experiment.problem.at))
  // Inputs are scaled to [−1, 1]: two corners, and all parts of both axes.
  expect([inputs[0], inputs.at(-1)]).toEqual([
    [-1, -1],
    [1, 1],
  ])
  for (const axis of [0, 1]) {
    const below = inputs.filter((x) => x[axis]! < 0).length / inputs.length
    expect(Math.abs(below - 0.5)).toBeLessThan(0.02)
  }
})

test('deploy writes a folder for each block, and --check replays both', async () => {
  const out = join(folder, 'deployed')
  const deployed = await run('deploy', trained, '--out', out, '--allow-lossy', '--json', '--quiet')
  expect(deployed.code).toBe(0)
  const { files } = JSON.parse(deployed.out) as { files: string[] }
  expect((await readdir(out, { recursive: true })).sort()).toEqual([...files, 'branch', 'trunk'].sort())
  expect(await readFile(join(out, 'report.md'), 'utf8')).toContain('in `branch/` and in `trunk/`')
  const replayed = await run('deploy', out, '--check', '--json')
  expect(JSON.parse(replayed.out)).toMatchObject({ compared: 6 * 5 + 16 * 4, difference: null })
  const golden = join(out, 'trunk', 'golden.json')
  const { sha256: _, ...recorded } = JSON.parse(await readFile(golden, 'utf8')) as Record<string, unknown>
  const { inputs, counts } = recorded as { inputs: number[][]; counts: number[][] }
  // The ends of the domain, as the first layer takes them.
  expect([inputs[0], inputs.at(-1)]).toEqual([[-1], [1]])
  counts[0]![3]! += 1
  await writeFile(golden, JSON.stringify({ ...recorded, sha256: sha256Of([JSON.stringify(recorded)]) }))
  const bad = await run('deploy', out, '--check')
  expect([bad.code, bad.out]).toEqual([1, expect.stringContaining('trunk, layer 0, count 3')])
})
