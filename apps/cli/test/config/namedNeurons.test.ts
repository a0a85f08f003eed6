/** Runs of each name of a neuron model that NIR has a node for: exported, quantised, deployed. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mlpFromNir } from '@spikeward/nir'
import { readNirFile } from '@spikeward/nir/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Factories, factories } from '@spikeward/experiment'
import { run, tiny } from '../fakeIo.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-names-'))
})
afterAll(() => rm(folder, { recursive: true }))

const neurons: Factories = factories.neuron
const names = Object.values(neurons).flatMap(({ declaration: { facts, name, aliases } }) =>
  'nirNode' in facts ? [name, ...aliases] : [],
)

/** Few points: the tests look at settings and files. */
const few = '--train 8 --validation 16 --test 9'.split(' ')

const train = async (name: string, ...more: readonly string[]): Promise<string> => {
  const path = join(folder, name)
  const { code, err } = await run(
    'train',
    'mexican-hat',
    ...tiny,
    ...few,
    '--reset',
    'zero',
    '--membrane',
    '0,0',
    '--out',
    path,
    ...more,
  )
  expect([code, err]).toEqual([0, ''])
  return path
}

const read = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(join(path, 'config.json'), 'utf8')) as Record<string, unknown>

test('some models have a node in NIR, each with a name and an alias', () => {
  expect(names).toEqual(expect.arrayContaining(['leakyIntegrateAndFire', 'lif', 'integrateAndFire', 'if']))
})

describe.each(names)('a run of %s', (name) => {
  test('is exported, quantised and deployed', async () => {
    const path = await train(name, '--neuron', name)
    const file = join(folder, `${name}.nir`)
    expect(await run('export', path, file, '--allow-lossy', '--quiet')).toMatchObject({ code: 0 })
    expect(await run('quantise', path, '--quiet')).toMatchObject({ code: 0 })
    expect(await run('deploy', path, '--out', join(folder, `${name}-chip`), '--quiet')).toMatchObject({ code: 0 })
  })

  test('is exported within a recurrent layer', async () => {
    const path = await train(`recurrent-${name}`, '--neuron', `recurrent(${name})`)
    const file = join(folder, `recurrent-${name}.nir`)
    expect(await run('export', path, file, '--allow-lossy', '--quiet')).toMatchObject({ code: 0 })
    expect(mlpFromNir(await readNirFile(file)).layers[0]!.feedback).toBeDefined()
  })
})

test('a run stores and tells the values of the neuron that it uses', async () => {
  const loud = [...tiny.filter((arg) => arg !== '--quiet'), ...few, '--steps', '1']
  const trained = async (name: string, ...args: readonly string[]): Promise<string> => {
    const { code, err } = await run('train', 'parabola', ...loud, ...args, '--out', join(folder, name))
    expect(code).toBe(0)
    return err
  }
  // The value tuned for the problem comes before the default of the declaration: a user who names the neuron sees a
  // note.
  const note =
    'note: lif has beta 1 in runs of parabola, instead of the default 0.9 of its declaration; --beta changes it\n'
  for (const name of ['lif', 'leakyIntegrateAndFire', 'recurrent(lif)']) {
    expect(await trained('tuned', '--force', '--neuron', name)).toContain(note)
    expect(await read(join(folder, 'tuned'))).toMatchObject({ neuronOptions: { beta: 1 } })
  }
  for (const args of [[], ['--neuron', 'lif', '--beta', '1'], ['--neuron', 'lif(beta=0.5)'], ['--neuron', 'if']])
    expect(await trained('told', '--force', ...args)).not.toContain('has beta')
  // A value in parentheses is stored there alone.
  await trained('written', '--neuron', 'recurrent(lif(beta=0.5))')
  const { neuron, neuronOptions } = await read(join(folder, 'written'))
  expect([neuron, neuronOptions]).toEqual(['recurrent(lif(beta=0.5))', {}])
})

test('options in parentheses are those of the file', async () => {
  const path = await train('inside', '--neuron', 'lif(beta=0.5,threshold=0.7)')
  const file = join(folder, 'inside.nir')
  expect(await run('export', path, file, '--allow-lossy', '--quiet')).toMatchObject({ code: 0 })
  const { beta, threshold } = mlpFromNir(await readNirFile(file)).layers[0]!.neuron
  expect([beta, threshold]).toEqual([expect.closeTo(0.5, 6), expect.closeTo(0.7, 6)])
})
