import { describe, expect, it } from 'vitest'
import { faultsOf } from '../src/settings/faultsOf.js'
import { faultOfLink, fromLink, toLink } from '../src/settings/link.js'
import { offeredOptions } from '../src/settings/runOf.js'
import { ownSamples, withSamples, withTrain } from '../src/settings/own.js'
import { type Settings, firstSettings, contenderFor, contenderLabel, settingsFor } from '../src/settings/settings.js'
import { buildFunction } from '../src/worker/build.js'
import { catalogue } from '../src/worker/catalogue.js'
import { viewOf } from '../src/points/viewOf.js'

const other: Settings = {
  problem: 'ripple',
  problemOptions: { train: '16' },
  neuron: 'lif',
  neuronOptions: { learn: '[beta,threshold]', beta: '0.9' },
  surrogate: 'erf',
  surrogateOptions: {},
  network: null,
  hidden: [20, 30],
  time: 7,
  batch: 64,
  steps: 90,
  schedule: 'constant',
  key: 5,
  backend: 'webgpu',
  contenders: [
    {
      ...contenderFor('rfg'),
      options: { scope: 'layerwise', directions: '4', distribution: 'sphere' },
      learningRate: 1e-5,
    },
    { ...contenderFor('spsa'), options: { size: '0.02', directions: '3' }, optimizer: 'momentum' },
  ],
}

describe('the address of the page', () => {
  it.each([firstSettings, settingsFor('parabola'), other])('stores all settings, in both directions', (settings) => {
    expect(fromLink(`#${toLink(settings)}`)).toEqual(settings)
  })

  it('means the first settings if it is empty or of another page', () => {
    expect(fromLink('')).toEqual(firstSettings)
    expect(fromLink('#learn')).toEqual(firstSettings)
  })

  it.each([
    ['own points', `problem=ownPoints,inputs:1,points:[${Array(200_000).fill('0.5').join(';')}]`],
    ['widths', `hidden=${Array(200_000).fill('5').join(',')}`],
    ['options', `problem=ripple,${Array.from({ length: 200_000 }, (_, i) => `o${i}:1`).join(',')}`],
    ['contenders', Array(200_000).fill('contender=rfg').join('&')],
  ])('of 200,000 %s is refused with a code', (_, hash) => {
    expect(faultOfLink(`#${hash}`)).toMatchObject({ code: 'LINK_TOO_LONG' })
    expect(fromLink(`#${hash}`)).toEqual(firstSettings)
  })

  it.each([5000, 200_000])('of %i characters of nested names is read or refused, and its faults are found', (depth) => {
    const nested = (name: string): string =>
      `${`${name}(`.repeat(depth / name.length)}${')'.repeat(depth / name.length)}`
    const hashes = ['contender', 'neuron', 'problem'].map((setting) => `#${setting}=${nested('randomSign')}`)
    for (const hash of [...hashes, `#problem=ownEquation,equation:${nested('u')}`]) {
      expect(faultOfLink(hash) === null).toBe(depth === 5000)
      expect(() => faultsOf(fromLink(hash), catalogue)).not.toThrow()
    }
  })

  it('of 200 own points with many digits is read', () => {
    const points = Array.from({ length: 600 }, (_, i) => String(Math.sin(i)))
    const hash = `#problem=ownPoints,inputs:2,points:[${points.join(';')}]`
    expect(faultOfLink(hash)).toBeNull()
    expect(ownSamples(fromLink(hash))).toHaveLength(200)
  })

  it('passes invalid values on, for the page to report', () => {
    expect(fromLink('#time=0&hidden=1000000').time).toBe(0)
    expect(fromLink('#time=0&hidden=1000000').hidden).toEqual([1_000_000])
    expect(fromLink('#time=many').time).toBe(firstSettings.time)
    expect(fromLink('#contender=rfg,directions:-3').contenders[0]?.options['directions']).toBe('-3')
  })

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('%s is no name of a tuned setting', (name) => {
    const settings = fromLink(`#problem=${name}&neuron=${name}&contender=${name},${name}:1`)
    expect(settings.hidden).toEqual(firstSettings.hidden)
    expect(settings.contenders[0]!.learningRate).toBeGreaterThan(0)
    expect(() => faultsOf(settings, catalogue)).not.toThrow()
  })

  it('a list of ten thousand layers is one fault', () => {
    expect(faultsOf(fromLink(`#hidden=${'0,'.repeat(1e4)}`), null)).toHaveLength(1)
  })

  it('takes missing options of a contender from the defaults of the command line', () => {
    expect(fromLink('#contender=rfg').contenders).toEqual([contenderFor('rfg')])
    expect(fromLink('#contender=rfg,scope:layerwise').contenders[0]?.options['directions']).toBe('4')
  })
})

describe('own points', () => {
  const rows = [
    [-0.5, 0.25],
    [0.123456, 1],
  ]
  const own = withSamples(firstSettings, 1, rows)

  it('are kept by the address, to two digits, and no step takes more points than there are', () => {
    const again = fromLink(`#${toLink(own)}`)
    expect(again).toEqual(own)
    expect(ownSamples(again)).toEqual([
      [-0.5, 0.25],
      [0.12, 1],
    ])
    expect(again.batch).toBe(2)
    expect(withTrain(firstSettings, 2, 6)).toMatchObject({ batch: 36, problemOptions: { train: '6' } })
    expect(withTrain(withTrain(firstSettings, 2, 6), 2, 40).batch).toBe(firstSettings.batch)
  })

  it('are all in every step, however they were added, unless the user wants fewer', () => {
    const many = Array.from({ length: 100 }, (_, i) => [i / 100, 0])
    const batches = (from: Settings, ...counts: number[]): number[] => {
      let now = from
      return counts.map((count) => (now = withSamples(now, 1, many.slice(0, count))).batch)
    }
    expect(batches(own, 1, 2, 3, 100, 4)).toEqual([1, 2, 3, 64, 4])
    expect(batches({ ...own, batch: 1 }, 3, 2)).toEqual([1, 1])
    expect(batches({ ...withSamples(own, 1, many), batch: 80 }, 99, 70)).toEqual([80, 70])
    expect(batches(withSamples(firstSettings, 1, []), 1, 2)).toEqual([1, 2])
  })

  it.each([
    [[], 'There is no point'],
    [[[0.5]], 'Each point has 2 numbers'],
    [[[0.5, 3]], 'Each point has 2 numbers'],
    [Array.from({ length: 201 }, () => [0, 0]), 'There are 201 points'],
  ])('are checked: %j', (samples, words) => {
    expect(faultsOf(withSamples(firstSettings, 1, samples), catalogue)).toEqual([expect.stringContaining(words)])
  })

  it('of two inputs are shown on a grid, with the error at the points', () => {
    const settings = withSamples(firstSettings, 2, [
      [0, 0, 0.5],
      [0.5, -0.5, -1],
    ])
    const { target, points, pictured, from } = viewOf(buildFunction(settings).problem)
    expect([target.isKnown, target.grid, points.count]).toEqual([false, [65, 65], 65 * 65 + 2])
    expect(pictured(new Float32Array(points.count))).toHaveLength(65 * 65)
    expect([from, [...points.x.subarray(2 * from)], [...points.y.subarray(from)]]).toEqual([
      65 * 65,
      [0, 0, 0.5, -0.5],
      [0.5, -1],
    ])
  })
})

describe('faultsOf', () => {
  it('finds none in valid settings', () => {
    for (const settings of [firstSettings, settingsFor('parabola'), other])
      expect(faultsOf(settings, catalogue)).toEqual([])
  })

  it.each([
    [{ neuronOptions: { beta: '1.5' } }, 'beta of lif is 1.5; it must be a finite number from 0 to 1'],
    [{ surrogateOptions: { alpha: '' } }, 'alpha of atan is empty'],
    [{ contenders: [{ ...contenderFor('rfg'), options: { scope: 'both' } }] }, 'scope of rfg is both'],
  ])('checks options by their declarations: %j', (part, words) => {
    const faults = faultsOf({ ...firstSettings, ...part }, catalogue)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(words)
  })

  it.each([
    [{ time: 0 }, 'T is 0'],
    [{ time: 2.5 }, 'T is 2.5'],
    [{ hidden: [1_000_000] }, 'The width of layer 1 is 1000000'],
    [{ hidden: [] }, 'There are 0 hidden layers'],
    [{ hidden: [Number.NaN] }, 'The width of layer 1 is NaN'],
    [{ batch: 0 }, 'The batch is 0'],
    [{ steps: -1 }, 'The number of steps is -1'],
    [{ key: 2 ** 40 }, 'The key is'],
    [{ contenders: [] }, 'No estimator'],
    [{ contenders: [{ ...contenderFor('rfg'), options: { directions: '0' } }] }, 'directions of rfg is 0'],
    [{ contenders: [{ ...contenderFor('rfg'), learningRate: -1 }] }, 'learning rate of rfg is -1'],
    // Each number is valid alone, but not all of them together.
    [
      { hidden: [4096], batch: 1024, contenders: [{ ...contenderFor('rfg'), options: { directions: '1024' } }] },
      'would fill about 16.0 GiB',
    ],
    [{ hidden: [1024], batch: 1024, time: 1024, contenders: [contenderFor('bp')] }, 'a shorter T'],
  ])('reports what is wrong with %j', (part, words) => {
    const faults = faultsOf({ ...firstSettings, ...part }, null)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(words)
  })
})

it('what the problem decides is not offered', () => {
  const named = (name: string) => catalogue.estimators.find((e) => e.name === name)!
  const offered = (name: string) => offeredOptions(named(name)).map((o) => o.name)
  expect(named('feedback').options.map((o) => o.name)).toContain('outputs')
  expect(offered('feedback')).not.toContain('outputs')
  expect(offered('feedback')).toContain('transport')
  expect(offered('rfg')).toEqual(named('rfg').options.map((o) => o.name))
})

it('a contender is named by its distinguishing options', () => {
  expect(firstSettings.contenders.map(contenderLabel)).toEqual(['eligibility', 'activity', 'rfg · 8', 'bp'])
  expect(contenderLabel(contenderFor('rfg', 'layerwise'))).toBe('rfg · by layer · 4')
})
