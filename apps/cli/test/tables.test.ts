/** The user's own tables of points, and functions with sensors and points of their own. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { encodeNpy } from '@spikeward/problems/node'
import { runCli } from '../src/program.js'
import { run } from './fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-tables-'))
const place = (name: string): string => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a table of points', () => {
  const table = (rows: number, name = 'table.csv'): string => {
    const lines = Array.from({ length: rows }, (_, i) => {
      const [a, b] = [(i * 0.618) % 1, (i * 0.414) % 1]
      return [a, b, Math.sin(3 * a) + b, a * b, i % 10 < 7 ? 0 : i % 10 < 8 ? 1 : 2].join(',')
    })
    writeFileSync(place(name), ['a,b,y,z,set', ...lines].join('\n'))
    return place(name)
  }
  const tiny = '--backend reference --hidden 6 --time 4 --steps 4 --no-figures --quiet --json'.split(' ')

  test('may be moved while a run trains: the run ends with a summary, and figures with the names of its columns', async () => {
    const path = table(60, 'moved.csv')
    let err = ''
    const args = ['train', '--data', path, '--inputs', 'a:b', '--outputs', 'y', '--out', place('moved')]
    const code = await runCli([...args, ...tiny.filter((flag) => flag !== '--no-figures')], {
      out: () => undefined,
      err: (text) => (err += text),
      errIsTerminal: false,
      // Called when the training begins.
      onInterrupt: () => {
        rmSync(path)
        return () => undefined
      },
    })
    expect([code, err]).toEqual([0, ''])
    expect(existsSync(path)).toBe(false)
    const { figures } = JSON.parse(readFileSync(join(place('moved'), 'summary.json'), 'utf8')) as { figures: string[] }
    expect(figures.length).toBeGreaterThan(0)
  })

  test('is trained without a word about a trial if the estimator is given, since nothing is left to compare', async () => {
    const args = ['--data', table(60, 'given.csv'), '--inputs', 'a:b', '--outputs', 'y', '--estimator', 'rfg']
    const loud = tiny.filter((flag) => flag !== '--quiet')
    const ran = await run('train', ...args, '--out', place('given'), ...loud)
    expect(ran.code).toBe(0)
    expect(ran.err).not.toMatch(/trial|chosen/)
  })

  test.each([
    ['6', 3, false],
    ['6,6', 4, true],
  ])('has rateBackpropagation tried on several hidden layers: %s', async (hidden, count, deep) => {
    const args = ['--data', table(60, `deep-${hidden}.csv`), '--inputs', 'a:b', '--outputs', 'y', '--hidden', hidden]
    const loud = tiny.filter((flag) => flag !== '--quiet' && flag !== '--hidden' && flag !== '6')
    const ran = await run('train', ...args, '--out', place(`deep-${hidden}`), ...loud)
    expect(ran.code).toBe(0)
    const kinds = `${count} of estimators, 4 steps each; 1 of neurons; ${count - 1} of further estimators of these`
    expect(ran.err).toContain(`${2 * count} candidates (${kinds})`)
    expect(ran.err).toMatch(/neuron, after steps: +lif \S+, variable\(\S+\) \d/)
    expect(ran.err).toMatch(/estimator, that neuron: +\w+ \d/)
    // The least of all errors is chosen, with its neuron.
    const errors = [...ran.err.matchAll(/^ +\d+\/\d+ {2}(\w+) (\S+) {2}(\S+) /gm)].map(([, , , error]) => Number(error))
    const least = errors.indexOf(Math.min(...errors))
    expect(ran.err).toMatch(least < count ? /chosen: .* --neuron 'lif'/ : /chosen: .* --neuron 'variable\(/)
    expect(ran.err).toMatch(/for comparison: +dense network by bp \S+ \(4 of 4\), kernel ridge \d\S+\n/)
    // A short run is tried whole: all estimators and the dense network take equally many steps, whether or not they
    // solve the readout.
    const steps = [...ran.err.matchAll(/\((\d+ of \d+)\)/g)].map(([, found]) => found)
    expect(steps).toEqual(new Array(count + 1).fill('4 of 4'))
    expect(ran.err).toContain('fewer than 100 steps say little about a longer run')
    const layers = ran.err.match(/estimator rateBackpropagation {2}\d/)
    expect(layers !== null).toBe(deep)
  })

  test('has settings chosen within the seconds that the training may take', async () => {
    const args = ['--data', table(60, 'short.csv'), '--inputs', 'a:b', '--outputs', 'y', '--seconds', '0.3']
    const unplanned = tiny.filter((flag, i) => !['--quiet', '--steps'].includes(flag) && tiny[i - 1] !== '--steps')
    const ran = await run('train', ...args, '--out', place('short'), ...unplanned)
    expect(ran.code, ran.err).toBe(0)
    expect(ran.err).toMatch(/6 candidates \(.*\), at most 0\.050 s each\n/)
    const [, steps] = /eligibility \S+ \((\d+) of 20000\)/.exec(ran.err)!
    expect(Number(steps)).toBeLessThan(5000)
    expect(ran.err).toMatch(/chosen: --estimator \w+/)
  })

  test('is learned by mlp without a problem or a network named, measured, and predicted', async () => {
    const path = table(60)
    const ran = await run(
      'train',
      '--data',
      path,
      '--inputs',
      'a:b',
      '--outputs',
      'y',
      '--out',
      place('table'),
      ...tiny,
    )
    expect([ran.code, ran.err]).toEqual([0, ''])
    const result = JSON.parse(ran.out) as Record<string, unknown>
    expect(result['problem']).toBe('table')
    // Of 6 neurons: two weights and a bias each, and a readout with a bias.
    const { parameters } = JSON.parse(readFileSync(join(place('table'), 'summary.json'), 'utf8')) as {
      parameters: number
    }
    expect([result['parameters'], parameters]).toEqual([25, 25])
    expect(result['baselines']).toMatchObject({ untrained: expect.any(Number) as number })
    const again = JSON.parse((await run('evaluate', place('table'), '--json')).out) as Record<string, unknown>
    expect(again['relativeL2']).toBe(result['relativeL2'])
    // Other rows, by the columns that the run learned from.
    const other = await run('evaluate', place('table'), '--data', table(30, 'other.csv'))
    expect(other.out).toMatch(/relative L2 on the points of .*other.csv +\d/)
    writeFileSync(place('points.csv'), '0.1,0.2\n0.3,0.4\n')
    const predicted = await run(
      'predict',
      place('table'),
      '--data',
      place('points.csv'),
      '--out',
      place('predicted.csv'),
    )
    expect(predicted.out).toContain('2 points')
    expect(predicted.err).toMatch(/points.csv has no columns a, b; its columns are taken in their order/)
    const values = (name: string): number[] =>
      readFileSync(place(name), 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => Number(line.split(',').at(-1)))

    // Columns are found by their names, in any order and among others.
    writeFileSync(place('swapped.csv'), 'b,extra,a\n0.2,9,0.1\n0.4,9,0.3\n')
    const ask = (name: string, ...more: readonly string[]) =>
      run('predict', place('table'), '--data', place(name), '--out', place('swapped-out.csv'), ...more)
    const swapped = await ask('swapped.csv', '--json')
    expect([swapped.code, swapped.err]).toEqual([0, ''])
    // No row is outside the range of the table.
    expect(JSON.parse(swapped.out)).toMatchObject({ outside: 0 })
    expect(values('swapped-out.csv')).toEqual(values('predicted.csv'))
    expect(readFileSync(place('swapped-out.csv'), 'utf8').split('\n')[0]).toBe('a,b,y')
    writeFileSync(place('short.csv'), 'b,c\n0.2,9\n')
    const short = await ask('short.csv', '--force')
    expect([short.code, short.err]).toEqual([2, expect.stringContaining('has no column a; the run learned from a, b')])
  })

  test('is an array of NumPy, by numbers of its columns, or arrays of which one has a single column', async () => {
    const matrix = (columns: number, of: (i: number) => number): Uint8Array =>
      encodeNpy({ shape: [40, columns], data: Float64Array.from({ length: 40 * columns }, (_, i) => of(i)) })
    writeFileSync(
      place('all.npy'),
      matrix(3, (i) => Math.sin(i * 0.7)),
    )
    writeFileSync(
      place('x.npy'),
      matrix(2, (i) => Math.sin(i)),
    )
    writeFileSync(
      place('y.npy'),
      matrix(1, (i) => Math.cos(i)),
    )
    for (const [data, inputs, outputs] of [
      ['all.npy', '1:2', '3'],
      ['y.npy', 'x.npy#x', 'y'],
    ] as const) {
      const flags = ['--data', place(data), '--inputs', inputs, '--outputs', outputs, '--out', place(`of-${data}`)]
      const ran = await run('train', ...flags, ...tiny)
      expect([ran.code, ran.err]).toEqual([0, ''])
      expect(JSON.parse(ran.out)).toMatchObject({ problem: 'table' })
    }
  })

  test('has several outputs, and a column that splits it', async () => {
    const args = ['--inputs', 'b, a', '--outputs', 'y,z', '--split', 'set', '--no-trial', '--out', place('two-outputs')]
    const ran = await run('train', '--data', table(60), ...args, ...tiny)
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect(JSON.parse(readFileSync(join(place('two-outputs'), 'config.json'), 'utf8'))).toMatchObject({ split: 'set' })
  })

  test('holds no row back if both shares are 0, and prints a note', async () => {
    const flags = ['--inputs', 'a:b', '--outputs', 'y', '--split', '0,0', '--no-trial', '--out', place('all-rows')]
    const ran = await run('train', '--data', table(12), ...flags, ...tiny.filter((flag) => flag !== '--quiet'))
    expect(ran.code, ran.err).toBe(0)
    expect(ran.err.match(/note: --split 0,0 holds no row back/g)).toHaveLength(1)
    const again = await run('evaluate', place('all-rows'), '--json')
    expect(again.code, again.err).toBe(0)
    expect(JSON.parse(again.out)).toMatchObject({
      relativeL2: (JSON.parse(ran.out) as { relativeL2: number }).relativeL2,
    })
  })

  test('is refused if its split or its columns are impossible', async () => {
    const of = (...more: string[]) =>
      run('train', '--data', table(60), '--inputs', 'a:b', '--outputs', 'y', '--out', place('none'), ...more, ...tiny)
    expect((await of('--split', '0.5,0.6')).err).toMatch(/two fractions.*\[CLI_BAD_VALUE\]/)
    expect((await of('--split', 'y')).err).toMatch(
      /0 for training, 1 for validation and 2 for test.*\[INVALID_OPTION\]/,
    )
    expect((await of('--split', '0,0.2')).err).toMatch(/no row is left for validation.*\[CLI_BAD_VALUE\]/)
    const missing = await run('train', 'table', '--data', table(60), '--out', place('none'), ...tiny)
    expect(missing.err).toMatch(/--data needs --inputs and --outputs.*a \[60\], b \[60\]/)
    expect(existsSync(place('none'))).toBe(false)
  })

  test('says how a file without a named problem is read, and how to read it otherwise', async () => {
    const columns = ['--outputs', 'b:y', '--out', place('read'), ...tiny.filter((a) => a !== '--quiet'), '--no-trial']
    const functions = await run('train', '--data', table(20, 'read.csv'), '--inputs', 'a:b', ...columns)
    expect(functions.err).toMatch(
      /^(note: .*\n)?read as functions: each row of --inputs is an input function.*write `train table --data …`\n/,
    )
    const named = await run('train', 'table', '--data', table(20, 'read.csv'), '--inputs', 'a:b', ...columns, '--force')
    expect([named.code, named.err]).toEqual([0, expect.not.stringContaining('read as')])
    const points = await run('train', '--data', table(20, 'read.csv'), '--inputs', 'a,b', ...columns, '--force')
    expect([points.code, points.err]).toEqual([
      0,
      expect.stringMatching(/^read as a table: .*write `train own --data …`\n/),
    ])
  })

  test('refuses an array that the file lacks without a word on how it is read, but not arrays that do not fit', async () => {
    const told = async (...names: readonly string[]): Promise<string> => {
      const args = ['--out', place('unread'), ...tiny.filter((a) => a !== '--quiet')]
      const { code, err } = await run('train', '--data', table(20, 'unread.csv'), ...names, ...args)
      expect(code).toBe(2)
      return err
    }
    for (const inputs of ['a,b', 'a:b'])
      expect(await told('--inputs', inputs, '--outputs', 'yy')).toMatch(/^[^\n]*"?yy"?[^\n]*\[DATA_NAME_UNKNOWN\]\n$/)
    expect(await told('--inputs', 'a:b', '--outputs', 'b:y', '--coords', 'set')).toMatch(
      /^read as functions: .*\n[^\n]*\[DATA_SHAPE\]\n$/,
    )
  })
})

const small =
  '--backend reference --branch 6 --trunk 5 --features 3 --time 4 --batch 4 --directions 1 --steps 4 --quiet --no-figures'.split(
    ' ',
  )

test('functions may have sensors and points of its own for every function', async () => {
  const rows = (n: number): number[][] =>
    Array.from({ length: 12 }, (_, i) => Array.from({ length: n }, (_, k) => (k / (n - 1)) ** (1 + i / 12)))
  const save = (name: string, values: number[][]): void =>
    writeFileSync(
      place(`${name}.npy`),
      encodeNpy({ shape: [12, values[0]!.length], data: Float64Array.from(values.flat()) }),
    )
  save('own-s', rows(9))
  save(
    'own-f',
    rows(9).map((row, i) => row.map((x) => Math.sin(i + x))),
  )
  save('own-y', rows(7))
  save(
    'own-u',
    rows(7).map((row, i) => row.map((x) => Math.cos(i + x))),
  )
  const names = ['--inputs', 'own-f@own-s.npy#own-s:8', '--outputs', 'own-u.npy#own-u@own-y.npy#own-y']
  const args = ['--data', place('own-f.npy'), ...names, '--no-trial', '--out', place('unaligned'), '--json']
  const { code, err } = await run('train', ...args, ...small)
  expect([code, err]).toEqual([0, ''])

  // Further functions are put on the sensors of the training.
  const asked = ['--data', place('own-f.npy'), ...names.slice(0, 2), '--out', place('own-answers.npy')]
  const predicted = await run('predict', place('unaligned'), ...asked)
  expect([predicted.code, predicted.err]).toEqual([0, ''])
  expect(predicted.out).toContain('12 functions')
  const measured = await run('evaluate', place('unaligned'), '--data', place('own-f.npy'), ...names, '--json')
  expect([measured.code, measured.err]).toEqual([0, expect.stringContaining('was trained on this file')])
  // Sensors that do not reach as far as those of the training are refused.
  save(
    'short-s',
    rows(9).map((row) => row.map((x) => x / 2)),
  )
  const other = ['--data', place('own-f.npy'), '--inputs', 'own-f@short-s.npy#short-s', '--out', place('short.npy')]
  const short = await run('predict', place('unaligned'), ...other)
  expect([short.code, short.err]).toEqual([2, expect.stringMatching(/cover \[0, 1\].*covers \[0, 0\.5\].*DATA_SHAPE/)])

  const common = ['--inputs', 'own-f', '--outputs', 'own-u.npy#own-u', '--coords', 'own-y.npy#own-y']
  const hinted = await run('train', '--data', place('own-f.npy'), ...common, '--out', place('hinted'), ...small)
  expect(hinted.err).toMatch(/points of its own, name them with the outputs: own-u\.npy#own-u@own-y\.npy#own-y/)
})
