/** What the packages export can be had by name, or is on a list with the reason why not. */
import { key } from '@spikeward/core'
import * as estimators from '@spikeward/estimators'
import * as neuronPackage from '@spikeward/neurons'
import { describe, expect, test } from 'vitest'
import { combinators } from '../src/catalogue/combinators.js'
import { estimatorEntries } from '../src/catalogue/estimatorEntries.js'
import { makeEstimator, settingsTaken } from '../src/catalogue/estimators.js'
import type { EstimatorSettings } from '../src/catalogue/estimators.js'
import { makeNeuron, neuronCombinators, neurons } from '../src/catalogue/neurons.js'
import { makeSurrogate, surrogates } from '../src/catalogue/surrogates.js'

/** What a package exports and the command does not know, with the reason. */
const absent: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  estimators: {
    along: 'a part that estimators are made of',
    basis: 'a part that estimators are made of',
    blocks: 'tells of parameters',
    distributions: 'the list of distributions, which --distribution knows',
    independent: 'makes distributions out of functions',
    perBlock: 'needs the paths of the parameters, which differ from network to network',
    withCosine: 'a look at an estimate, whose number no command shows',
    gaussianDistribution: 'a distribution, see --distribution',
    rademacherDistribution: 'a distribution, see --distribution',
    sphereDistribution: 'a distribution, see --distribution',
    uniformDistribution: 'a distribution, see --distribution',
    laplaceDistribution: 'a distribution, see --distribution',
    coordinateDistribution: 'a distribution, see --distribution',
    rankOne: 'a distribution, see --distribution',
  },
  neurons: {
    leakyIntegrator: 'never fires, and networks are read by their spike rates',
    steinMonteCarlo: 'needs a fresh key at every step; steinGaussian is what it converges to',
    snnTorchLeaky: "pins another library's convention, H(0) included, for code that is moved from there",
    snnTorchSynaptic: "pins another library's convention",
    spikingJellyIf: "pins another library's convention",
    spikingJellyLif: "pins another library's convention",
    norseLif: "pins another library's convention",
    spike: 'makes the spike of a surrogate',
    firing: 'a part that models are made of',
    firingOptions: 'a part that models are made of',
    leakOptions: 'a part that models are made of',
    learnOption: 'a part that models are made of',
    chargeFireReset: 'a part that models are made of',
    noReset: 'a part that models are made of, see --reset',
    subtractReset: 'a part that models are made of, see --reset',
    zeroReset: 'a part that models are made of, see --reset',
    restState: 'runs a model by hand',
    unroll: 'runs a model by hand',
    constantCurrent: 'an encoder: what networks here do with their input',
    rateEncoding: 'an encoder: networks here take a constant current',
    latencyEncoding: 'an encoder: networks here take a constant current',
    deltaEncoding: 'an encoder: networks here take a constant current',
    populationEncoding: 'an encoder: networks here take a constant current',
    gaussianReceptiveFields: 'an encoder: networks here take a constant current',
    triangularEncoding: 'an encoder: networks here take a constant current',
    lastMembrane: 'a readout: networks here read spike rates',
    meanMembrane: 'a readout: networks here read spike rates',
    rateReadout: 'a readout: what networks here do',
  },
}

const known: Readonly<Record<string, readonly unknown[]>> = {
  estimators: [...Object.values(estimatorEntries), ...Object.values(combinators)].map(({ make }) => make.of),
  neurons: [
    ...Object.values(neurons).map(({ make }) => make.of),
    ...[...Object.values(neuronCombinators), ...Object.values(surrogates)].map(({ make }) => make),
  ],
}

test.each([
  ['estimators', { ...estimators }],
  ['neurons', { ...neuronPackage }],
] as const)('every export of @spikeward/%s has a name here, or a reason why not', (name, all) => {
  const named = known[name] ?? []
  const reasons = absent[name] ?? {}
  const exported: Readonly<Record<string, unknown>> = all
  const missing = Object.keys(exported).filter((n) => !named.includes(exported[n]) && !Object.hasOwn(reasons, n))
  expect(missing).toEqual([])
  const stale = Object.keys(reasons).filter((n) => !Object.hasOwn(exported, n) || named.includes(exported[n]))
  expect(stale).toEqual([])
})

const none: EstimatorSettings = {
  scope: null,
  directions: null,
  distribution: null,
  size: null,
  readout: null,
  damping: null,
  adapt: null,
}
const how = { exactReadout: false, steps: 10 }
const made = (text: string, settings: Partial<EstimatorSettings> = {}) =>
  makeEstimator(text, { ...none, ...settings }, how)

describe('estimators by name', () => {
  test.each(Object.keys(estimatorEntries))('%s takes every setting that it says it takes', async (name) => {
    const all = {
      scope: 'layerwise',
      directions: 3,
      distribution: 'rademacher',
      size: 0.1,
      readout: 'noise',
      damping: 0.1,
      adapt: false,
    }
    const taken = Object.entries(all).filter(([setting]) => settingsTaken(name).includes(setting))
    expect((await made(name, Object.fromEntries(taken))).name).toContain(name)
  })

  test.each(Object.entries(combinators).map(([name, { make }]) => [make.usage, name]))('%s', async (usage, name) => {
    expect((await made(usage)).name).toMatch(new RegExp(`^${name}\\(`))
  })

  test.each([
    ['controlVariate(rfg)', 'controlVariate(rfg)', true],
    ['normalise(controlVariate(rfg(directions=2), rate=0.01))', 'normalise(controlVariate(rfg))', false],
    ['controlVariate(rfg, feedback)', 'controlVariate(rfg, feedback)', true],
    ['guided(localLoss, directions=3)', 'guided(localLoss)', false],
    ['guided', 'guided', false],
    ['mix(activity, bp, 0.25)', 'mix(activity, bp, 0.25)', 'oneHiddenLayer'],
    ['lowRank(perSample=true)', 'lowRank(perSample)', 'oneHiddenLayer'],
    ['orthogonalTangents(scale=projection)', 'orthogonalTangents', false],
  ])('%s is %s', async (text, name, unbiased) => {
    expect(await made(text)).toMatchObject({ name, unbiased })
  })

  test.each([
    ['spsa(at=elsewhere)', 'INVALID_OPTION'],
    ['spsa(sise=1)', 'UNKNOWN_OPTION'],
    ['bp(directions=3)', 'UNKNOWN_OPTION'],
    ['rfg(4)', 'CLI_USAGE'],
    ['controlVariate', 'CLI_USAGE'],
    ['average(rfg)', 'CLI_USAGE'],
    ['controlVariate(rfg, bp, activity)', 'CLI_USAGE'],
    ['controlVariate(rfg, bp, rate=0.1)', 'INVALID_OPTION'],
    ['guided(feedback, decay=0.5)', 'INVALID_OPTION'],
    ['antithetic(rfg, 2)', 'CLI_USAGE'],
    ['antithetic(rfg, size=2)', 'CLI_USAGE'],
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

  test('settings reach the innermost ones, and an option in parentheses stands above a setting', () => {
    expect(settingsTaken('mix(spsa, rfg, 0.5)')).toEqual(expect.arrayContaining(['size', 'scope']))
    expect(settingsTaken('controlVariate(orthogonalTangents)')).toEqual(['directions'])
  })
})

describe('neurons and surrogates by name', () => {
  test.each(Object.keys(neurons))('%s, by itself and with recurrence', async (name) => {
    const settings = { beta: null, reset: null }
    const model = await makeNeuron(name, settings)
    expect((await makeNeuron(`recurrent(${name})`, settings)).name).toBe(`recurrent(${model.name})`)
  })

  test.each(Object.entries(surrogates))('%s', async (name, { make }) => {
    expect((await makeSurrogate(name)).name).toBe(make.declaration.name)
  })

  test('with options', async () => {
    const { name, init } = await makeNeuron('lif(threshold=0.5, learn=[beta])', { beta: 0.9, reset: 'zero' })
    expect(name).toBe('leakyIntegrateAndFire')
    expect(Object.keys(init(key(0), 2))).toEqual(['beta'])
    await expect(makeNeuron('lif(treshold=1)', { beta: null, reset: null })).rejects.toThrow(/treshold/)
    await expect(makeNeuron('lif(if)', { beta: null, reset: null })).rejects.toMatchObject({ code: 'CLI_USAGE' })
    await expect(makeNeuron('recurrent', { beta: null, reset: null })).rejects.toMatchObject({ code: 'CLI_USAGE' })
    await expect(makeSurrogate('atan(slope=1)')).rejects.toThrow(/slope/)
    await expect(makeSurrogate('atn')).rejects.toMatchObject({ code: 'CLI_UNKNOWN_NAME' })
  })
})
