import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeNpy, openDataFile } from '@spikeward/problems/node'
import { doubles, mlpFromNir, readNir, resetInWords, writeNir } from '@spikeward/nir'
import { run, tiny } from '../fakeIo.js'

const fixtures = new URL('../../../../packages/nir/test/fixtures/', import.meta.url).pathname
const golden = new URL('../../../../packages/chip/test/fixtures/loihi.json', import.meta.url).pathname

const reference = ['--backend', 'reference', '--quiet']

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-nir-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('nir run', () => {
  test('writes the expected output of a recurrent graph, spike by spike', async () => {
    const all = JSON.parse(await readFile(join(fixtures, 'expected.json'), 'utf8')) as Record<
      string,
      { input: number[][]; output: number[][] }
    >
    const { input, output } = all['recurrent']!
    const [x, y] = [join(folder, 'x.npy'), join(folder, 'y.npy')]
    await writeFile(x, encodeNpy({ shape: [input.length, input[0]!.length], data: Float64Array.from(input.flat()) }))
    const args = ['nir', 'run', join(fixtures, 'recurrent.nir'), '--input', x, '--dt', '1e-3', '--out', y, '--json']
    const ran = await run(...args)
    expect(ran.err).toBe('')
    expect(ran.code).toBe(0)
    expect(JSON.parse(ran.out)).toMatchObject({ shape: [50, 5] })
    const file = await openDataFile(y)
    const [name] = [...file.names.keys()]
    expect([...(await file.read(name!)).data]).toEqual(output.flat())
    await file.close()
  })

  test('an input of the wrong width is wrong usage, and nothing is written', async () => {
    const [x, y] = [join(folder, 'narrow.npy'), join(folder, 'none.npy')]
    await writeFile(x, encodeNpy({ shape: [5, 2], data: new Float64Array(10) }))
    const ran = await run('nir', 'run', join(fixtures, 'recurrent.nir'), '--input', x, '--dt', '1e-3', '--out', y)
    expect(ran.code).toBe(2)
    expect(ran.err).toContain('[5, 2]')
    await expect(readFile(y)).rejects.toThrow('ENOENT')
  })

  test('an input that is not finite is wrong usage, and says where', async () => {
    const x = join(folder, 'nan.npy')
    await writeFile(x, encodeNpy({ shape: [5, 4], data: new Float64Array(20).fill(Number.NaN, 9) }))
    const out = join(folder, 'nan-out.npy')
    const ran = await run('nir', 'run', join(fixtures, 'recurrent.nir'), '--input', x, '--dt', '1e-3', '--out', out)
    expect([ran.code, ran.err]).toEqual([2, expect.stringMatching(/holds NaN at step 2, input 1.*CLI_BAD_VALUE/)])
  })

  test('an existing file, such as the input itself, is replaced only with --force', async () => {
    const x = join(folder, 'own.npy')
    const bytes = encodeNpy({ shape: [5, 4], data: new Float64Array(20) })
    await writeFile(x, bytes)
    const how = ['nir', 'run', join(fixtures, 'recurrent.nir'), '--input', x, '--dt', '1e-3', '--out', x]
    const refused = await run(...how)
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('already exists; replace it with --force')])
    expect(await readFile(x)).toEqual(Buffer.from(bytes))
    expect((await run(...how, '--force')).code).toBe(0)
    expect(await readFile(x)).not.toEqual(Buffer.from(bytes))
  })

  test('a missing length of a time step is reported', async () => {
    const x = join(folder, 'x4.npy')
    await writeFile(x, encodeNpy({ shape: [5, 4], data: new Float64Array(20) }))
    const ran = await run('nir', 'run', join(fixtures, 'recurrent.nir'), '--input', x, '--out', join(folder, 'z.npy'))
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('NIR_DT_MISSING')
  })
})

describe('nir check', () => {
  test('counts the nodes of a graph', async () => {
    const { code, out } = await run('nir', 'check', join(fixtures, 'affine-lif.nir'), '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      nodes: { Input: 1, Affine: 1, LIF: 1, Output: 1 },
      edges: 3,
      input: [4],
      output: [6],
    })
  })
  test('knows the shapes of a graph with convolutions', async () => {
    const { code, out } = await run('nir', 'check', join(fixtures, 'conv2d.nir'))
    expect([code, out]).toEqual([0, expect.stringContaining('[2 × 9 × 8] → [5]')])
  })
  test('names a node that cannot be executed', async () => {
    const path = join(folder, 'unknown.nir')
    const shape = doubles([1], [2])
    const node = (type: string) => ({ type, parameters: { shape }, metadata: {} })
    const nodes = { input: node('Input'), dense: node('Dense'), output: node('Output') }
    const edges = [['input', 'dense'] as const, ['dense', 'output'] as const]
    await writeFile(path, await writeNir({ type: 'NIRGraph', nodes, edges, metadata: {} }))
    const { code, err } = await run('nir', 'check', path)
    expect(code).toBe(1)
    expect(err).toMatch(/'dense' of type Dense.*NIR_UNSUPPORTED/)
  })
  test('refuses a file that is not NIR', async () => {
    const path = join(folder, 'text.nir')
    await writeFile(path, 'hello')
    expect((await run('nir', 'check', path)).err).toContain('NIR_MALFORMED')
    expect((await run('nir', 'check', join(folder, 'gone.nir'))).err).toContain('FILE_UNREADABLE')
  })
})

describe('chip check', () => {
  test('agrees with recorded integers', async () => {
    const { code, out } = await run('chip', 'check', golden, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ chip: 'loihi1', layers: 9, connections: 7, difference: null })
  })
  test('ends with 1 and the first difference', async () => {
    const trace = JSON.parse(await readFile(golden, 'utf8')) as { lif: { spikes: number[][] }[] }
    trace.lif[1]!.spikes[4]![2] = 1 - trace.lif[1]!.spikes[4]![2]!
    const path = join(folder, 'changed.json')
    await writeFile(path, JSON.stringify(trace))
    const { code, out } = await run('chip', 'check', path)
    expect(code).toBe(1)
    expect(out).toMatch(/^lif\[1\]\.spikes\[4\]\[2\]: recorded/)
  })
  test('wrong usage: an unknown chip, no JSON', async () => {
    expect((await run('chip', 'check', golden, '--chip', 'loihi3')).code).toBe(2)
    const path = join(folder, 'text.json')
    await writeFile(path, '\x89HDF')
    const other = await run('chip', 'check', path)
    expect([other.code, other.err]).toEqual([
      2,
      expect.stringMatching(/text\.json is not JSON: .*; give a trace as JSON \[CLI_DATA\]/),
    ])
    const none = await run('chip', 'check', join(folder, 'none.json'))
    expect([none.code, none.err]).toEqual([
      2,
      expect.stringContaining('there is no such file (ENOENT); check the path [FILE_UNREADABLE]'),
    ])
  })
})

describe('a trained run', () => {
  // The test points stay as they are: those of an imported run are the problem's own.
  const few = '--train 16 --validation 8 --steps 4'.split(' ')
  const trained = async (problem: string, name: string, ...more: string[]): Promise<string> => {
    const path = join(folder, name)
    const { code, err } = await run('train', problem, ...tiny, ...few, '--out', path, ...more)
    expect([code, err]).toEqual([0, ''])
    return path
  }
  const train = (name: string, ...more: string[]): Promise<string> => trained('parabola', name, ...more)

  test('is exported, and the file gives the prediction of the run', async () => {
    const path = await trained('mexican-hat', 'soft')
    const file = join(folder, 'soft.nir')
    const refused = await run('export', path, file)
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('NIR_LOSSY')
    const { code, err } = await run('export', path, file, '--allow-lossy', '--quiet')
    expect([code, err.includes('subtracts the threshold')]).toEqual([0, true])
    expect((await run('export', path, file, '--allow-lossy')).err).toContain('--force')

    const points = join(folder, 'points.csv')
    await writeFile(points, '0.25,-0.5\n')
    const [predicted, x, y] = [join(folder, 'p.npy'), join(folder, 'held.npy'), join(folder, 'over-time.npy')]
    expect((await run('predict', path, '--data', points, '--out', predicted, '--quiet')).code).toBe(0)
    await writeFile(
      x,
      encodeNpy({ shape: [4, 2], data: Float64Array.from([0.25, -0.5, 0.25, -0.5, 0.25, -0.5, 0.25, -0.5]) }),
    )
    expect((await run('nir', 'run', file, '--input', x, '--out', y)).code).toBe(0)
    const values = async (one: string): Promise<number[]> => {
      const opened = await openDataFile(one)
      const { data } = await opened.read([...opened.names.keys()][0]!)
      await opened.close()
      return [...data]
    }
    const overTime = await values(y)
    const mean = overTime.reduce((a, b) => a + b, 0) / overTime.length
    expect(mean).toBeCloseTo((await values(predicted))[0]!, 5)
  })

  test('is quantised, and its error on the chip is shown with the trained one', async () => {
    const path = await train('quantised')
    const { code, out } = await run('quantise', path, '--bits', '8', '--json', '--quiet')
    expect(code).toBe(0)
    const { relativeL2, relativeL2Trained, cores } = JSON.parse(out) as Record<string, number>
    expect(relativeL2).toBeCloseTo(relativeL2Trained!, 1)
    expect(cores).toBe(1)
    expect((await run('quantise', path)).err).toContain('no weight is on the chip')
    const deep = await train('deep', '--hidden', '6,5')
    const onChip = await run('quantise', deep, '--bits', '4', '--json')
    expect(onChip.err).toBe('')
    expect(JSON.parse(onChip.out)).toMatchObject({ synapses: 30, bits: 4 })
    expect((await run('quantise', path, '--chip', 'loihi1')).err).toContain('CHIP_SOFT_RESET')
    // The answer says what drives each layer, and what became of its reset.
    expect((await run('quantise', path)).out).toMatch(/constant currents of the host, 13 bits \| a spike subtracts/)
    const converted = await run('quantise', deep, '--chip', 'loihi1', '--convert-reset')
    expect(converted.code).toBe(0)
    expect(converted.out).toMatch(/\| 1 .*\| spikes +\| a spike subtracts .*; the chip sets it to 0 instead/)
  })

  test.each(['--reset-delay', '--no-reset-delay'])(
    'has its reset stated by the same sentence in files, on chips and in reports: %s',
    async (flag) => {
      const path = await train(`reset${flag}`, flag)
      const resetDelayed = flag === '--reset-delay'
      const reset = resetInWords({ reset: 'subtract', resetDelayed, resetMembrane: 0 })
      const [file, deployed] = [join(folder, `reset${flag}.nir`), join(folder, `reset${flag}-chip`)]
      const exported = await run('export', path, file, '--allow-lossy')
      const quantised = await run('quantise', path)
      const refused = await run('quantise', path, '--chip', 'loihi1')
      await run('deploy', path, '--out', deployed, '--allow-lossy', '--quiet')
      const report = await readFile(join(deployed, 'report.md'), 'utf8')
      // The report quotes the table and the note.
      expect(report.split(reset)).toHaveLength(3)
      for (const text of [exported.err, quantised.out, refused.err]) expect(text.split(reset)).toHaveLength(2)
      expect(quantised.out.includes('divided by beta in the step of the spike')).toBe(resetDelayed)
    },
  )

  test('of residual layers is refused, by files and by chips', async () => {
    const path = await train('residual', '--hidden', '5,5', '--residual')
    const { code, err } = await run('export', path, join(folder, 'r.nir'), '--allow-lossy')
    expect([code, err]).toEqual([1, expect.stringMatching(/residual.*CLI_NOT_DEPLOYABLE/)])
    expect((await run('quantise', path)).err).toContain('CLI_NOT_DEPLOYABLE')
  })

  test('of standardised weights is refused', async () => {
    const path = await train('standardised', '--hidden', '5,5', '--standardise-weights')
    const { code, err } = await run('export', path, join(folder, 's.nir'), '--allow-lossy')
    expect([code, err]).toEqual([1, expect.stringMatching(/standardise.*CLI_NOT_DEPLOYABLE/)])
  })

  test('of a hard reset from rest needs no --allow-lossy', async () => {
    const path = await train('lossless', '--hidden', '6,5', '--reset', 'zero', '--membrane', '0,0')
    const file = join(folder, 'lossless.nir')
    expect(await run('export', path, file, '--quiet')).toMatchObject({ code: 0, err: '' })
    const imported = join(folder, 'lossless-again')
    expect((await run('import', file, ...reference, '--out', imported)).code).toBe(0)
    expect(await run('export', imported, join(folder, 'again.nir'), '--quiet')).toMatchObject({ code: 0, err: '' })
    const deployed = join(folder, 'lossless-loihi1')
    const { code, err } = await run('deploy', path, '--chip', 'loihi1', '--out', deployed, '--quiet')
    expect([code, err]).toEqual([0, ''])
    expect(await readFile(join(deployed, 'report.md'), 'utf8')).toContain('describes the network in full')
  })

  test.each([
    ['an immediate reset', ['--no-reset-delay'], false],
    ['an initial membrane of a single neuron', ['--initial-membrane', '0'], true],
    ['options at their defaults', ['--threshold', '1', '--rest-membrane', '0', '--reset-delay'], true],
    ['a threshold', ['--threshold', '0.5'], true],
    ['a leak that scales the current', ['--decay-input', '--beta', '0.8', '--threshold', '0.2'], true],
    ['a leak to another membrane', ['--rest-membrane', '0.3', '--beta', '0.7'], true],
    ['both', ['--rest-membrane', '0.3', '--decay-input', '--beta', '0.7'], true],
    ['a reset to another membrane', ['--reset', 'zero', '--reset-membrane', '0.2', '--threshold', '0.6'], true],
    [
      'such a reset in the step of the spike',
      ['--reset', 'zero', '--reset-membrane', '-0.2', '--no-reset-delay'],
      false,
    ],
  ] as const)('with %s is exported', async (what, flags, delayed) => {
    const path = await train(what.replaceAll(' ', '-'), '--neuron', 'lif', ...flags)
    const file = join(folder, `${what.replaceAll(' ', '-')}.nir`)
    expect((await run('export', path, file, '--allow-lossy', '--quiet')).code).toBe(0)
    expect(mlpFromNir(await readNir(await readFile(file))).layers[0]!.neuron.resetDelayed).toBe(delayed)
    const imported = join(folder, `${what.replaceAll(' ', '-')}-again`)
    expect((await run('import', file, ...reference, '--out', imported)).code).toBe(0)
    const evaluated = await run('evaluate', imported, '--json', '--quiet')
    const { relativeL2 } = JSON.parse(await readFile(join(path, 'summary.json'), 'utf8')) as { relativeL2: number }
    expect((JSON.parse(evaluated.out) as { relativeL2: number }).relativeL2).toBeCloseTo(relativeL2, 5)
  })

  test('with a threshold or another leak is quantised', async () => {
    const more = ['--threshold', '0.5', '--rest-membrane', '0.1', '--decay-input', '--beta', '0.8']
    const path = await train('own-threshold', '--neuron', 'lif', '--hidden', '6,5', ...more)
    const { code, out } = await run('quantise', path, '--bits', '8', '--json', '--quiet')
    expect(code).toBe(0)
    const { relativeL2, relativeL2Trained } = JSON.parse(out) as Record<string, number>
    expect(relativeL2).toBeCloseTo(relativeL2Trained!, 1)
  })

  test('with an option that no file or no chip holds is refused by the name of the option', async () => {
    const refused = async (name: string, command: string, ...flags: readonly string[]): Promise<string> => {
      const path = await train(name, '--neuron', 'lif', ...flags)
      const file = command === 'export' ? [join(folder, `${name}.nir`), '--allow-lossy'] : []
      const { code, err } = await run(command, path, ...file)
      expect([code, err]).toEqual([1, expect.stringContaining('CLI_NOT_DEPLOYABLE')])
      return err
    }
    expect(await refused('attached', 'export', '--no-reset-detached')).toMatch(/train without --no-reset-detached/)
    expect(await refused('no-current', 'export', '--decay-input', '--beta', '1')).toMatch(/1 − beta, which is 0/)
    expect(await refused('elsewhere', 'quantise', '--reset', 'zero', '--reset-membrane', '0.2')).toMatch(
      /sets the membranes of this run to 0\.2.*without --reset-membrane/,
    )
  })

  test('with neurons that no file describes is refused', async () => {
    const path = await train('adaptive', '--neuron', 'adaptive')
    expect((await run('export', path, join(folder, 'a.nir'), '--allow-lossy')).err).toContain('CLI_NOT_DEPLOYABLE')
  })
})
