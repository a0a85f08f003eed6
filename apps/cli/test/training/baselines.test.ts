import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../fakeIo.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-baselines-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Printed = {
  readonly relativeL2: number
  readonly baselines: Readonly<Record<'untrained' | 'linear' | 'kernel' | 'dense' | 'randomSign', number | null>>
  readonly baselineFacts: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>
}

const small = ['--backend', 'cpu', '--time', '4', '--quiet', '--no-figures', '--json']
const display = ['--baselines', 'classical', '--quiet', '--json']
const printed = (out: string): Printed => JSON.parse(out.trim().split('\n').at(-1)!) as Printed

describe('train shows a run beside its baselines', () => {
  test('on a function of points, with the trainings of --baselines all', async () => {
    const out = join(folder, 'points')
    const args = ['train', 'mexican-hat', '--train', '12', '--test', '15', '--validation', '60', '--batch', '32']
    const ran = await run(...args, '--hidden', '8', '--steps', '30', '--baselines', 'all', '--out', out, ...small)
    const { baselines } = printed(ran.out)
    expect(baselines.untrained).toBeGreaterThan(0)
    expect(baselines.linear).toBeGreaterThan(0.9)
    expect(baselines.kernel).toBeLessThan(0.05)
    expect(baselines.dense).toBeGreaterThan(0)
    expect(baselines.randomSign).toBeGreaterThan(0)
    const { baselineFacts } = JSON.parse(await readFile(join(out, 'summary.json'), 'utf8')) as {
      readonly baselineFacts: Readonly<Record<string, Readonly<Record<string, unknown>>>>
    }
    expect(baselineFacts['kernel']).toMatchObject({ centres: 144, of: 144 })
    expect(baselineFacts['dense']).toMatchObject({ estimator: 'bp', steps: 30, failure: null })
    expect(baselineFacts['randomSign']).toMatchObject({ estimator: 'randomSign(rfg)', steps: 30, failure: null })
    // The trainings are those that the folder stores.
    expect(printed((await run('evaluate', out, ...display)).out).baselines).toEqual(baselines)
    const none = printed((await run('evaluate', out, '--baselines', 'none', '--json')).out).baselines
    expect(none).toEqual({ untrained: baselines.untrained, linear: null, kernel: null, dense: null, randomSign: null })
  })

  test('a dense network is that of a run beside it with the same data, sizes, key and steps', async () => {
    const args = [
      'train',
      'mexican-hat',
      '--train',
      '12',
      '--test',
      '15',
      '--validation',
      '60',
      '--batch',
      '32',
      '--baselines',
      'classical',
    ]
    const own = (name: string, ...more: readonly string[]) =>
      run(...args, '--hidden', '6', '--steps', '20', ...more, '--out', join(folder, 'beside', name), ...small)
    const dense = printed((await own('dense', '--spiking', 'none', '--estimator', 'bp')).out)
    expect(dense.baselines.dense).toBeNull()
    const spiking = printed((await own('spiking')).out)
    expect(spiking.baselines.dense).toBe(dense.relativeL2)
    expect(spiking.baselineFacts.dense).toMatchObject({ estimator: 'bp', run: join(folder, 'beside', 'dense') })
    const evaluated = printed((await run('evaluate', join(folder, 'beside', 'spiking'), ...display)).out)
    expect(evaluated.baselines).toEqual(spiking.baselines)
    expect(printed((await own('other', '--key', '1')).out).baselines.dense).toBeNull()
    const quiet = small.filter((a) => a !== '--json')
    const { out } = await run(
      ...args,
      '--hidden',
      '6',
      '--steps',
      '20',
      '--out',
      join(folder, 'beside', 'text'),
      ...quiet,
    )
    expect(out).toContain(`from ${join(folder, 'beside', 'dense')}`)
  })

  test('on an operator, by default without trainings', async () => {
    const sizes = [
      '--sizes',
      '40,12,16',
      '--sensors',
      '21',
      '--branch',
      '8',
      '--trunk',
      '8',
      '--features',
      '4',
      '--batch',
      '16',
    ]
    const args = ['train', 'poisson-1d', ...sizes, '--steps', '4', '--baselines', 'classical']
    const { baselines } = printed((await run(...args, '--out', join(folder, 'operator'), ...small)).out)
    expect(baselines.linear).toBeLessThan(1e-4)
    expect(baselines.kernel).toBeLessThan(1e-4)
    expect(baselines).toMatchObject({ dense: null, randomSign: null })
    expect(printed((await run('evaluate', join(folder, 'operator'), ...display)).out).baselines).toEqual(baselines)
  })

  test('an equation has no data from which a regression could learn', async () => {
    const args = ['train', 'poisson-pinn', '--hidden', '6', '--steps', '2', '--baselines', 'classical']
    const { baselines } = printed((await run(...args, '--out', join(folder, 'equation'), ...small)).out)
    expect(baselines).toMatchObject({ linear: null, kernel: null })
  })
})

describe('--spiking none', () => {
  const args = [
    'train',
    'mexican-hat',
    '--train',
    '12',
    '--batch',
    '32',
    '--hidden',
    '8,8',
    '--steps',
    '20',
    '--spiking',
    'none',
  ]

  test.each(['bp', 'eligibility', 'rfg'])('trains a dense network of points by %s', async (estimator) => {
    const out = join(folder, `dense-${estimator}`)
    const ran = await run(...args, '--estimator', estimator, '--out', out, ...small.filter((a) => a !== '--quiet'))
    expect(ran.code).toBe(0)
    expect(ran.err).not.toContain('--spiking is ignored')
    expect(ran.err).toContain('--spiking none has no time; --time is ignored')
    const again = await run('evaluate', out, '--json')
    expect(printed(again.out)).toMatchObject({
      relativeL2: printed(ran.out).relativeL2,
    })
  })

  test('a dense network has no neurons to deploy', async () => {
    const ran = await run('export', join(folder, 'dense-bp'), '--to', 'nir', join(folder, 'dense.nir'))
    expect(ran.err).toContain('CLI_NOT_DEPLOYABLE')
  })
})
