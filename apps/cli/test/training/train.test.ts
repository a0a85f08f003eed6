import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { problemDefaults } from '@spikeward/experiment/tuned'
import { beforeAll, describe, expect, test } from 'vitest'
import { decodePng, survey } from '../decodePng.js'
import { type Ran, drawn, run, tiny } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-cli-'))
const place = (name: string): string => join(folder, name)

/** The fields of the contract, and no others. */
const fields = {
  run: expect.any(String) as string,
  problem: 'mexican-hat',
  estimator: 'rfg',
  backend: 'reference',
  relativeL2: expect.any(Number) as number,
  relativeL2Pooled: expect.any(Number) as number,
  steps: 12,
  seconds: expect.any(Number) as number,
  forwardEquivalents: 24,
  peakBytes: expect.any(Number) as number,
  // 6 neurons of two inputs, each with a bias, and a readout with a bias.
  parameters: 25,
}

type Printed = Record<string, unknown> & { readonly baselines: { readonly untrained: number } }

describe('train --json', () => {
  let ran: Ran
  beforeAll(async () => {
    ran = await run('train', 'mexican-hat', ...drawn(tiny), '--out', place('hat'), '--json')
  })

  test('prints one JSON object with the fields of the contract and nothing else', () => {
    expect(ran.code).toBe(0)
    expect(ran.out.trimEnd().split('\n')).toHaveLength(1)
    expect(ran.out.endsWith('\n')).toBe(true)
    const result = JSON.parse(ran.out) as Printed
    const baselines = {
      untrained: expect.any(Number) as number,
      linear: null,
      kernel: null,
      dense: null,
      randomSign: null,
    }
    const baselineFacts = { linear: null, kernel: null, dense: null, randomSign: null }
    expect(result).toEqual({ ...fields, baselines, baselineFacts })
    expect(result['relativeL2']).toBeGreaterThan(0)
    expect(result.baselines.untrained).toBeLessThan(1)
    expect(result['peakBytes']).toBeGreaterThan(0)
  })

  test('leaves config, metrics, checkpoint, summary and figures', () => {
    const files = readdirSync(place('hat')).filter((name) => !name.startsWith('.'))
    expect(files.sort()).toEqual([
      'checkpoint.safetensors',
      'config.json',
      'loss.png',
      'loss.svg',
      'metrics.jsonl',
      'result.png',
      'result.svg',
      'summary.json',
    ])
    const summary = JSON.parse(readFileSync(join(place('hat'), 'summary.json'), 'utf8')) as object
    expect(summary).toMatchObject(JSON.parse(ran.out) as object)
  })

  test('evaluate gives the same error from the checkpoint', async () => {
    const again = await run('evaluate', place('hat'), '--json')
    expect(again.code).toBe(0)
    const { relativeL2, baselines } = JSON.parse(ran.out) as Printed
    const { untrained } = baselines
    expect(JSON.parse(again.out)).toMatchObject({ ...fields, relativeL2, baselines: { untrained } })
  })

  test('the same key gives the same result, another key another', async () => {
    const again = await run('train', 'mexican-hat', ...tiny, '--out', place('again'), '--json')
    const other = await run('train', 'mexican-hat', ...tiny, '--out', place('other'), '--key', '1', '--json')
    const error = ({ out }: Ran): number => (JSON.parse(out) as { relativeL2: number }).relativeL2
    expect(error(again)).toBe(error(ran))
    expect(error(other)).not.toBe(error(ran))
  })

  test('--force leaves a run alone that holds files of its user', async () => {
    const mine = join(place('other'), 'notes.txt')
    writeFileSync(mine, 'mine')
    const refused = await run('train', 'mexican-hat', ...tiny, '--out', place('other'), '--force', '--json')
    expect(refused.code).toBe(2)
    expect(refused.err).toMatch(/notes\.txt/)
    expect(existsSync(mine)).toBe(true)
    rmSync(mine)
  })

  test('--force replaces a run', async () => {
    const again = await run('train', 'mexican-hat', ...tiny, '--out', place('other'), '--force', '--json')
    expect(again.code).toBe(0)
    expect(JSON.parse(again.out)).toMatchObject(fields)
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([])
  })
})

describe('figures', () => {
  test('of two inputs show three maps in colour and a loss curve', () => {
    const maps = decodePng(readFileSync(join(place('hat'), 'result.png')))
    expect(maps.width).toBeGreaterThan(2 * maps.height)
    // A third of the picture is maps, in the colours of two schemes.
    expect(survey(maps).colours).toBeGreaterThan(200)
    expect(survey(maps).inked).toBeGreaterThan(0.3)
    const svg = readFileSync(join(place('hat'), 'result.svg'), 'utf8')
    expect(svg).toContain('<svg')
    for (const title of ['>target<', '>prediction<', '>prediction − target<']) expect(svg).toContain(title)
    expect(survey(decodePng(readFileSync(join(place('hat'), 'loss.png')))).inked).toBeGreaterThan(0.002)
  })

  test('evaluate --figure draws the evaluation and the spikes at a point', async () => {
    const { code, out } = await run('evaluate', place('hat'), '--figure', 'result,spikes', '--sample', '0')
    expect(code).toBe(0)
    expect(out).toMatch(/figures +evaluation\.svg, evaluation\.png, spikes\.svg, spikes\.png/)
    const svg = readFileSync(join(place('hat'), 'spikes.svg'), 'utf8')
    expect(svg).toMatch(/mexican-hat, neurons at test point 0</)
    expect(svg).toMatch(/layer 1: mean rate 0\.\d+, \d of 6 neurons silent/)
    expect(svg).toContain('>membrane<')
    expect(survey(decodePng(readFileSync(join(place('hat'), 'evaluation.png')))).inked).toBeGreaterThan(0.3)
    const beyond = await run('evaluate', place('hat'), '--figure', 'spikes', '--sample', '1000000')
    expect(beyond.code).toBe(2)
    expect(beyond.err).toMatch(/--sample 1000000: give a number from 0 to \d+/)
    expect((await run('evaluate', place('hat'), '--figure', 'errors')).code).toBe(2)
  })

  test('evaluate --figure draws for a paper', async () => {
    const paper = ['--title', 'A hat', '--units', 'x1=mm', '--style', 'paper(font=sans,size=9,width=300)', '--pdf']
    const { code, out } = await run('evaluate', place('hat'), '--figure', 'result,loss', ...paper)
    expect(code).toBe(0)
    expect(out).toContain('evaluation.pdf, evaluation-loss.svg, evaluation-loss.png, evaluation-loss.pdf')
    const svg = readFileSync(join(place('hat'), 'evaluation.svg'), 'utf8')
    for (const part of ['width="300.00pt"', '>A hat<', '>x1 (mm)<']) expect(svg).toContain(part)
    expect(
      readFileSync(join(place('hat'), 'evaluation.pdf'))
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-')
    const wrong = await run('evaluate', place('hat'), '--figure', '--units', 'z=m')
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('--units z: the figures of this run show x1')])
    for (const style of ['paper(size=0)', 'paper(font=gothic)', 'screen', 'paper(height=3)'])
      expect((await run('evaluate', place('hat'), '--figure', '--style', style)).code).toBe(2)
  })

  test('of one input show curves', async () => {
    const { code, out } = await run('train', 'parabola', ...drawn(tiny), '--out', place('line'))
    expect(code).toBe(0)
    expect(out).toMatch(/relative L2 on the test points +\d\.\d{4}\n +untrained with a ridge readout +\d\.\d{4}\n/)
    expect(out).toContain(place('line'))
    const { colours, inked } = survey(decodePng(readFileSync(join(place('line'), 'result.png'))))
    expect(colours).toBeGreaterThan(20)
    expect(inked).toBeGreaterThan(0.005)
  })
})

describe('settings', () => {
  const configOf = (name: string): Record<string, unknown> =>
    JSON.parse(readFileSync(join(place(name), 'config.json'), 'utf8')) as Record<string, unknown>

  test('are recorded, the defaults as well', () => {
    expect(configOf('hat')).toMatchObject({
      problem: 'mexican-hat',
      hidden: [6],
      time: 4,
      key: 0,
      surrogate: 'atan',
      estimatorOptions: { directions: 1 },
      neuronOptions: { beta: 1, reset: 'subtract' },
    })
  })

  test('that the estimator does not have are left out, with a note', async () => {
    const { code, err } = await run('train', 'parabola', ...tiny, '--estimator', 'bp', '--out', place('bp'))
    expect(code).toBe(0)
    expect(err).toContain('bp has no directions')
    expect(configOf('bp')).toMatchObject({ estimator: 'bp', estimatorOptions: {} })
  })

  test('reach the network: every neuron and surrogate trains', async () => {
    for (const [neuron, surrogate] of [
      ['if', 'triangular'],
      ['synaptic', 'gaussian'],
      ['quadratic', 'sigmoid'],
    ] as const) {
      const name = `${neuron}-${surrogate}`
      const { code, err } = await run(
        'train',
        'parabola',
        ...tiny,
        '--neuron',
        neuron,
        '--surrogate',
        surrogate,
        '--out',
        place(name),
      )
      expect(err).toBe('')
      expect(code).toBe(0)
    }
  })

  test('--seconds plans the steps', async () => {
    const args = tiny.filter((a, i) => a !== '--steps' && tiny[i - 1] !== '--steps')
    const { code, out } = await run('train', 'parabola', ...args, '--seconds', '0.5', '--out', place('timed'), '--json')
    expect(code).toBe(0)
    const { steps } = JSON.parse(out) as { steps: number }
    // On a busy machine half a second may be over after one step.
    expect(steps).toBeGreaterThan(0)
    expect(steps).not.toBe(problemDefaults['parabola']?.byEstimator['rfg']?.steps)
    expect(configOf('timed')).toMatchObject({ seconds: 0.5, steps })
  })

  test('--readout-solve solves the readout and resumes with it', async () => {
    const plain = await run('train', 'parabola', ...tiny, '--out', place('plain'), '--json')
    const solved = await run('train', 'parabola', ...tiny, '--readout-solve', '4', '--out', place('solved'), '--json')
    const error = ({ out }: Ran): number => (JSON.parse(out) as { relativeL2: number }).relativeL2
    expect(error(solved)).toBeLessThan(error(plain))
    expect(configOf('solved')).toMatchObject({ readoutSolve: 4 })
  })
})

describe('a third-party package', () => {
  test('gives an estimator by package#name', async () => {
    const home = join(folder, 'node_modules', 'my-estimators')
    mkdirSync(home, { recursive: true })
    writeFileSync(
      join(home, 'package.json'),
      JSON.stringify({ name: 'my-estimators', type: 'module', exports: { '.': { import: './index.js' } } }),
    )
    writeFileSync(
      join(home, 'index.js'),
      `export const shrink = (options) => ({
        name: 'shrink', needs: 'evaluate', unbiased: false, init: () => ({}),
        estimate: (loss, params, state) => {
          const value = loss(params)
          return { value, grad: params, state, stats: { forwardEquivalents: value } }
        },
      })
      export const nothing = () => ({})\n`,
    )
    const before = process.cwd()
    process.chdir(folder)
    try {
      const ran = await run(
        'train',
        'parabola',
        ...tiny,
        '--estimator',
        'my-estimators#shrink',
        '--out',
        place('own'),
        '--json',
      )
      expect(ran.err).toBe('')
      expect(JSON.parse(ran.out)).toMatchObject({ estimator: 'my-estimators#shrink', steps: 12 })
      const wrong = await run('train', 'parabola', ...tiny, '--estimator', 'my-estimators#shrnk', '--out', place('no'))
      expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('did you mean "shrink"')])
      const empty = await run(
        'train',
        'parabola',
        ...tiny,
        '--estimator',
        'my-estimators#nothing',
        '--out',
        place('no'),
      )
      expect([empty.code, empty.err]).toEqual([2, expect.stringContaining('returns no estimator')])
    } finally {
      process.chdir(before)
    }
  })
})
