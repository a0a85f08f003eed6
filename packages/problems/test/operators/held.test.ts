/** Data that would fill the memory are refused before the first number is made. */
import { describe, expect, test } from 'vitest'
import { declaredIn } from '@spikeward/core'
import * as problems from '../../src/index.js'
import { codeOf } from '../support/support.js'

const generated = Object.values(declaredIn({ ...problems }, 'problem'))
  .filter(({ declaration }) => declaration.facts['kind'] === 'operator' && 'sensors' in declaration.options)
  .map((make) => [make.declaration.name, make as unknown as (options: Record<string, number>) => unknown] as const)

test('there are generated problems', () => expect(generated.length).toBeGreaterThan(8))

describe.each(generated)('%s', (_, make) => {
  test.each([{ train: 10_000_000 }, { test: 10_000_000 }, { sensors: 1_000_000 }, { sensors: 1e15 }])(
    'refuses %o',
    (options) => expect(codeOf(() => make(options))).toBe('INVALID_OPTION'),
  )
})

test('the message tells the numbers, the limit and what to reduce', () => {
  expect(() => problems.poisson1d({ train: 10_000_000 })).toThrow(
    /10000000 train functions with 51 sensors and 51 points each are 1020000000 numbers, and at most 134217728 \(1 GiB\).*take fewer functions/,
  )
})
