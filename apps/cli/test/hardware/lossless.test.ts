/**
 * The table "Lossless, refused, approximated" of docs/hardware.md: every row has a check here, and every check a row.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hostCurrents, loihi1, loihi2, quantise } from '@spikeward/chip'
import { doubles, lossesOf, mlpFromNir, mlpToNir, nirNetwork, readNir, writeNir } from '@spikeward/nir'
import type { LayerDescription, MlpDescription } from '@spikeward/nir'
import { floatOf } from '@spikeward/experiment'
import { run, tiny } from '../fakeIo.js'

const wave = (shape: readonly number[], phase: number) =>
  doubles(
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(3 * i + phase)),
  )

const layer = (inputs: number, units: number): LayerDescription => ({
  affine: { weight: wave([inputs, units], inputs), bias: wave([units], 2) },
  neuron: {
    beta: 0.9,
    gain: 1,
    threshold: 1,
    reset: 'subtract',
    resetMembrane: 0,
    resetDelayed: true,
    initialMembrane: wave([units], 5),
  },
})

const mlp: MlpDescription = {
  layers: [layer(2, 4), layer(4, 3)],
  readout: { weight: wave([3, 1], 7), bias: wave([1], 1), centre: wave([3], 4) },
  normalise: null,
  output: { shift: wave([1], 8), scale: wave([1], 9) },
  time: 6,
  surrogate: 'atan(alpha=3)',
}
const recurrent: MlpDescription = { ...mlp, layers: [{ ...layer(2, 3), feedback: wave([3, 3], 6) }] }
const points = [
  [-0.5, 0.25],
  [1, -1],
]
const fromFile = async (one: MlpDescription) =>
  mlpFromNir(await readNir(await writeNir(mlpToNir(one, { allowLossy: true, dt: 2e-3 }))))
const onLoihi2 = (bits: number) => quantise(loihi2, floatOf(mlp), points, { bits })

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-lossless-'))
})
afterAll(() => rm(folder, { recursive: true }))

const trained = async (problem: string, ...options: readonly string[]): Promise<string> => {
  const path = join(folder, `run${options.join('')}${problem}`)
  expect((await run('train', problem, ...tiny, '--steps', '1', ...options, '--out', path)).code).toBe(0)
  return path
}

/** Each row, by its first column. */
const checks: Readonly<Record<string, () => Promise<void>>> = {
  async 'weights, biases, thresholds, leaks'() {
    expect((await fromFile(mlp)).layers).toEqual(mlp.layers)
    const errors = [8, 6, 4].map((bits) => onLoihi2(bits).report[1]!.rmsWeightError)
    expect(errors[0]).toBeGreaterThan(0)
    expect(errors).toEqual([...errors].sort((a, b) => a - b))
  },
  async 'time step, delayed reset, initial membranes, surrogate'() {
    const { time, surrogate, layers } = await fromFile(mlp)
    expect({ time, surrogate, layers }).toEqual({ time: mlp.time, surrogate: mlp.surrogate, layers: mlp.layers })
    expect(() => mlpToNir(mlp)).toThrow('NIR_LOSSY')
    expect(lossesOf(mlp)).toHaveLength(2)
    const { initialMembrane, scale } = onLoihi2(8).layers[1]!
    const unit = scale * 2 ** loihi2.stateShift
    initialMembrane.forEach((u, i) => expect(u).toBe(Math.round(Math.sin(3 * i + 5) * unit)))
  },
  'reset by subtraction'() {
    expect(onLoihi2(8).layers.every(({ resetBy }) => resetBy !== null)).toBe(true)
    expect(() => quantise(loihi1, floatOf(mlp), points)).toThrow('CHIP_SOFT_RESET')
    const converted = quantise(loihi1, floatOf(mlp), points, { softReset: 'convert' })
    expect(converted.layers.every(({ resetBy }) => resetBy === null)).toBe(true)
    return Promise.resolve()
  },
  async 'constant input currents'() {
    expect((await fromFile(mlp)).layers[0]!.affine).toEqual(mlp.layers[0]!.affine)
    const network = onLoihi2(8)
    const step = 2 ** network.layers[0]!.biasExp
    expect(hostCurrents(network, points).every((c) => c % step === 0 && Math.abs(c / step) < 2 ** 12)).toBe(true)
  },
  async readout() {
    expect((await fromFile(mlp)).readout).toEqual(mlp.readout)
    expect(Object.keys(onLoihi2(8))).not.toContain('readout')
  },
  async 'recurrent layers'() {
    expect(await fromFile(recurrent)).toEqual(recurrent)
    expect(() => floatOf(recurrent)).toThrow('CLI_NOT_DEPLOYABLE')
  },
  async 'branch and trunk of operator networks'() {
    const sizes = ['--branch', '3,3', '--trunk', '3', '--features', '2', '--sizes', '4,2,2', '--batch', '2']
    const path = await trained('poisson-1d', ...sizes, '--readout-solve', '0')
    for (const part of ['branch', 'trunk']) {
      const out = join(folder, `${part}.nir`)
      expect((await run('export', path, out, '--part', part, '--allow-lossy', '--quiet')).code).toBe(0)
    }
    const quantised = await run('quantise', path, '--json', '--quiet')
    const { layers } = JSON.parse(quantised.out) as { layers: { part: string; rmsWeightError: number }[] }
    expect(layers.map(({ part }) => part)).toEqual(['branch', 'branch', 'trunk'])
    expect(layers[1]!.rmsWeightError).toBeGreaterThan(0)
  },
  async 'learned coefficients, residual layers, standardised weights, other neurons'() {
    // The tests of `export` and `quantise` refuse the other two.
    for (const flags of [['--learn', 'beta'], ['--standardise-weights']]) {
      const path = await trained('parabola', ...flags)
      for (const command of [
        ['export', path, join(folder, 'x.nir'), '--allow-lossy'],
        ['quantise', path],
      ])
        expect((await run(...command, '--quiet')).err).toContain('CLI_NOT_DEPLOYABLE')
    }
  },
  async 'neurons that are never reset'() {
    const free: MlpDescription = {
      ...mlp,
      layers: mlp.layers.map((l) => ({ ...l, neuron: { ...l.neuron, reset: 'none' } })),
    }
    expect((await fromFile(free)).layers).toEqual(free.layers)
    expect(() => floatOf(free)).toThrow('CLI_NOT_DEPLOYABLE')
  },
  async 'graphs of other tools with synapses, delays or cycles'() {
    for (const name of ['cuba-lif', 'recurrent']) {
      const fixture = new URL(`../../../../packages/nir/test/fixtures/${name}.nir`, import.meta.url)
      const graph = await readNir(new Uint8Array(await readFile(fixture)))
      expect(await readNir(await writeNir(graph))).toEqual(graph)
      expect(() => mlpFromNir(graph), name).toThrow('NIR_')
    }
  },
  async 'graphs with convolutions or pooling'() {
    const fixture = new URL('../../../../packages/nir/test/fixtures/conv2d.nir', import.meta.url)
    const graph = await readNir(new Uint8Array(await readFile(fixture)))
    expect(await readNir(await writeNir(graph))).toEqual(graph)
    expect(nirNetwork(graph, { dt: 1e-3 }).shapes).toEqual({ input: [2, 9, 8], output: [5] })
    expect(() => mlpFromNir(graph)).toThrow('NIR_')
  },
  async 'training on the chip of operator networks'() {
    const sizes = ['--branch', '3', '--trunk', '3', '--features', '2', '--sizes', '4,2,2', '--batch', '2']
    const path = await trained('poisson-1d', ...sizes, '--readout-solve', '0')
    const out = join(folder, 'operator')
    const how = ['--steps', '1', '--batch', '2', '--nir', '--allow-lossy', '--quiet', '--json']
    const { code, out: shown } = await run('chip', 'train', path, ...how, '--out', out)
    expect(code).toBe(0)
    const { files } = JSON.parse(shown) as { files: string[] }
    expect(files).toEqual(expect.arrayContaining(['branch/network.nir', 'trunk/network.nir', 'product.json']))
  },
  async 'training on the chip of networks of equations'() {
    const equation = await run('chip', 'train', 'heat-1d', '--quiet')
    expect([equation.code, equation.err]).toEqual([1, expect.stringContaining('CLI_NOT_DEPLOYABLE')])
  },
}

const page = await readFile(new URL('../../../../docs/hardware.md', import.meta.url), 'utf8')
const table = page.slice(page.indexOf('## Lossless, refused, approximated'))
const rows = table
  .slice(0, table.indexOf('\n## '))
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| part'))
  .map((line) => line.split('|')[1]!.trim())

test('every row of the table has a check', () => {
  expect(rows).toEqual(Object.keys(checks))
})

test.each(Object.entries(checks))('%s: as the table says', (_, check) => check())
