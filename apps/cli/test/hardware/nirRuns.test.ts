import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mlpFromNir, readNir } from '@spikeward/nir'
import { run, tiny } from '../fakeIo.js'

const fixtures = new URL('../../../../packages/nir/test/fixtures/', import.meta.url).pathname
const reference = ['--backend', 'reference', '--quiet']
const short = [...reference, '--steps', '4', '--batch', '8', '--no-figures']

let folder = ''
let file = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward nir (runs) '))
  file = join(folder, 'hat (1)')
  const trained = join(folder, 'trained')
  expect((await run('train', 'parabola', ...tiny, '--out', trained)).code).toBe(0)
  expect((await run('export', trained, file, '--allow-lossy', '--quiet')).code).toBe(0)
})
afterAll(() => rm(folder, { recursive: true }))

const errorOf = async (path: string): Promise<number> => {
  const { out, err, code } = await run('evaluate', path, '--json', '--quiet')
  expect([code, err]).toEqual([0, ''])
  return (JSON.parse(out) as { relativeL2: number }).relativeL2
}

describe('import', () => {
  test('makes a run that evaluates as the exported one, resumes, and is exported again', async () => {
    const imported = join(folder, 'imported')
    const made = await run('import', file, '--out', imported, ...reference, '--steps', '4', '--batch', '8', '--json')
    expect(made.err).toBe('')
    expect(JSON.parse(made.out)).toMatchObject({ run: imported, problem: 'parabola', steps: 4 })
    const before = await errorOf(imported)
    expect(before).toBeCloseTo(await errorOf(join(folder, 'trained')), 5)

    // The run has its own copy of the file.
    await rm(file)
    const resumed = await run('resume', imported, '--quiet', '--no-figures', '--json')
    expect([resumed.code, resumed.err]).toEqual([0, ''])
    const after = await errorOf(imported)
    expect(after).not.toBe(before)
    expect(JSON.parse(resumed.out)).toMatchObject({ relativeL2: after, steps: 4 })
    await rm(file, { force: true })
    expect((await run('export', imported, file, '--quiet')).err).toContain('NIR_LOSSY')
    expect((await run('export', imported, file, '--quiet', '--allow-lossy')).code).toBe(0)
    expect(mlpFromNir(await readNir(await readFile(file))).layers).toHaveLength(1)

    const again = join(folder, 'again')
    expect((await run('import', file, '--out', again, ...reference)).code).toBe(0)
    expect(await errorOf(again)).toBeCloseTo(after, 5)
    expect((await run('quantise', again, '--quiet')).code).toBe(0)
  })

  test('a file of another tool needs the name of a problem, of the same sizes', async () => {
    const foreign = join(fixtures, 'two-layers-readout.nir')
    const unnamed = await run('import', foreign, ...reference)
    expect([unnamed.code, unnamed.err]).toEqual([2, expect.stringContaining('--problem')])
    const misfit = await run('import', foreign, '--problem', 'parabola', '--dt', '1e-3', ...reference)
    expect([misfit.code, misfit.err]).toEqual([2, expect.stringMatching(/maps \[\d+\] to \[\d+\]/)])
    expect((await run('import', join(folder, 'gone.nir'), ...reference)).err).toContain('FILE_UNREADABLE')
  })
})

describe('train --network nir:FILE', () => {
  test('trains a graph, recurrent layers included, and stores the file in the run', async () => {
    const recurrent = join(folder, 'recurrent')
    const trained = await run('train', 'parabola', ...tiny, '--neuron', 'recurrent(lif)', '--out', recurrent)
    expect([trained.code, trained.err]).toEqual([0, ''])
    const graph = join(folder, 'recurrent.nir')
    expect((await run('export', recurrent, graph, '--allow-lossy', '--quiet')).code).toBe(0)
    const out = join(folder, 'from-file')
    const ran = await run(
      'train',
      'parabola',
      '--network',
      `nir:${graph}`,
      '--estimator',
      'spsa',
      ...short,
      '--out',
      out,
    )
    expect([ran.code, ran.err]).toEqual([0, ''])
    const { network, hidden, time } = JSON.parse(await readFile(join(out, 'config.json'), 'utf8')) as Record<
      string,
      unknown
    >
    expect({ network, hidden, time }).toEqual({ network: 'nir:network.nir', hidden: null, time: 4 })
    expect((await readFile(join(out, 'network.nir'))).length).toBeGreaterThan(0)
    const part = await run('export', out, join(folder, 'part.nir'), '--part', 'branch')
    expect([part.code, part.err]).toEqual([2, expect.stringContaining('this run has none; leave it out')])
  })

  test('options of the graph are in parentheses, and wrong ones are named', async () => {
    const wrong = await run('train', 'parabola', '--network', `nir:${file}(speed=2)`, ...short)
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('has no option "speed"')])
    const ignored = await run(
      'train',
      'parabola',
      '--network',
      `nir:${file}(learn=v_threshold)`,
      '--hidden',
      '9',
      ...short,
      '--out',
      join(folder, 'learned'),
    )
    expect([ignored.code, ignored.err]).toEqual([0, expect.stringContaining('--hidden is ignored')])
    const dense = await run('train', 'parabola', '--network', `nir:${file}()`, '--spiking', 'none', ...short)
    expect([dense.code, dense.err]).toEqual([2, expect.stringContaining('only its author can say')])
  })
})
