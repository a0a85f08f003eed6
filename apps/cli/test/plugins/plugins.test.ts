/** Violations of a contract by a third-party package, and the messages of the command. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callFactory, referenceOf, withinSeconds } from '@spikeward/experiment'
import { run, tiny } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-plugins-'))
const before = process.cwd()
const core = fileURLToPath(new URL('../../../../packages/core/dist/index.js', import.meta.url))

const estimator = `{ name: 'mine', needs: 'evaluate', unbiased: false, init: () => ({}),
  estimate: (loss, params, state) => ({ value: loss(params), grad: params, state, stats: { forwardEquivalents: loss(params) } }) }`
const neuron = `{ name: 'mine', init: () => ({}), rest: () => ({}), step: (p, state, x, spike) => ({ state, output: spike(x) }) }`
const surrogate = `{ name: 'mine', smoothness: 0, support: 'full', slope: (u) => u }`
const estimates = (result: string): string =>
  `() => ({ ...${estimator}, estimate: (loss, params, state) => { const value = loss(params); const stats = { forwardEquivalents: value }; return ${result} } })`

/** Exports of the package: the arguments that ask for each, and the expected message, null if the export is valid. */
const exported: Readonly<Record<string, readonly [source: string, option: string, message: RegExp | null]>> = {
  good: [`() => (${estimator})`, '--estimator', null],
  waits: [`async () => (${estimator})`, '--estimator', null],
  throws: [`() => { throw new Error('no luck') }`, '--estimator', /the factory throws "no luck"/],
  rejects: [`async () => { throw new Error('no luck') }`, '--estimator', /the factory throws "no luck"/],
  throwsText: [`() => { throw 'no luck' }`, '--estimator', /the factory throws "no luck"/],
  classy: [`class Mine {}`, '--estimator', /it is a class/],
  empty: [`() => ({})`, '--estimator', /returns no estimator: its result lacks init, estimate/],
  nothing: [`() => undefined`, '--estimator', /returns undefined instead of the estimator/],
  nameless: [`() => ({ ...${estimator}, name: undefined })`, '--estimator', /its result lacks name/],
  initThrows: [
    `() => ({ ...${estimator}, init: () => { throw new Error('no luck') } })`,
    '--estimator',
    /init throws "no luck"/,
  ],
  initRejects: [
    `() => ({ ...${estimator}, init: async () => { throw new Error('no luck') } })`,
    '--estimator',
    /init returns a promise, but it must return its result synchronously/,
  ],
  initNeverSettles: [
    `() => ({ ...${estimator}, init: () => new Promise(() => {}) })`,
    '--estimator',
    /init returns a promise/,
  ],
  estimateNeverSettles: [
    `() => ({ ...${estimator}, estimate: () => new Promise(() => {}) })`,
    '--estimator',
    /estimate returns a promise/,
  ],
  estimateThenable: [
    `() => ({ ...${estimator}, estimate: () => ({ then: (_, reject) => reject(new Error('no luck')) }) })`,
    '--estimator',
    /estimate returns a promise/,
  ],
  initNumber: [
    `() => ({ ...${estimator}, init: () => ({ count: 3 }) })`,
    '--estimator',
    /the result of init is not a tree of tensors: .count is number/,
  ],
  estimateThrows: [
    `() => ({ ...${estimator}, estimate: () => { throw new TypeError('no luck') } })`,
    '--estimator',
    /estimate throws "no luck"/,
  ],
  estimateRejects: [
    `() => ({ ...${estimator}, estimate: async () => { throw new Error('no luck') } })`,
    '--estimator',
    /estimate returns a promise/,
  ],
  estimateNothing: [estimates('undefined'), '--estimator', /value of estimate is no tensor of one number/],
  noStats: [
    estimates('{ value, grad: params, state }'),
    '--estimator',
    /stats.forwardEquivalents of estimate is no tensor of one number/,
  ],
  noCost: [
    estimates('{ value, grad: params, state, stats: {} }'),
    '--estimator',
    /stats.forwardEquivalents of estimate is no tensor of one number/,
  ],
  numericValue: [
    estimates('{ value: 1, grad: params, state, stats }'),
    '--estimator',
    /value of estimate is no tensor of one number/,
  ],
  wrongGrad: [
    estimates('{ value, grad: { other: value }, state, stats }'),
    '--estimator',
    /grad of estimate is .*other.*, and .*readout.* is needed/,
  ],
  wrongState: [
    estimates('{ value, grad: params, state: { more: value }, stats }'),
    '--estimator',
    /state of estimate is .*more.*, and .* is needed/,
  ],
  goodNeuron: [`() => (${neuron})`, '--neuron', null],
  waitingNeuron: [`async () => (${neuron})`, '--neuron', null],
  neuronInitRejects: [
    `() => ({ ...${neuron}, init: async () => { throw new Error('no luck') } })`,
    '--neuron',
    /init returns a promise/,
  ],
  neuronRestNeverSettles: [
    `() => ({ ...${neuron}, rest: () => new Promise(() => {}) })`,
    '--neuron',
    /rest returns a promise/,
  ],
  optimizerInitRejects: [
    `() => ({ name: 'mine', init: async () => { throw new Error('no luck') }, update: (grad, state) => ({ updates: grad, state }) })`,
    '--optimizer',
    /init returns a promise/,
  ],
  rejectingNeuron: [
    `async () => { throw new Error('no luck') }`,
    '--neuron',
    /the neuron .* the factory throws "no luck"/,
  ],
  restless: [
    `() => ({ ...${neuron}, rest: () => { throw new Error('no luck') } })`,
    '--neuron',
    /rest throws "no luck"/,
  ],
  stepless: [`() => ({ ...${neuron}, step: () => 3 })`, '--neuron', /state of step is not a tree of tensors/],
  scalarOutput: [
    `() => ({ ...${neuron}, step: (p, state) => ({ state, output: 1 }) })`,
    '--neuron',
    /output of step is not a tree of tensors/,
  ],
  thrownNothing: [`() => { throw undefined }`, '--estimator', /the factory throws "undefined"/],
  goodSurrogate: [`() => (${surrogate})`, '--surrogate', null],
  slopeThrows: [
    `() => ({ ...${surrogate}, slope: () => { throw new Error('no luck') } })`,
    '--surrogate',
    /slope throws "no luck"/,
  ],
  rejectingBackend: [
    `async () => { throw new Error('no luck') }`,
    '--backend',
    /the backend .* the factory throws "no luck"/,
  ],
  noBackend: [`() => ({ name: 'mine' })`, '--backend', /returns no backend: its result lacks compile, allocate, stats/],
}

const install = (name: string, source: string): void => {
  const home = join(folder, 'node_modules', name)
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }))
  writeFileSync(join(home, 'index.js'), source)
}

beforeAll(() => {
  install(
    'theirs',
    Object.entries(exported)
      .map(([name, [source]]) => `export const ${name} = ${source}\n`)
      .join(''),
  )
  install('failing', `throw new Error('out of order')\n`)
  install('lacking', `import 'a-package-that-is-not-there'\nexport const x = () => ({})\n`)
  writeFileSync(join(folder, 'record.mjs'), `export const record = {}\n`)
  writeFileSync(
    join(folder, 'mine.ts'),
    `import type { Estimator } from '${core}'\nexport const mine = (): Estimator => (${estimator})\n`,
  )
  process.chdir(folder)
})
afterAll(() => process.chdir(before))

let runs = 0
const trainWith = async (option: string, value: string) => {
  const out = join(folder, `run${++runs}`)
  const args = option === '--backend' ? tiny.filter((a) => a !== '--backend' && a !== 'reference') : tiny
  return { ...(await run('train', 'parabola', ...args, option, value, '--out', out)), out }
}

describe('a third-party package', () => {
  test.each(Object.entries(exported).map(([name, [, option, message]]) => [name, option, message] as const))(
    '%s',
    async (name, option, message) => {
      const { code, err, out } = await trainWith(option, `theirs#${name}`)
      if (message === null) {
        expect([code, err]).toEqual([0, ''])
        return
      }
      expect(err).toMatch(message)
      expect(err).toMatch(new RegExp(`theirs#${name}: `))
      expect(err).toContain('correct it in the package theirs')
      expect(err).not.toMatch(/\n +at |install/)
      expect(code).toBe(2)
      expect(existsSync(out)).toBe(false)
    },
  )

  test('whose factory never resolves is abandoned', async () => {
    const plugin = referenceOf('estimator', 'theirs#endless')
    const never = (): Promise<never> => new Promise(() => {})
    await expect(callFactory(plugin, never, {}, 0.01)).rejects.toThrow(
      /the estimator theirs#endless: the factory returns a promise that was not settled after 0.01 s.*theirs.*\[CLI_PLUGIN\]/,
    )
    expect(await callFactory(plugin, async () => 7, {}, 60)).toBe(7)
    const late = (): Error => new Error('late')
    await expect(withinSeconds(never(), late, 0.01)).rejects.toThrow('late')
    await expect(withinSeconds(Promise.reject(new Error('no luck')), late, 60)).rejects.toThrow('no luck')
  })

  test('inside a combinator is checked too', async () => {
    const { code, err } = await trainWith('--estimator', 'normalise(theirs#noStats)')
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/theirs#noStats: stats.forwardEquivalents of estimate is no tensor/),
    ])
  })

  test.each([
    ['absent#x', /it is not installed; install absent in this folder/],
    ['./absent.js#x', /the file .* does not exist: \.\/absent\.js/],
    ['failing#x', /failing, which contains the estimator "failing#x", fails to load: out of order/],
    [
      'lacking#x',
      /lacking, which holds .* imports something that is not installed in its folder: .*a-package-that-is-not-there/,
    ],
    ['theirs#goood', /did you mean "good"/],
    ['./record.mjs#record', /"record" of \.\/record\.mjs is of type object.*export \(\) => record/],
    ['./record.mjs#zzzzzzzz', /exports no factory called "zzzzzzzz"\. It exports: record/],
  ])('%s cannot be loaded', async (name, message) => {
    const { code, err } = await trainWith('--estimator', name)
    expect(err).toMatch(message)
    expect(err.includes('install absent')).toBe(name === 'absent#x')
    expect(code).toBe(2)
  })

  test('may be a file of this folder', async () => {
    const { code, err } = await trainWith('--estimator', './mine.ts#mine')
    expect([code, err]).toEqual([0, ''])
  })
})

describe('a declared factory of a package', () => {
  beforeAll(() => {
    writeFileSync(
      join(folder, 'declared.ts'),
      `import { defineFactory, defineOptions, integer, number } from '${core}'
      const options = defineOptions(() => ({ bend: number({ min: 0, default: 1, help: 'how bent it is' }), knots: integer({ min: 4, default: 16, help: 'points' }) }))
      export const arc = defineFactory({ kind: 'problem', name: 'arc', summary: 'an arc', options }, (read) => (given = {}) => {
        const { bend, knots } = read(given)
        const points = () => { const x = Float64Array.from({ length: knots }, (_, i) => (2 * i) / (knots - 1) - 1); return { x, y: x.map((v) => bend * v * v), count: knots, grid: [knots] } }
        return { kind: 'regression', name: 'arc', inputs: 1, outputs: 1, domain: [[-1, 1]], points, target: ([x]) => [bend * x * x] }
      })
      export const broken = () => ({ kind: 'riddle', name: 'broken' })
      export const faulty = () => ({ kind: 'regression', name: 'faulty', inputs: 1, outputs: 1, domain: [[-1, 1]], points: () => { throw new Error('no luck') } })\n`,
    )
  })
  const small = tiny.filter((a, i) => a !== '--directions' && tiny[i - 1] !== '--directions')

  test('is a problem with flags of its own', async () => {
    const out = join(folder, 'arc')
    const { code, err } = await run(
      'train',
      './declared.ts#arc',
      ...small,
      '--bend',
      '2',
      '--knots',
      '12',
      '--out',
      out,
    )
    expect([code, err]).toEqual([0, ''])
    const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as Record<string, unknown>
    expect(config).toMatchObject({ problem: './declared.ts#arc', problemOptions: { bend: 2, knots: 12 } })
    expect((await run('evaluate', out, '--json')).code).toBe(0)
    const named = await run('train', '--problem', './declared.ts#arc', ...small, '--out', join(folder, 'arc2'))
    expect([named.code, named.err]).toEqual([0, ''])
  })

  test('is explained by --help', async () => {
    const { code, out, err } = await run('train', '--help', './declared.ts#arc')
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/an arc[^]*bend .*default 1/)
  })

  test.each(['./declared.ts#ark', 'absent#arc'])('%s is no topic of --help', async (name) => {
    const { code, err } = await run('train', '--help', name)
    expect([code, err]).toEqual([2, expect.stringMatching(/exports no factory called "ark".*"arc"|install absent/)])
  })

  test.each([
    ['./declared.ts#ark', /exports no factory called "ark"/],
    ['absent#arc', /install absent/],
    ['./unreadable.ts#arc', /unreadable\.ts, which contains .* fails to load/],
  ])('that cannot be loaded, %s, is the error, and not its unknown flag', async (name, message) => {
    writeFileSync(join(folder, 'unreadable.ts'), 'export const arc = (x: => x\n')
    const { code, err } = await run('train', name, '--bend', '2', ...small)
    expect(err).toMatch(message)
    expect(err).not.toContain('unknown option')
    expect(code).toBe(2)
  })

  test.each([
    [['./declared.ts#arc', '--bend', '-1'], /arc: bend is -1; it must be a finite number of at least 0/],
    [['./declared.ts#arc', '--bent', '2'], /unknown option '--bent'[^]*--bend/],
    [
      ['./declared.ts#broken'],
      /the problem \.\/declared\.ts#broken: the problem needs a kind, regression, pinn or operator/,
    ],
    [['./declared.ts#faulty'], /the problem \.\/declared\.ts#faulty: points throws "no luck"/],
    [['parabola', '--estimator', './declared.ts#arc'], /it declares the kind problem, but kind estimator is needed/],
  ])('%j is refused', async (args, message) => {
    const out = join(folder, `refused${++runs}`)
    const { code, err } = await run('train', ...args, ...small, '--out', out)
    expect(err).toMatch(message)
    expect(code).toBe(2)
    expect(existsSync(out)).toBe(false)
  })
})
