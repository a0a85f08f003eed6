/** Every kind of factory can come from a third party's package or file, with its options. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-kinds-'))
const before = process.cwd()
const library = (name: string): string =>
  fileURLToPath(new URL(`../../../../packages/${name}/dist/index.js`, import.meta.url))

const file = `
import { add, defineFactory, defineOptions, defineValue, div, estimatorOption, integer, matmul, mul, normal, number, declared, opaque, treeMap, zeros, zerosLike } from '${library('core')}'
import { leakyIntegrateAndFire, triangular } from '${library('neurons')}'
import { rfg, gaussianDistribution } from '${library('estimators')}'
import { deepOnet, stencilDerivatives } from '${library('operators')}'

const gain = () => number({ min: 0, above: true, default: 1, help: 'a factor' })
const isFunction = (x: unknown): x is (step: unknown) => number => typeof x === 'function'

export const pull = defineFactory(
  { kind: 'optimizer', name: 'pull', summary: 'plain descent, pulled', arguments: { rate: opaque('a rate', (x): x is unknown => true, { required: true, help: 'rate' }) }, options: defineOptions(() => ({ pulling: gain() })) },
  (read) => (rate: unknown, given = {}) => {
    const { pulling } = read(given, { rate })
    return { name: 'pull', init: () => ({ step: zeros([], 'i32') }), update: (grad, state) => ({
      updates: treeMap((g) => mul(g, mul(typeof rate === 'function' ? rate(state.step) : rate, -pulling)), grad), state: { step: add(state.step, 1) } }) }
  },
)
export const wrong = () => ({ name: 'wrong', init: () => ({}), update: () => ({ updates: {}, state: {} }) })
export const halving = defineFactory(
  { kind: 'schedule', name: 'halving', summary: 'half the rate, always', options: defineOptions(() => ({ initial: number({ required: true, help: 'rate' }), share: number({ default: 0.5, help: 'share' }) })) },
  (read) => (given) => { const { initial, share } = read(given); return () => initial * share },
)
export const shared = defineFactory(
  { kind: 'schedule', name: 'shared', summary: 'its option has the name of one of rfg', options: defineOptions(() => ({ directions: integer({ default: 1, help: 'count' }) })) },
  (read) => (given) => { read(given); return () => 0.1 },
)
export const doubled = defineFactory(
  { kind: 'combinator', name: 'doubled', summary: 'twice the gradient', arguments: defineOptions(() => ({ inner: estimatorOption({ required: true, help: 'inner' }) })), options: defineOptions(() => ({ factor: gain() })) },
  (read) => (inner, given = {}) => {
    const { factor } = read(given, { inner })
    return { ...inner, name: 'doubled', unbiased: false, estimate: (...all) => { const one = inner.estimate(...all); return { ...one, grad: treeMap((g) => mul(g, 2 * factor), one.grad) } } }
  },
)
export const sign = defineValue({ kind: 'distribution', name: 'sign', summary: 'as the Gaussian' }, { ...gaussianDistribution, name: 'sign' })
export const fading = defineFactory(
  { kind: 'neuron', name: 'fading', summary: 'a neuron that fades', options: defineOptions(() => ({ fade: number({ min: 0, max: 1, default: 0.9, help: 'what is left' }) })) },
  (read) => (given = {}) => ({ ...leakyIntegrateAndFire({ beta: read(given).fade }), name: 'fading' }),
)
export const tent = defineFactory(
  { kind: 'surrogate', name: 'tent', summary: 'a tent', options: defineOptions(() => ({ height: gain() })) },
  (read) => (given = {}) => ({ ...triangular({ alpha: read(given).height }), name: 'tent' }),
)
export const lines = defineFactory(
  { kind: 'network', name: 'lines', summary: 'a linear map', facts: { learns: 'functions' },
    options: defineOptions(() => ({ inputs: integer({ min: 1, required: true, help: 'inputs' }), outputs: integer({ min: 1, default: 1, help: 'outputs' }), scale: gain(), steepness: gain(), encoder: declared('encoder', isFunction, { computed: 'none', help: 'how values become currents' }) })) },
  (read) => (given) => {
    const { inputs, outputs, steepness, encoder } = read(given)
    const drive = (x) => (encoder === undefined ? x : encoder(x, { steps: 4 }).current)
    return { name: 'lines', init: (key) => ({ trained: { weight: normal(key, [inputs, outputs]) }, fixed: {} }), apply: ({ trained }, x) => mul(matmul(drive(x), trained.weight), steepness) }
  },
)
export const mine = defineFactory(
  { kind: 'network', name: 'mine', summary: 'a DeepONet', facts: { learns: 'operators', separable: false }, options: deepOnet.declaration.options },
  (read) => (given) => { read(given); return deepOnet(given) },
)
export const halved = defineFactory(
  { kind: 'encoder', name: 'halved', summary: 'a share of the value', arguments: { x: opaque('a tensor', (x): x is unknown => true, { required: true, help: 'values' }) }, options: defineOptions(() => ({ share: number({ default: 0.5, help: 'share' }) })) },
  (read) => (x, given = {}) => ({ current: mul(x, read(given, { x }).share), duration: { steps: 4 } }),
)
export const untold = defineFactory({ kind: 'network', name: 'untold', summary: 'learns what is not said' }, () => () => ({}))
export const fine = defineFactory(
  { kind: 'derivative', name: 'fine', summary: 'a fine stencil', options: stencilDerivatives.declaration.options },
  (read) => (given) => { read(given); return stencilDerivatives(given) },
)
export const hill = defineFactory(
  { kind: 'problem', name: 'hill', summary: 'a hill', options: defineOptions(() => ({ steep: gain() })) },
  (read) => (given = {}) => {
    const { steep } = read(given)
    const points = () => { const x = Float64Array.from({ length: 16 }, (_, i) => i / 8 - 1); return { x, y: x.map((v) => -steep * v * v), count: 16, grid: [16] } }
    return { kind: 'regression', name: 'hill', inputs: 1, outputs: 1, domain: [[-1, 1]], points, target: ([x]) => [-steep * x * x] }
  },
)
export const valley = defineFactory({ kind: 'problem', name: 'valley', summary: 'a valley' }, () => () => hill({ steep: 0.5 }))
export const hillDefaults = { estimator: 'eligibility', byEstimator: { eligibility: { learningRate: 0.25, steps: 7 } } }
`

beforeAll(() => {
  writeFileSync(join(folder, 'kinds.ts'), file)
  process.chdir(folder)
})
afterAll(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true, force: true })
})

const small = '--backend reference --time 3 --steps 2 --batch 8 --readout-solve 0 --no-figures --quiet --json'.split(
  ' ',
)
let runs = 0
async function train(...args: readonly string[]) {
  const out = join(folder, `run${++runs}`)
  const ran = await run('train', ...small, ...args, '--out', out)
  const config = (): Record<string, unknown> =>
    JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as Record<string, unknown>
  return { ...ran, config, out }
}

describe('a file of a third party', () => {
  test.each([
    ['an optimiser', ['--optimizer', './kinds.ts#pull', '--pulling', '2'], { optimizerOptions: { pulling: 2 } }],
    ['an optimiser in a chain', ['--optimizer', 'chain(clipByGlobalNorm(1), ./kinds.ts#pull(pulling=2))'], {}],
    ['a schedule', ['--schedule', './kinds.ts#halving(share=0.25)'], { schedule: './kinds.ts#halving(share=0.25)' }],
    [
      'a schedule with a flag',
      ['--schedule', 'warmUp(1, ./kinds.ts#halving)', '--share', '0.25'],
      { schedule: 'warmUp(1, ./kinds.ts#halving(share=0.25))' },
    ],
    ['a combinator', ['--estimator', './kinds.ts#doubled(rfg, factor=0.5)'], {}],
    ['an estimator inside a combinator of the library', ['--estimator', 'normalise(./kinds.ts#doubled(rfg))'], {}],
    [
      'a distribution',
      ['--distribution', './kinds.ts#sign'],
      { estimatorOptions: { distribution: './kinds.ts#sign' } },
    ],
    ['a neuron model', ['--neuron', './kinds.ts#fading', '--fade', '0.5'], { neuronOptions: { fade: 0.5 } }],
    ['a neuron model inside another', ['--neuron', 'recurrent(./kinds.ts#fading)', '--fade', '0.5'], {}],
    ['a surrogate', ['--surrogate', './kinds.ts#tent', '--height', '2'], { surrogateOptions: { height: 2 } }],
    [
      'an encoder',
      ['--network', './kinds.ts#lines', '--encoder', './kinds.ts#halved(share=0)'],
      { networkOptions: { encoder: './kinds.ts#halved(share=0)' } },
    ],
    ['an encoder of the library', ['--network', './kinds.ts#lines', '--encoder', 'constantCurrent'], {}],
    ['a network', ['--network', './kinds.ts#lines', '--steepness', '2'], { networkOptions: { steepness: 2 } }],
  ])('brings %s', async (_, args, kept) => {
    const { code, err, config, out } = await train('parabola', '--hidden', '4', ...args)
    expect([code, err]).toEqual([0, ''])
    expect(config()).toMatchObject(kept)
    const evaluated = await run('evaluate', out, '--json')
    expect([evaluated.code, evaluated.err]).toEqual([0, ''])
  })

  test.each([
    ['pull', 'optimizers', /pulling +a factor: [^]*default 1/],
    ['doubled', 'combinators', /factor +a factor/],
    ['hill', 'problems', /steep +a factor[^]*eligibility: learningRate 0.25, steps 7/],
  ])('lists the options and defaults of %s', async (name, kind, text) => {
    const { code, err, out } = await run('list', `./kinds.ts#${name}`)
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(`./kinds.ts#${name}`)
    expect(out).toContain(`one of ${kind}`)
    expect(out).toMatch(text)
    const data = await run('list', `./kinds.ts#${name}`, '--json')
    expect(JSON.parse(data.out)).toMatchObject({ [`./kinds.ts#${name}`]: [{ kind, description: { name } }] })
  })

  test('with a problem: help and list say whether its settings are tuned', async () => {
    const help = async (...words: readonly string[]): Promise<string> => {
      const { code, err, out } = await run('train', ...words, '--help')
      expect([code, err]).toEqual([0, ''])
      return out
    }
    const valley = await help('./kinds.ts#valley')
    expect(valley).toContain(
      'The settings of ./kinds.ts#valley are in brackets;\nrates, steps and sizes are generic: none is tuned for this problem.',
    )
    expect(valley).toMatch(/^ {2}--steps <n> .*\[\d+\]$/m)
    expect((await run('list', './kinds.ts#valley')).out).toContain('defaults: generic;')
    // Only its estimator is tuned.
    const hill = await help('--problem=./kinds.ts#hill')
    expect(hill).toContain('sizes are generic for mlp, rates and steps are tuned for this problem.')
    expect(hill).toMatch(/^ {2}--steps <n> .*\[7\]$/m)
    // A value of another flag is no problem.
    expect(await help('--neuron', './kinds.ts#fading')).toContain('Defaults are in brackets.')
  })

  test('has no options to list without a declaration', async () => {
    const { code, err } = await run('list', './kinds.ts#wrong')
    expect(code).toBe(2)
    expect(err).toMatch(/wrong.*has no declaration.*defineFactory.*CLI_PLUGIN/)
  })

  test('brings a problem, by either notation', async () => {
    for (const args of [['./kinds.ts#hill'], ['--problem', './kinds.ts#hill']]) {
      const { code, err, config } = await train(...args, '--hidden', '4', '--steep', '3')
      expect([code, err]).toEqual([0, ''])
      expect(config()).toMatchObject({ problem: './kinds.ts#hill', problemOptions: { steep: 3 } })
      // Its tuned settings are the export beside it.
      expect(config()).toMatchObject({ estimator: 'eligibility', learningRate: 0.25, neuron: 'lif' })
    }
  })

  test('brings a network of operators and the derivatives of a residual', async () => {
    const operator = '--sizes 12,4,4 --sensors 16 --branch 6 --trunk 6 --features 3'.split(' ')
    const { code, err } = await train(
      ...['poisson-1d', ...operator, '--network', './kinds.ts#mine'],
      ...['--loss', 'physics', '--derivative', './kinds.ts#fine(accuracy=4)', '--collocation', '4'],
    )
    expect([code, err]).toEqual([0, ''])
  })

  test.each([
    [['--optimizer', './kinds.ts#wrong'], /updates of update is \{\} of nothing, and .*readout.* is needed/],
    [['--optimizer', './kinds.ts#pull(rate=1)'], /set the rate by --learning-rate/],
    [['--optimizer', './kinds.ts#halving'], /it declares the kind schedule, but kind optimizer is needed/],
    [
      ['--schedule', './kinds.ts#shared', '--estimator', 'rfg', '--directions', '2'],
      /--directions is an option of the estimator rfg and of the schedule .*shared; write it in the parentheses/,
    ],
    [['--floor', '-1'], /cosineDecay: floor is -1; it must be/],
    [['--network', './kinds.ts#untold'], /its declaration has no fact learns/],
    [['--network', './kinds.ts#wrong'], /it has no declaration/],
    [['--estimator', './kinds.ts#doubled'], /wraps another estimator; write it like/],
    [['--distribution', './kinds.ts#tent'], /it declares the kind surrogate, but kind distribution is needed/],
    [['--distribution', './kinds.ts#signn'], /exports no factory called "signn"; did you mean "sign"/],
    [['--optimizer', 'chain'], /wraps optimisers; write it like chain\(adam\)/],
  ])('%j is refused', async (args, message) => {
    const { code, err } = await train('parabola', '--hidden', '4', ...args)
    expect(err).toMatch(message)
    expect(code).toBe(2)
  })
})

describe('flags of schedules and backends', () => {
  test.each<readonly [string, readonly string[], Readonly<Record<string, string>>, said: string]>([
    ['a schedule', ['--floor', '0.1'], { schedule: 'cosine(floor=0.1)' }, ''],
    [
      'one that needs them',
      ['--schedule', 'exponentialDecay', '--factor', '0.5', '--every', '10'],
      { schedule: 'exponentialDecay(factor=0.5, every=10)' },
      '',
    ],
    [
      'one inside another, whose parentheses come before a flag',
      ['--schedule', 'warmUp(1, exponentialDecay(factor=0.5, every=2))', '--factor', '0.1', '--floor', '0.01'],
      { schedule: 'warmUp(1, exponentialDecay(floor=0.01, factor=0.5, every=2))' },
      'note: the schedule warmUp(1, exponentialDecay(factor=0.5, every=2)) sets factor in its parentheses; --factor is ignored\n',
    ],
    ['a backend', ['--backend', 'cpu', '--relaxed-simd', 'false'], { backend: 'cpu(relaxedSimd=false)' }, ''],
  ])('of %s are stored in its text', async (_, args, kept, said) => {
    const { code, err, config, out } = await train('parabola', '--hidden', '4', ...args)
    expect([code, err]).toEqual([0, said])
    expect(config()).toMatchObject(kept)
    expect((await run('evaluate', out, '--json')).code).toBe(0)
  })

  test('that nothing in the run accepts are ignored with a note', async () => {
    const { code, err } = await train('parabola', '--hidden', '4', '--schedule', 'constant', '--floor', '0.1')
    expect([code, err]).toEqual([0, 'note: the schedule constant has no floor; --floor is ignored\n'])
    const fastest = await train('parabola', '--hidden', '4', '--backend', 'auto', '--relaxed-simd', 'false')
    expect(fastest.err).toContain('note: the backend auto has no relaxed-simd; --relaxed-simd is ignored')
  })
})

describe('schedules and chains of the library', () => {
  test.each([
    ['--schedule', 'warmUp(1, cosine)'],
    ['--schedule', 'exponentialDecay(factor=0.5, every=1)'],
    ['--optimizer', 'chain(clipByValue(0.5), scaleByAdam, addDecayedWeights(0.01), scaleByLearningRate)'],
  ])('%s %s', async (option, value) => {
    const { code, err } = await train('parabola', '--hidden', '4', option, value)
    expect([code, err]).toEqual([0, ''])
  })
})
