/** Operators and equations by the command line: training, measuring, continuing, figures. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { decodePng, survey } from './decodePng.js'
import { type Ran, drawn, run } from './fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-operator-'))
const place = (name: string): string => join(folder, name)
vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'))
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const small =
  '--backend reference --branch 6 --trunk 5 --features 3 --time 2 --batch 4 --directions 1 --quiet --no-figures'.split(
    ' ',
  )
const line = [...'--sizes 12,4,6 --sensors 9 --steps 6'.split(' '), ...small]
const plane = [...'--sizes 6,2,4 --sensors 8 --resolution 5 --steps 3'.split(' '), ...small]
const lastOf = ({ out }: Ran): Record<string, unknown> => {
  expect(out.trimEnd().split('\n')).toHaveLength(1)
  return JSON.parse(out) as Record<string, unknown>
}
const untrainedOf = (ran: Ran): number => (lastOf(ran)['baselines'] as { untrained: number }).untrained
const configOf = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(place(name), 'config.json'), 'utf8')) as Record<string, unknown>

describe('train poisson-1d', () => {
  let ran: Ran
  beforeAll(async () => {
    ran = await run('train', 'poisson-1d', ...drawn(line), '--out', place('line'), '--json')
  })

  test('prints the fields of the contract, both errors and the baseline', () => {
    expect([ran.code, ran.err]).toEqual([0, ''])
    const result = lastOf(ran)
    expect(Object.keys(result)).toEqual(
      'run problem estimator backend relativeL2 relativeL2Pooled baselines baselineFacts steps seconds forwardEquivalents peakBytes parameters lastSolve'.split(
        ' ',
      ),
    )
    for (const name of ['relativeL2', 'relativeL2Pooled', 'seconds', 'peakBytes']) {
      expect(result[name], name).toBeGreaterThan(0)
    }
    expect(result['relativeL2']).not.toBe(result['relativeL2Pooled'])
  })

  test('draws functions, how errors are spread, and the loss', () => {
    expect(
      readdirSync(place('line'))
        .filter((name) => !name.startsWith('.'))
        .sort(),
    ).toEqual(
      'checkpoint.safetensors config.json errors.png errors.svg loss.png loss.svg metrics.jsonl result.png result.svg solved.safetensors summary.json'.split(
        ' ',
      ),
    )
    const svg = readFileSync(join(place('line'), 'result.svg'), 'utf8')
    for (const word of ['best: ', 'median: ', 'worst: ', '>error<']) expect(svg).toContain(word)
    for (const name of ['result', 'errors']) {
      expect(survey(decodePng(readFileSync(join(place('line'), `${name}.png`)))).inked, name).toBeGreaterThan(0.004)
    }
    expect(readFileSync(join(place('line'), 'errors.svg'), 'utf8')).toContain('untrained with a ridge readout')
  })

  test('evaluate measures the same from the checkpoint, and names both errors', async () => {
    const again = lastOf(await run('evaluate', place('line'), '--json'))
    const { relativeL2, relativeL2Pooled } = lastOf(ran)
    expect(again).toMatchObject({ relativeL2, relativeL2Pooled, baselines: { untrained: untrainedOf(ran) } })
    const { out } = await run('evaluate', place('line'))
    expect(out).toMatch(
      /relativeL2 on the test functions, mean per function +\d\.\d{4}\n +relativeL2Pooled, over all of them +\d\.\d{4}\n/,
    )
  })

  test('resume ends at the result of the uninterrupted run', async () => {
    cpSync(place('line'), place('stopped'), { recursive: true })
    const path = join(place('stopped'), 'checkpoint.safetensors')
    const whole = readFileSync(path)
    // As if killed before the first checkpoint: everything is repeated.
    rmSync(path)
    expect((await run('resume', place('stopped'), '--quiet', '--json', '--no-figures')).code).toBe(0)
    const tail = (b: Buffer): string => b.subarray(-400).toString('hex')
    expect(tail(readFileSync(path))).toBe(tail(whole))
  })

  test('stores its data: generated once, and again with a note if damaged', async () => {
    const cache = join(folder, 'cache', 'spikeward', 'data')
    const files = readdirSync(cache).filter((name) => name.startsWith('poisson-1d-train'))
    expect(files).toHaveLength(1)
    writeFileSync(join(cache, files[0] ?? ''), 'damaged')
    const again = await run('train', 'poisson-1d', ...line, '--out', place('anew'), '--json')
    expect(again.err).toMatch(/note: .*poisson-1d-train-.*\.npz is damaged; its data are generated again/)
    expect(lastOf(again)['relativeL2']).toBe(lastOf(ran)['relativeL2'])
  })

  test('on [0, 1] with 50 sensors, and with another key of the data', async () => {
    const on = '--interval 0,1 --sensors 50 --sizes 6,2,2 --steps 2 --readout-solve 0'.split(' ')
    const unit = await run('train', 'poisson-1d', ...small, ...on, '--out', place('unit'), '--json')
    expect([unit.code, unit.err]).toEqual([0, ''])
    expect(configOf('unit')).toMatchObject({
      problemOptions: { interval: [0, 1], sensors: 50, train: 6, validation: 2, test: 2 },
      dataKey: 0,
    })
    const other = await run('train', 'poisson-1d', ...line, '--data-key', '5', '--out', place('key'), '--json')
    expect(lastOf(other)['relativeL2']).not.toBe(lastOf(ran)['relativeL2'])
  })
})

describe('networks', () => {
  test.each([
    ['poisson-1d', 'seponet', line, ''],
    ['poisson-1d', 'pod-deeponet', line, 'trunk'],
    ['poisson-1d', 'modified-deeponet', line, ''],
    ['reaction-diffusion', 'seponet', plane, ''],
    ['diffusion', 'seponet', plane, ''],
    ['advection', 'deeponet', drawn(plane), ''],
    ['burgers', 'pod-deeponet', plane, 'trunk'],
  ])('%s by %s', async (problem, network, args, left) => {
    const name = `${problem}-${network}`
    const ran = await run('train', problem, ...args, '--network', network, '--out', place(name), '--json')
    expect(ran.err).toBe(left === '' ? '' : `note: ${network} has no ${left}; --${left} is ignored\n`)
    expect(untrainedOf(ran)).toBeGreaterThan(0)
    expect(configOf(name)).toMatchObject({ network })
  })

  test('advection is drawn as maps', () => {
    const picture = readFileSync(join(place('advection-deeponet'), 'result.png'))
    expect(survey(decodePng(picture)).inked).toBeGreaterThan(0.01)
  })

  test('nonlinear-diffusion-2d shows the end of time', async () => {
    const size = '--sizes 4,1,2 --sensors 5 --cells 8 --points 6 --times 3 --readout-solve 0'.split(' ')
    const args = [...drawn(plane), ...size, '--out', place('bumps'), '--json']
    const { code } = await run('train', 'nonlinear-diffusion-2d', ...args)
    expect(code).toBe(0)
    expect(readFileSync(join(place('bumps'), 'result.svg'), 'utf8')).toContain('at t = 1')
  })

  test('spike in the parts that are named; none is the dense baseline', async () => {
    const errors = new Set<unknown>()
    for (const spiking of ['branch,trunk', 'branch', 'trunk', 'none']) {
      const ran = await run(
        'train',
        'poisson-1d',
        ...line,
        '--spiking',
        spiking,
        '--readout-solve',
        '0',
        '--out',
        place(`s-${spiking}`),
        '--json',
      )
      errors.add(lastOf(ran)['relativeL2'])
      const { out } = await run('evaluate', place(`s-${spiking}`), '--json')
      expect(lastOf({ code: 0, err: '', out })['relativeL2']).toBe(lastOf(ran)['relativeL2'])
    }
    expect(errors.size).toBe(4)
  })
})

describe('the amplitude', () => {
  const values = (name: string): number[] =>
    (JSON.parse(readFileSync(place(`${name}.json`), 'utf8')) as { values: number[] }).values

  test('is divided out of a linear problem: twice the function gives twice the solution, and zero gives zero', async () => {
    expect(configOf('line')).toMatchObject({ amplitude: 'divide', readoutPenalty: null })
    const predict = async (name: string, f: string): Promise<number[]> => {
      await run('predict', place('line'), '--function', f, '--out', place(`${name}.json`))
      return values(name)
    }
    const one = await predict('one', 'sin(x) + 0.3')
    const two = await predict('two', '2*(sin(x) + 0.3)')
    one.forEach((u, i) => expect(two[i]).toBeCloseTo(2 * u, 5))
    expect(Math.max(...one.map(Math.abs))).toBeGreaterThan(0)
    expect(await predict('zero', '0*x')).toSatisfy((all: number[]) => all.every((u) => u === 0))
  })

  test('is left in or told to the branch on request, and divided out when the equation is learned', async () => {
    const errors = new Set<unknown>()
    for (const [i, more] of ['--amplitude none', '--amplitude tell', '--amplitude divide --loss physics'].entries()) {
      const name = `amplitude-${i}`
      const ran = await run('train', 'diffusion', ...plane, ...more.split(' '), '--out', place(name), '--json')
      expect([ran.code, ran.err]).toEqual([0, ''])
      errors.add(lastOf(ran)['relativeL2'])
      const again = lastOf(await run('evaluate', place(name), '--json'))
      expect(again['relativeL2']).toBe(lastOf(ran)['relativeL2'])
    }
    expect(errors.size).toBe(3)
  })

  test('is divided out of the solutions that give a POD basis', async () => {
    const args = [...line, '--network', 'pod-deeponet', '--estimator', 'rfg', '--readout-penalty', '1e-3']
    const ran = await run('train', 'poisson-1d', ...args, '--out', place('pod-amplitude'), '--json')
    expect(ran.code).toBe(0)
    expect(configOf('pod-amplitude')).toMatchObject({ amplitude: 'divide', readoutPenalty: 1e-3 })
  })
})

describe('the loss', () => {
  test.each([
    ['data', 'deeponet', 'eligibility'],
    ['data', 'modified-deeponet', 'rfg'],
    ['physics', 'deeponet', 'rfg'],
    ['physics', 'deeponet', 'beside(eligibility, rfg)'],
    ['hybrid', 'seponet', 'rfg'],
  ])('of %s by %s takes the estimator that fits: %s', async (loss, network, estimator) => {
    const name = `fits-${loss}-${network}`
    const named = estimator.startsWith('beside') ? ['--estimator', estimator, '--force'] : []
    const args = [...line, '--loss', loss, '--network', network, ...named, '--out', place(name), '--json']
    const ran = await run('train', 'poisson-1d', ...args)
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect(configOf(name)).toMatchObject({ loss, network, estimator })
  })

  test('of a run states how many functions it has, and what to expect of a stencil through a spiking trunk', async () => {
    // The folder is taken, so that nothing is trained.
    const taken = place('taken')
    mkdirSync(taken)
    writeFileSync(join(taken, 'notes.txt'), 'mine')
    const args = [...line.filter((a) => a !== '--quiet'), '--loss', 'physics', '--out', taken]
    const spiking = await run('train', 'poisson-1d', ...args, '--spiking', 'branch,trunk')
    expect(spiking.err).toMatch(/data: 12 training, 4 validation and 6 test functions; [1-9]\d* parameters\n/)
    expect(spiking.err).toMatch(/expect a relative L2 near 0\.94.*use --spiking branch/)
    const smooth = await run('train', 'poisson-1d', ...args, '--spiking', 'branch')
    expect(smooth.err).not.toMatch(/0\.94/)
  })

  test.each(['exact', 'surrogate', 'stein', 'stencil'])('physics with %s derivatives', async (derivative) => {
    const spiking = derivative === 'exact' ? 'branch' : 'branch,trunk'
    const args = [...line, '--spiking', spiking, '--loss', 'physics', '--derivative', derivative, '--collocation', '5']
    const ran = await run('train', 'poisson-1d', ...args, '--out', place(derivative), '--json')
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect(configOf(derivative)).toMatchObject({ loss: 'physics', derivative, readoutSolve: null })
  })

  test.each([
    ['', (n: unknown) => Number(n) > 0],
    ['--derivative stencil', (n: unknown) => n === null],
    ['--readout-solve 0', (n: unknown) => n === null],
  ])('physics solves for the readout where that was tuned: %s', async (more, fits) => {
    const args = [...plane, '--loss', 'physics', '--collocation', '3', ...more.split(' ').filter((a) => a !== '')]
    const ran = await run('train', 'reaction-diffusion', ...args, '--out', place(`solves ${more}`), '--json')
    expect([ran.code, ran.err]).toEqual([0, ''])
    const { loss, spiking, readoutSolve } = configOf(`solves ${more}`)
    expect([loss, spiking]).toEqual(['physics', 'branch'])
    expect(readoutSolve).toSatisfy(fits)
  })

  test('hybrid, on a grid of a separable network', async () => {
    const args = [...plane, '--loss', 'hybrid', '--spiking', 'branch', '--collocation', '3']
    const ran = await run('train', 'reaction-diffusion', ...args, '--out', place('hybrid'), '--json')
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect(configOf('hybrid')).toMatchObject({ loss: 'hybrid', derivative: 'exact', collocation: 3 })
  })

  test.each([
    ['--loss physics --derivative exact', /TRUNK_SPIKES/],
    ['--loss physics --derivative none', /requires --loss data/],
    ['--loss physics --derivative surrogate --surrogate boxcar', /SURROGATE_NOT_SMOOTH/],
    ['--loss physics --derivative stein --readout-solve 5', /needs exact derivatives of a learned trunk/],
    ['--amplitude divid', /did you mean "divide"/],
    ['--readout-penalty 0', /penalty/],
    ['--loss physic', /did you mean "physics"/],
    ['--loss physics --derivative stencl', /did you mean "stencil"/],
    ['--spiking brunch', /did you mean "branch"/],
    ['--network seponett', /did you mean "seponet"/],
    ['--network pinn', /pinn does not learn poisson-1d; networks that do: .*deeponet/],
    ['--network mlp', /mlp does not learn poisson-1d/],
    ['--batch 13', /12 training functions/],
    ['--interval 1', /interval is \[1\]; it must be a list of 2 finite numbers/],
    ['--interval 1,-1', /INVALID_OPTION|greater|interval/],
    ['--sizes 1,2', /sizes is .1, 2.; it must be a list of 3 whole numbers/],
    ['--sizes 0,1,1', /from 1 to/],
  ])('%s is refused, and nothing written', async (text, message) => {
    const { code, err } = await run(
      'train',
      'poisson-1d',
      ...line,
      ...text.split(' '),
      '--out',
      place(`refused ${text}`),
    )
    expect(err).toMatch(message)
    expect(code).toBe(2)
    expect(readdirSync(folder)).not.toContain(`refused ${text}`)
  })
})

describe('poisson-pinn', () => {
  const args =
    '--backend reference --hidden 6 --time 4 --collocation 8 --steps 6 --directions 1 --quiet --no-figures'.split(' ')
  test.each([
    ['pinn', '--spiking none', /\d/],
    ['pinn', '', /\d/],
    ['modified-pinn', '--hidden 5,5', /\d/],
    ['separable-pinn', '--rank 2 --loss hybrid', /none: .* a single readout/],
    ['pinn', '--loss data --no-hard', /\d/],
  ] as const)('by %s %s', async (network, more, untrained) => {
    const name = `pinn-${network}-${more}`
    const own = more === '' ? [] : more.split(' ')
    const ran = await run('train', 'poisson-pinn', ...args, '--network', network, ...own, '--out', place(name))
    expect(ran.code).toBe(0)
    expect(ran.out).toMatch(new RegExp(`untrained with a ridge readout +${untrained.source}`))
    const result = lastOf(await run('evaluate', place(name), '--json'))
    expect(result['problem']).toBe('poisson-pinn')
    const summary = JSON.parse(readFileSync(join(place(name), 'summary.json'), 'utf8')) as Record<string, unknown>
    expect(result['baselines']).toMatchObject({ untrained: (summary['baselines'] as { untrained: unknown }).untrained })
    expect(result['relativeL2']).toBeGreaterThan(0)
  })
})

test.each([
  ['--code firstSpike', 'pinn --code firstSpike'],
  ['modified-pinn', 'modified-pinn --spiking branch,trunk'],
  ['--spiking branch', 'pinn --spiking branch'],
])('a network without a spiking block ignores options of spiking layers, and says it: %s', async (what, network) => {
  const args = '--residual --hidden-gain 1 --hidden 5 --loss data --steps 1 --backend reference --quiet --no-figures'
  const out = place(`ignored-${what.replaceAll(' ', '-')}`)
  const ran = await run('train', 'poisson-pinn', '--network', ...network.split(' '), ...args.split(' '), '--out', out)
  expect(ran.err).toBe(
    `note: ${what} has no residual; --residual is ignored\nnote: ${what} has no hidden-gain; --hidden-gain is ignored\n`,
  )
  expect(ran.code).toBe(0)
})

test('the untrained baseline of a loss without the equation fits the values', async () => {
  const args =
    '--backend reference --spiking none --code firstSpike --residual --hidden 30 --loss data --steps 1 --quiet --no-figures'.split(
      ' ',
    )
  const ran = await run('train', 'poisson-pinn', ...args, '--out', place('values'), '--json')
  expect(ran.err).toBe(
    'note: --spiking none has no code; --code is ignored\nnote: --spiking none has no residual; --residual is ignored\n',
  )
  expect([ran.code, lastOf(ran)['relativeL2']]).toEqual([0, expect.any(Number)])
  expect(untrainedOf(ran)).toBeLessThan(0.02)
  expect(lastOf(ran)['relativeL2']).toBeGreaterThan(0.5)
})

describe('compare', () => {
  test('runs operators', async () => {
    const args = line.filter((a, i, all) => ![a, all[i - 1]].includes('--directions'))
    const { code, out } = await run(
      ...['compare', 'poisson-1d', ...args, '--estimators', 'bp,rfg:directions=2', '--keys', '2', '--rates', '1'],
      ...['--readout-solve', '0', '--out', place('compared'), '--json'],
    )
    expect(code).toBe(0)
    type Trial = { readonly relativeL2: number; readonly relativeL2Pooled: number }
    type Row = Record<string, number> & { readonly label: string; readonly trials: readonly [Trial, Trial] }
    const { rows } = lastOf({ code, err: '', out }) as { rows: Row[] }
    expect(rows.map((r) => r['label'])).toEqual(['bp', 'rfg:directions=2'])
    const table = readFileSync(join(place('compared'), 'table.md'), 'utf8')
    const head = 'relativeL2 (mean per function), test | relativeL2Pooled (all functions together), test'
    expect(table).toContain(`| ${head} | relativeL2 ÷ bp, paired (95 % interval) | untrained ridge (relativeL2) |`)
    for (const { label, trials, mean, spread, meanPooled, spreadPooled } of rows) {
      const [a, b] = trials
      expect(mean).toBeCloseTo((a.relativeL2 + b.relativeL2) / 2, 10)
      expect(meanPooled).toBeCloseTo((a.relativeL2Pooled + b.relativeL2Pooled) / 2, 10)
      expect(spreadPooled).toBeCloseTo(Math.abs(a.relativeL2Pooled - b.relativeL2Pooled) / Math.SQRT2, 10)
      expect(meanPooled).not.toBe(mean)
      const cells = [mean, spread, meanPooled, spreadPooled].map((v) => v?.toFixed(4) ?? 'nothing')
      expect(table).toMatch(
        new RegExp(`\\| ${label} \\| [^|]+ \\| ${cells[0]} ± ${cells[1]} \\| ${cells[2]} ± ${cells[3]} \\|`),
      )
    }
  })
})
