/** Everything that the packages export has a name here, or is on a list with the reason why not. */
import * as cpuPackage from '@spikeward/backend-cpu'
import * as nativePackage from '@spikeward/backend-native'
import * as webgpuPackage from '@spikeward/backend-webgpu'
import { type Tensor, declaredIn, key, printValue, tensor } from '@spikeward/core'
import * as chip from '@spikeward/chip'
import * as estimators from '@spikeward/estimators'
import * as neurons from '@spikeward/neurons'
import * as operators from '@spikeward/operators'
import * as optim from '@spikeward/optim'
import * as problems from '@spikeward/problems'
import { describe, expect, test } from 'vitest'
import { openBackend } from '../../src/catalogue/make.js'
import { makeEstimator } from '../../src/catalogue/kinds/estimators.js'
import { type Factory, factories } from '../../src/catalogue/factories.js'
import { makeNeuron, makeSpikingModel, makeSurrogate } from '../../src/catalogue/kinds/neurons.js'
import { makeSchedule } from '../../src/catalogue/kinds/optimizers.js'
import { type OptionValues, flagOf } from '../../src/catalogue/optionValues.js'

/** Declared exports that the command omits, with the reason. */
const absent: Readonly<Record<string, string>> = {
  leakyIntegrator: 'never fires, and networks are read by their spike rates',
  steinMonteCarlo: 'needs a fresh key at every step; steinGaussian is what it converges to',
}

test('every declared export has a name here, or a reason why not', () => {
  const kinds = [
    'problem',
    'estimator',
    'combinator',
    'deviceEstimator',
    'distribution',
    'neuron',
    'convention',
    'surrogate',
    'encoder',
    'optimizer',
    'transform',
    'schedule',
    'backend',
    'network',
    'derivative',
    'refinement',
  ] as const
  const known = new Set(Object.values(factories).flatMap((one) => Object.values<unknown>(one)))
  const packages = {
    ...chip,
    ...estimators,
    ...neurons,
    ...operators,
    ...optim,
    ...problems,
    ...cpuPackage,
    ...nativePackage,
    ...webgpuPackage,
  }
  const declared = kinds.flatMap((kind) => Object.entries(declaredIn(packages, kind)))
  const missing = declared.filter(([name, factory]) => !known.has(factory) && !Object.hasOwn(absent, name))
  expect(missing.map(([name]) => name)).toEqual([])
  const stale = Object.keys(absent).filter(
    (name) => !declared.some(([n, factory]) => n === name && !known.has(factory)),
  )
  expect(stale).toEqual([])
})

test('problems have the names of their factories in kebab case', () => {
  expect(Object.entries(factories.problem).map(([name, { declaration }]) => [declaration.name, name])).toEqual(
    expect.arrayContaining([
      ['mexicanHat', 'mexican-hat'],
      ['poisson1d', 'poisson-1d'],
      ['nonlinearDiffusion2d', 'nonlinear-diffusion-2d'],
    ]),
  )
})

const how = { exactReadout: false, steps: 10 }
const made = (text: string, values: OptionValues = {}) => makeEstimator(text, values, how)

describe('estimators by name', () => {
  test.each(Object.entries<Factory>(factories.estimator))(
    '%s takes every option that it declares',
    async (name, factory) => {
      const values = Object.entries(factory.declaration.options).flatMap(([option, { type, default: value }]) =>
        type.parse === null || value === undefined || typeof value === 'object'
          ? []
          : [[flagOf(option), printValue(value)]],
      )
      expect((await made(name, Object.fromEntries(values) as OptionValues)).name).toContain(name)
    },
  )

  test.each([
    'exactReadout(rfg)',
    'controlVariate(rfg, feedback)',
    'guided(feedback, directions=8)',
    'annealed(spsa, 0.1, 0.02)',
    'average(rfg, 4)',
    'beside(eligibility, rfg)',
    'antithetic(evolution)',
    'normalise(rfg)',
    'randomSign(rfg)',
    'withCosine(rfg)',
    'mix(rfg, bp, 0.1)',
    'perBlock(layers=rfg, readout=bp)',
  ])('%s', async (text) => {
    expect((await made(text)).name).toMatch(new RegExp(`^${text.split('(')[0] ?? ''}\\(`))
  })

  test.each([
    ['controlVariate(rfg)', 'controlVariate(rfg)', true],
    ['normalise(controlVariate(rfg(directions=2), rate=0.01))', 'normalise(controlVariate(rfg))', false],
    ['controlVariate(rfg, feedback)', 'controlVariate(rfg, feedback)', true],
    [
      'perBlock(layers.0=average(rfg(distribution=rademacher), 4), readout=bp)',
      'perBlock(layers.0: average(4, rfg), readout: bp)',
      true,
    ],
    ['guided(localLoss, directions=3)', 'guided(localLoss)', false],
    ['guided', 'guided', false],
    ['mix(activity, bp, 0.25)', 'mix(activity, bp, 0.25)', 'oneHiddenLayer'],
    ['lowRank(perSample=true)', 'lowRank(perSample)', 'oneHiddenLayer'],
    ['orthogonalTangents(scale=projection)', 'orthogonalTangents', false],
  ])('%s is %s', async (text, name, unbiased) => {
    expect(await made(text)).toMatchObject({ name, unbiased })
  })

  test.each([
    ['spsa(at=elsewhere)', 'CLI_UNKNOWN_NAME'],
    ['spsa(sise=1)', 'UNKNOWN_OPTION'],
    ['bp(directions=3)', 'UNKNOWN_OPTION'],
    ['rfg(4)', 'CLI_USAGE'],
    ['controlVariate', 'CLI_USAGE'],
    ['average(rfg)', 'CLI_USAGE'],
    ['controlVariate(rfg, bp, activity)', 'CLI_USAGE'],
    ['controlVariate(rfg, bp, rate=0.1)', 'INVALID_OPTION'],
    ['perBlock', 'CLI_USAGE'],
    ['perBlock(rfg)', 'CLI_USAGE'],
    ['perBlock(layers=rgf)', 'CLI_UNKNOWN_NAME'],
    ['perBlock(layers=4)', 'CLI_USAGE'],
    ['guided(feedback, decay=0.5)', 'INVALID_OPTION'],
    ['antithetic(rfg, 2)', 'CLI_USAGE'],
    ['antithetic(rfg, size=2)', 'UNKNOWN_OPTION'],
    ['annealed(rfg, 0.2, 0.1)', 'CLI_USAGE'],
    ['annealed(spsa, 0.1, 0.2)', 'CLI_BAD_VALUE'],
    ['average(rgf, 2)', 'CLI_UNKNOWN_NAME'],
    ['rfg(distribution=gausian)', 'CLI_UNKNOWN_NAME'],
    ['rfg(scope=layer)', 'CLI_UNKNOWN_NAME'],
    ['rfg(directions=2', 'CLI_BAD_VALUE'],
    ['rfg)', 'CLI_BAD_VALUE'],
    ['rfg(directions=2, directions=3)', 'CLI_BAD_VALUE'],
    ['', 'CLI_BAD_VALUE'],
  ])('"%s" is refused', async (text, code) => {
    await expect(made(text)).rejects.toMatchObject({ code })
  })

  test.each([
    ['deep parentheses', `${'normalise('.repeat(500)}rfg${')'.repeat(500)}`, 'CLI_BAD_VALUE'],
    ['deep brackets', `rfg(scope=${'['.repeat(500)}a${']'.repeat(500)})`, 'CLI_BAD_VALUE'],
    ['a megabyte', 'a'.repeat(1_000_000), 'CLI_BAD_VALUE'],
    ['a long name', 'a'.repeat(5000), 'CLI_UNKNOWN_NAME'],
    ['an option twice, long', `rfg(${'a'.repeat(3000)}=1, ${'a'.repeat(3000)}=1)`, 'CLI_BAD_VALUE'],
  ])('%s is refused in a short message', async (_, text, code) => {
    const error: unknown = await made(text).catch((e: unknown) => e)
    expect(error).toMatchObject({ code })
    expect((error as Error).message.length).toBeLessThan(700)
  })

  test('flags reach the innermost ones, under the name that each has for them', async () => {
    await expect(made('controlVariate(rfg)', { scope: 'layer' })).rejects.toMatchObject({ code: 'CLI_UNKNOWN_NAME' })
    await expect(made('evolution', { directions: 0 })).rejects.toThrow(/pairs is 0/)
    await expect(made('spsa(size=0.1)', { size: -1 })).resolves.toMatchObject({ name: 'spsa' })
  })
})

describe('neurons and surrogates by name', () => {
  test.each(Object.keys(factories.neuron))('%s, by itself and with recurrence', async (name) => {
    const model = await makeNeuron(name)
    expect((await makeNeuron(`recurrent(${name})`)).name).toBe(`recurrent(${model.name})`)
  })

  test.each(Object.entries<Factory>(factories.surrogate))('%s', async (name, { declaration }) => {
    expect((await makeSurrogate(name)).name).toBe(declaration.name)
  })

  test('with options', async () => {
    const { name, init } = await makeNeuron('lif(threshold=0.5, learn=[beta])', { beta: 0.9, reset: 'zero' })
    expect(name).toBe('leakyIntegrateAndFire')
    expect(Object.keys(init(key(0), 2))).toEqual(['beta'])
    await expect(makeNeuron('lif(treshold=1)')).rejects.toThrow(/treshold/)
    await expect(makeNeuron('lif(if)')).rejects.toMatchObject({ code: 'CLI_USAGE' })
    await expect(makeNeuron('recurrent')).rejects.toMatchObject({ code: 'CLI_USAGE' })
    await expect(makeSurrogate('atan(slope=1)')).rejects.toThrow(/slope/)
    await expect(makeSurrogate('atn')).rejects.toMatchObject({ code: 'CLI_UNKNOWN_NAME' })
  })
})

test.each([
  ['leakyIntegrator', /never fires/, () => makeNeuron('leakyIntegrator')],
  ['steinMonteCarlo', /needs key/, () => makeSurrogate('steinMonteCarlo')],
])('%s is refused with the reason', async (_name, why, make) => {
  await expect(make()).rejects.toThrow(why)
})

describe('conventions of other libraries', () => {
  test('give a model and the value of its spike at the threshold', async () => {
    const { model, spikeOptions } = await makeSpikingModel('spikingJellyIf')
    expect(model.name).toBe('integrateAndFire')
    expect(spikeOptions).toEqual({ atThreshold: 1 })
    expect((await makeSpikingModel('snnTorchLeaky', { beta: 0.9 })).spikeOptions).toEqual({ atThreshold: 0 })
    expect((await makeNeuron('recurrent(norseLif)')).name).toMatch(/^recurrent\(/)
    await expect(makeNeuron('snnTorchLeaky')).rejects.toThrow(/beta/)
  })
})

test('a schedule of jumps is written as pairs', async () => {
  const schedule = await makeSchedule('piecewise(jumps=[10:0.5, 20:0.25])', 1, 100)
  const rates = await Promise.all([9, 10, 20].map((step) => (schedule(tensor(step)) as Tensor).item()))
  expect(rates).toEqual([1, 0.5, 0.25])
})

describe('a backend', () => {
  test('takes its declared options in parentheses, which override --threads', async () => {
    await using one = await openBackend('cpu(relaxedSimd=false)', 1)
    expect(one.capabilities).toMatchObject({ threads: 1, features: ['simd128', 'single-threaded'] })
    await using two = await openBackend('cpu(threads=2)', 1)
    expect(two.capabilities.threads).toBe(2)
  })

  test('without threads of its own ignores their number', async () => {
    await using backend = await openBackend('reference', 3)
    expect(backend.name).toBe('reference')
  })

  test.each([
    ['cpu(threads=0)', 'INVALID_OPTION'],
    ['cpu(thread=2)', 'UNKNOWN_OPTION'],
    ['native(instructionSet=mmx)', 'CLI_UNKNOWN_NAME'],
    ['gpu', 'CLI_UNKNOWN_NAME'],
  ])('%s is refused with %s', async (text, code) => {
    await expect(openBackend(text, null)).rejects.toMatchObject({ code })
  })
})
