/** Time-steppers of convolutions, event by event: in a NIR file and on a chip. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readNir, stepperFromNir } from '@spikeward/nir'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../fakeIo.js'

let folder = ''
const train = (name: string, ...more: readonly string[]) => trainOn('allen-cahn-2d', name, ...more)
const trainOn = async (problem: string, name: string, ...more: readonly string[]): Promise<string> => {
  const small = '--backend cpu --frames 4 --sizes 6,2,3 --batch 4 --steps 3 --quiet --no-figures --estimator bp'
  const sized = ['--task', 'rollout', ...small.split(' '), '--out', join(folder, name), ...more]
  const { code, err } = await run('train', problem, ...sized)
  expect([code, err.includes('error')]).toEqual([0, false])
  return join(folder, name)
}
const plain = ['--network', 'cnn', '--channels', '3', '--kernel', '3']
let dense = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-stepper-'))
  dense = await train('dense', ...plain, '--spiking', 'none')
})
afterAll(() => rm(folder, { recursive: true }))

test('deploy turns a trained time-stepper into events, and reports events, energy and real-time factor', async () => {
  const out = join(folder, 'chip')
  const { code, out: shown, err } = await run('deploy', dense, '--out', out, '--allow-lossy', '--quiet', '--json')
  expect([code, err]).toEqual([0, ''])
  const found = JSON.parse(shown) as Record<string, number>
  expect(found['relativeL2Events']! / found['relativeL2Trained']!).toBeLessThan(1.1)
  expect(found['relativeL2']! / found['relativeL2Trained']!).toBeLessThan(1.1)
  expect(found['operationsRatio']).toBeLessThan(1)
  expect(found['energy']).toBeLessThan(found['energyDense']!)
  expect(found['events']).toBeGreaterThan(0)
  expect(found['realTimeFactor']).toBeGreaterThan(0)
  const report = await readFile(join(out, 'report.md'), 'utf8')
  expect(report).toContain(`loihi2: relative L2 ${found['relativeL2']!.toFixed(4)} on 3 test trajectories`)
  expect(report).toContain('thresholds were chosen on 2 validation trajectories, and may err more on others')
  expect(report).toContain('published costs of loihi1')
  expect(report).toContain('stand for those of loihi2')
  expect(report).toMatch(/^│? *\|? *convolution/m)
  expect(await readFile(join(out, 'errors.svg'), 'utf8')).toContain('event by event')
  const integers = JSON.parse(await readFile(join(out, 'integers.json'), 'utf8')) as { layers: unknown[] }
  expect(integers.layers).toHaveLength(2)
  const replayed = await run('deploy', out, '--check', '--json')
  expect([replayed.code, JSON.parse(replayed.out)]).toMatchObject([0, { compared: 2 * 3 + 64 ** 2, difference: null }])
  await writeFile(join(out, 'integers.json'), JSON.stringify({ ...integers, leak: 1 }))
  expect((await run('deploy', out, '--check')).err).toContain('was changed after it was written')
})

test('quantise reports its errors and its convolutions, with fewer bits a larger error', async () => {
  const of = async (...more: readonly string[]) => {
    const { code, out } = await run('quantise', dense, '--quiet', '--json', ...more)
    expect(code).toBe(0)
    return JSON.parse(out) as { bits: number; relativeL2: number; layers: { rmsWeightError: number; cores: number }[] }
  }
  const [usual, coarse] = [await of(), await of('--bits', '3')]
  expect([usual.bits, coarse.bits, usual.layers.length]).toEqual([8, 3, 2])
  expect(coarse.layers[0]!.rmsWeightError).toBeGreaterThan(4 * usual.layers[0]!.rmsWeightError)
  expect((await run('quantise', dense, '--quiet')).out).toContain('synapses of a message')
})

test('a chip whose weights differ is simulated, and its channels are tuned on it', async () => {
  const flags = ['--quiet', '--spread', '0.2', '--fine-tune', '6']
  const { code, out } = await run('quantise', dense, '--json', ...flags)
  expect(code).toBe(0)
  const { imperfect } = JSON.parse(out) as { imperfect: Record<string, number> }
  expect(imperfect).toMatchObject({ spread: 0.2, steps: 6 })
  expect(Math.min(imperfect['untuned']!, imperfect['randomSigns']!)).toBeGreaterThan(0)
  const folderOf = join(folder, 'imperfect')
  const deployed = await run('deploy', dense, '--out', folderOf, '--allow-lossy', ...flags)
  expect([deployed.code, deployed.out]).toEqual([0, expect.stringContaining('differ by 20 %')])
  expect((await run('deploy', folderOf, '--check')).code).toBe(0)
})

test('flags that concern spikes or a file of a spiking network are ignored with a note', async () => {
  const ignored = (flag: string): string => `note: a time-stepper has no ${flag}; ${flag} is ignored`
  expect((await run('quantise', dense, '--quiet', '--convert-reset')).err).toContain(ignored('--convert-reset'))
  const out = join(folder, 'ignored')
  const deployed = await run('deploy', dense, '--out', out, '--allow-lossy', '--convert-reset', '--dt', '0.002')
  expect(deployed.code).toBe(0)
  for (const flag of ['--convert-reset', '--dt']) expect(deployed.err).toContain(ignored(flag))
  const file = join(folder, 'ignored.nir')
  expect((await run('export', dense, file, '--allow-lossy', '--dt', '0.002')).err).toContain(ignored('--dt'))
})

test('export writes it as NIR, which its reader understands', async () => {
  const file = join(folder, 'network.nir')
  expect((await run('export', dense, file)).err).toContain('NIR_LOSSY')
  expect((await run('export', dense, file, '--allow-lossy', '--quiet')).code).toBe(0)
  const { cells, layers } = stepperFromNir(await readNir(await readFile(file)))
  expect([cells, layers.map(({ outputs }) => outputs)]).toEqual([
    [64, 64],
    [3, 1],
  ])
})

test('a time-stepper of two fields is deployed, each at rest at its own value', async () => {
  const two = await trainOn('gray-scott(points=16)', 'two', ...plain, '--spiking', 'none')
  const out = join(folder, 'two-on-chip')
  const { code, out: shown } = await run('deploy', two, '--out', out, '--allow-lossy', '--quiet', '--json')
  expect(code).toBe(0)
  const onChip = JSON.parse(shown) as Record<string, number>
  expect(onChip['relativeL2']! / onChip['relativeL2Trained']!).toBeLessThan(1.1)
  expect(onChip['operationsRatio']).toBeLessThan(1)
  const replayed = await run('deploy', out, '--check', '--json')
  expect([replayed.code, JSON.parse(replayed.out)]).toMatchObject([0, { difference: null }])
  const { rest, layers } = stepperFromNir(await readNir(await readFile(join(out, 'network.nir'))))
  expect([[rest].flat().length, layers[0]!.inputs, layers[1]!.outputs]).toEqual([2, 2, 2])
})

test('few-spike neurons are deployed in the digits of their values', async () => {
  const few = await train('few', ...plain, '--neuron', 'fewSpike', '--time', '8', '--batch', '1')
  const out = join(folder, 'few-on-chip')
  const { code, out: shown } = await run('deploy', few, '--out', out, '--allow-lossy', '--quiet', '--json')
  expect(code).toBe(0)
  const onChip = JSON.parse(shown) as Record<string, number>
  expect(onChip['relativeL2']! / onChip['relativeL2Trained']!).toBeLessThan(1.1)
  expect(onChip['events']).toBeGreaterThan(0)
  expect(await readFile(join(out, 'report.md'), 'utf8')).toContain('as trained')
  const replayed = await run('deploy', out, '--check', '--json')
  expect([replayed.code, JSON.parse(replayed.out)]).toMatchObject([0, { difference: null }])
  expect(stepperFromNir(await readNir(await readFile(join(out, 'network.nir')))).cycle).toBe(8)
  const uneven = await train('uneven', ...plain, '--neuron', 'fewSpike', '--time', '9', '--batch', '1')
  expect((await run('deploy', uneven, '--allow-lossy')).err).toContain('--time 8')
})

test('a network or neurons without a counterpart on the chip are refused, with the reason', async () => {
  const lif = await train('lif', ...plain, '--time', '2')
  expect((await run('deploy', lif, '--allow-lossy')).err).toContain('take several time steps')
  const fourier = await train('fno', '--network', 'fno', '--channels', '3', '--modes', '2', '--spiking', 'none')
  expect((await run('deploy', fourier, '--allow-lossy')).err).toContain('the network of this run is fno')
  const out = join(folder, 'first-spikes')
  const small = '--code firstSpike --hidden 4 --steps 1 --collocation 4 --backend reference --quiet --no-figures'
  expect((await run('train', 'poisson-pinn', ...small.split(' '), '--out', out)).code).toBe(0)
  for (const command of ['deploy', 'quantise'])
    expect((await run(command, out, '--quiet')).err).toContain(
      'first spikes in continuous time, which the whole time steps of a chip do not have',
    )
})
