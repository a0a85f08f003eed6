import { describe, expect, expectTypeOf, it, test } from 'vitest'
import {
  choice,
  choices,
  construct,
  declared,
  declaredIn,
  decodeOption,
  decodeOptions,
  defineFactory,
  defineOptions,
  defineValue,
  describeFactory,
  either,
  flag,
  integer,
  integers,
  isDeclared,
  none,
  number,
  numbers,
  onlyDeclared,
  opaque,
  printOption,
  readOptions,
  scalarTensor,
  SpikewardError,
  tensor,
  text,
} from '@spikeward/core'
import type { OptionsOf, Tensor } from '@spikeward/core'

const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof SpikewardError) return error.code
    throw error
  }
  return 'none'
}

type Distribution = { readonly name: string; readonly sample: () => number }

const isDistribution = (x: unknown): x is Distribution => typeof x === 'object' && x !== null && 'sample' in x

const gaussian = defineValue(
  { kind: 'distribution', name: 'gaussian', summary: 'independent N(0, 1)' },
  { name: 'gaussian', sample: () => 0 },
)

const options = {
  scope: choice(['global', 'layerwise'], { default: 'global', help: 'one direction for all, or one per layer' }),
  directions: integer({ min: 1, max: 64, default: 1, help: 'directions per step (K)' }),
  decay: number({ min: 0, max: 1, below: true, default: 0.9, help: 'share kept (β)' }),
  size: either(number({ min: 0, above: true, default: 0.05, help: 'length of a step (ε)' }), scalarTensor),
  rate: number({ min: 0, computed: '1/(d + 2)', help: 'share of a new estimate' }),
  adapt: flag({ default: true, help: 'try a step before it is taken' }),
  layers: integers({ min: 1, minLength: 1, default: [32, 32], help: 'neurons of each layer' }),
  ends: numbers({ minLength: 2, maxLength: 2, default: [0, 1], help: 'both ends of the axis' }),
  learn: choices(['beta', 'threshold'], { default: [], help: 'coefficients to learn' }),
  floor: either(number({ default: 0, help: 'lowest value' }), none),
  file: text({ default: 'a.npz', help: 'file to read' }),
  distribution: declared('distribution', isDistribution, { default: gaussian, help: 'of the directions' }),
  schedule: opaque('a function', (x): x is () => number => typeof x === 'function', {
    computed: 'constant',
    help: 'rate by step',
  }),
}

const rfg = defineFactory(
  { kind: 'estimator', name: 'rfg', summary: 'random forward gradient', options, facts: { unbiased: true } },
  (read) =>
    (settings: OptionsOf<typeof options> = {}) =>
      read(settings),
)

const rateOf = { rate: number({ min: 0, required: true, help: 'learning rate', code: 'INVALID_LEARNING_RATE' }) }
const momentOptions = defineOptions(() => ({
  b1: number({ min: 0, max: 1, below: true, default: 0.9, help: 'decay of the mean' }),
}))
const adam = defineFactory(
  { kind: 'optimizer', name: 'adam', summary: 'Adam', arguments: rateOf, options: momentOptions },
  (read) =>
    (rate: number, settings: OptionsOf<typeof momentOptions> = {}) => {
      const { rate: r, b1 } = read(settings, { rate })
      return { name: 'adam', r, b1 }
    },
)

const needed = { steps: integer({ min: 1, required: true, help: 'steps of time' }) }
const encoder = defineFactory(
  { kind: 'encoder', name: 'encode', summary: 'a code', options: needed },
  (read) => (settings: OptionsOf<typeof needed>) => read(settings).steps,
)

const learned = { learn: choices(['beta', 'threshold'], { default: [], help: 'coefficients to learn' }) }
const generic = defineFactory(
  { kind: 'neuron', name: 'generic', summary: 'learns its parameters', options: learned },
  (read) =>
    <const L extends 'beta' | 'threshold' = never>(settings: { readonly learn?: readonly L[] } = {}) => ({
      learn: read(settings).learn,
      first: settings.learn?.[0],
    }),
)

const later = defineFactory(
  {
    kind: 'backend',
    name: 'later',
    summary: 'opens after a while',
    options: { threads: integer({ min: 1, computed: 'all', help: 'threads' }) },
  },
  (read) =>
    async (settings: { readonly threads?: number } = {}) =>
      read(settings).threads ?? 0,
)

describe('types', () => {
  it('infers the options of a call from the declaration', () => {
    expectTypeOf<OptionsOf<typeof options>>().toEqualTypeOf<{
      readonly scope?: 'global' | 'layerwise'
      readonly directions?: number
      readonly decay?: number
      readonly size?: number | Tensor
      readonly rate?: number
      readonly adapt?: boolean
      readonly layers?: readonly number[]
      readonly ends?: readonly number[]
      readonly learn?: readonly ('beta' | 'threshold')[]
      readonly floor?: number | null
      readonly file?: string
      readonly distribution?: Distribution
      readonly schedule?: () => number
    }>()
    expectTypeOf<OptionsOf<typeof needed>>().toEqualTypeOf<{ readonly steps: number }>()
  })

  it('knows which of the filled options may be undefined', () => {
    const filled = rfg()
    expectTypeOf(filled.directions).toEqualTypeOf<number>()
    expectTypeOf(filled.rate).toEqualTypeOf<number | undefined>()
    expectTypeOf(filled.scope).toEqualTypeOf<'global' | 'layerwise'>()
    expectTypeOf(filled.size).toEqualTypeOf<number | Tensor>()
  })

  it('keeps the type of the function: generic, asynchronous, with arguments before the options', () => {
    expectTypeOf(generic({ learn: ['beta'] }).first).toEqualTypeOf<'beta' | undefined>()
    expectTypeOf(later()).toEqualTypeOf<Promise<number>>()
    expectTypeOf(adam).parameters.toEqualTypeOf<[rate: number, given?: OptionsOf<typeof momentOptions> | undefined]>()
    expectTypeOf(encoder).parameters.toEqualTypeOf<[given: { readonly steps: number }]>()
  })

  it('refuses a default outside the choices, an option without one, and a wrong value', () => {
    // @ts-expect-error a default that is no choice
    choice(['a', 'b'], { default: 'c', help: 'x' })
    // @ts-expect-error neither a default, nor computed, nor required
    integer({ help: 'x' })
    // @ts-expect-error no help
    flag({ default: true })
    // @ts-expect-error no such choice
    expect(() => rfg({ scope: 'local' })).toThrow('one of global, layerwise')
    // @ts-expect-error no such option
    expect(() => rfg({ scoop: 'global' })).toThrow('UNKNOWN_OPTION')
  })
})

describe('calls', () => {
  it('fills in defaults, and takes undefined for left out', () => {
    expect(rfg()).toMatchObject({
      scope: 'global',
      directions: 1,
      layers: [32, 32],
      rate: undefined,
      distribution: gaussian,
    })
    expect(rfg({ directions: 8, floor: null })).toMatchObject({ directions: 8, floor: null })
    expect(readOptions('rfg', options, { directions: undefined }).directions).toBe(1)
  })

  it('is called as the export is, and carries its declaration', () => {
    expect(rfg.name).toBe('rfg')
    expect(rfg.declaration).toMatchObject({ kind: 'estimator', name: 'rfg', arguments: {}, facts: { unbiased: true } })
    expect(gaussian.declaration).toMatchObject({ kind: 'distribution', name: 'gaussian', options: {} })
    expect([isDeclared(rfg), isDeclared(rfg, 'neuron'), isDeclared(gaussian, 'distribution')]).toEqual([
      true,
      false,
      true,
    ])
    expect([isDeclared(() => 1), isDeclared(null), isDeclared({ declaration: {} })]).toEqual([false, false, false])
  })

  it('checks arguments and options of one call', () => {
    expect(adam(0.1)).toEqual({ name: 'adam', r: 0.1, b1: 0.9 })
    expect(codeOf(() => adam(Number.NaN))).toBe('INVALID_LEARNING_RATE')
    expect(codeOf(() => adam(0.1, { b1: 1 }))).toBe('INVALID_OPTION')
  })

  // Values that plain JavaScript can pass for each type of option.
  const wrong: readonly (readonly [string, readonly unknown[]])[] = [
    ['scope', ['local', 1, null, ['global']]],
    ['directions', [0, 65, 1.5, Number.NaN, '8', null, true]],
    ['decay', [1, -0.1, Infinity, '0.5', null]],
    ['size', [0, -1, tensor([1]), 'small', null]],
    ['adapt', ['true', 1, null]],
    ['layers', [[], [0], [1.5], 32, '32', null]],
    ['ends', [[0], [0, 1, 2], [0, Number.NaN]]],
    ['learn', [['gamma'], 'beta', null]],
    ['floor', ['low', Number.NaN]],
    ['file', [1, null]],
    ['distribution', ['gaussian', {}, null]],
    ['schedule', [1, null]],
  ]

  it.each(wrong)('refuses values of %s of another type', (name, values) => {
    for (const value of values) {
      expect(codeOf(() => readOptions('rfg', options, { [name]: value }))).toBe('INVALID_OPTION')
    }
  })

  it('states what is wrong, why, and what to do', () => {
    expect(() => rfg({ directions: 0 })).toThrow(
      'rfg: directions is 0; it must be a whole number from 1 to 64; give such a value, or leave the option out for 1 [INVALID_OPTION]',
    )
    expect(() => readOptions('adam', momentOptions, { beta1: 0.5 })).toThrow(
      "adam has no option 'beta1'; it would be ignored; use one of: b1 [UNKNOWN_OPTION]",
    )
    expect(() => readOptions('encode', needed, {})).toThrow(
      'encode: steps is missing and has no default (steps of time); give a whole number of at least 1 [INVALID_OPTION]',
    )
    expect(codeOf(() => readOptions('rfg', options, 8 as unknown as object))).toBe('INVALID_OPTION')
  })
})

describe('text and JSON', () => {
  const resolve = (kind: string, written: string): unknown => {
    if (kind === 'distribution' && written === 'gaussian') return gaussian
    throw new SpikewardError('CLI_UNKNOWN_NAME', `no ${kind} ${written}`)
  }
  const decode = (name: keyof typeof options, given: unknown): unknown =>
    decodeOption<unknown>('rfg', name, options[name], given, resolve)

  it('reads what a command line writes', () => {
    expect(decode('scope', 'layerwise')).toBe('layerwise')
    expect(decode('directions', '8')).toBe(8)
    expect(decode('decay', '5e-1')).toBe(0.5)
    expect(decode('adapt', 'false')).toBe(false)
    expect([decode('layers', '64,32'), decode('layers', '[64, 32]'), decode('layers', ['64', 32])]).toEqual([
      [64, 32],
      [64, 32],
      [64, 32],
    ])
    expect([decode('learn', 'beta'), decode('learn', '[]')]).toEqual([['beta'], []])
    expect([decode('floor', 'none'), decode('floor', '-1'), decode('floor', null)]).toEqual([null, -1, null])
    expect(decode('file', '12')).toBe('12')
    expect(decode('distribution', 'gaussian')).toBe(gaussian)
    expect(decode('size', '0.1')).toBe(0.1)
  })

  it('refuses what it cannot read', () => {
    for (const [name, given] of [
      ['directions', '8x'],
      ['directions', ''],
      ['decay', '1'],
      ['adapt', 'yes'],
      ['layers', '64,,32'],
      ['learn', 'beta,gamma'],
      ['floor', 'low'],
      ['schedule', 'x'],
    ] as const) {
      expect([name, codeOf(() => decode(name, given))]).toEqual([name, 'INVALID_OPTION'])
    }
    expect(codeOf(() => decode('distribution', 'laplace'))).toBe('CLI_UNKNOWN_NAME')
    expect(codeOf(() => decodeOption('rfg', 'distribution', options.distribution, 'gaussian'))).toBe('INVALID_OPTION')
  })

  it('validates stored options, and calls the factory with them', () => {
    const stored = JSON.parse('{"directions": 8, "layers": [16], "distribution": "gaussian"}') as unknown
    expect(construct(rfg, decodeOptions(rfg.declaration, stored, resolve))).toMatchObject({
      directions: 8,
      layers: [16],
    })
    expect(construct(adam, decodeOptions(adam.declaration, { rate: 0.1, b1: 0.5 }))).toEqual({
      name: 'adam',
      r: 0.1,
      b1: 0.5,
    })
    expect(construct(gaussian, {})).toBe(gaussian)
    expect(codeOf(() => decodeOptions(rfg.declaration, { K: 1 }))).toBe('UNKNOWN_OPTION')
    expect(codeOf(() => decodeOptions(rfg.declaration, { directions: 0 }))).toBe('INVALID_OPTION')
    expect(codeOf(() => decodeOptions(rfg.declaration, 'rfg'))).toBe('INVALID_OPTION')
    expect(codeOf(() => construct(adam, { b1: 0.5 }))).toBe('INVALID_OPTION')
    expect(codeOf(() => construct(gaussian, { sigma: 1 }))).toBe('INVALID_OPTION')
  })

  it('keeps the values that a factory declares, as an argument or an option', () => {
    expect(onlyDeclared(adam, { rate: 0.1, b1: 0.5, momentum: 0.9, toString: 1 })).toEqual({ rate: 0.1, b1: 0.5 })
    expect(onlyDeclared(gaussian, { sigma: 1 })).toEqual({})
  })

  it('reads every default that can be written back from how it is printed', () => {
    for (const described of describeFactory(rfg.declaration).options) {
      if (!described.writable || described.presence !== 'value') continue
      const name = described.name as keyof typeof options
      expect([name, decode(name, described.default)]).toEqual([name, options[name].default])
    }
  })

  it('describes a declaration as JSON', () => {
    const described = describeFactory(rfg.declaration)
    expect(JSON.parse(JSON.stringify(described))).toEqual(described)
    expect(described.options.find((o) => o.name === 'directions')).toEqual({
      name: 'directions',
      type: 'integer',
      help: 'directions per step (K)',
      expects: 'a whole number from 1 to 64',
      presence: 'value',
      default: '1',
      writable: true,
      range: { min: 1, max: 64 },
    })
    expect(described.options.find((o) => o.name === 'learn')).toMatchObject({
      type: 'list',
      choices: ['beta', 'threshold'],
    })
    expect(described.options.find((o) => o.name === 'distribution')).toMatchObject({
      kind: 'distribution',
      default: 'gaussian',
    })
    expect(described.options.find((o) => o.name === 'rate')).toMatchObject({
      presence: 'computed',
      default: '1/(d + 2)',
    })
    expect(printOption(options.directions)).toBe('directions per step (K): a whole number from 1 to 64; 1 by default')
    expect(printOption(needed.steps)).toBe('steps of time: a whole number of at least 1; required')
  })
})

test('gives the exports of one kind by their declared names', () => {
  const first = defineFactory({ kind: 'problem', name: 'first', summary: 'one' }, () => () => ({}))
  const other = defineFactory({ kind: 'estimator', name: 'other', summary: 'another kind' }, () => () => ({}))
  const value = defineValue({ kind: 'problem', name: 'value', summary: 'used as it is' }, {})
  const exports = { first, renamed: value, other, plain: () => 1, text: 'first', nothing: null }
  expect(declaredIn(exports, 'problem')).toEqual({ first, value })
  expect(declaredIn(exports, 'surrogate')).toEqual({})
})
