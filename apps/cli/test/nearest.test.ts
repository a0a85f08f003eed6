import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { editDistance, nearest } from '../src/nearest.js'

const word = fc.string({ maxLength: 12 })

describe('editDistance', () => {
  test('is zero for equal words alone, symmetric, and at most the longer length', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const d = editDistance(a, b)
        expect(d).toBe(editDistance(b, a))
        expect(d === 0).toBe(a === b)
        expect(d).toBeLessThanOrEqual(Math.max(a.length, b.length))
        expect(d).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
      }),
    )
  })

  test('counts one for a dropped letter, a wrong letter, and two letters swapped', () => {
    expect(editDistance('estimator', 'estimtor')).toBe(1)
    expect(editDistance('atan', 'atun')).toBe(1)
    expect(editDistance('rfg', 'rgf')).toBe(1)
    expect(editDistance('kitten', 'sitting')).toBe(3)
  })
})

describe('nearest', () => {
  const names = ['mexican-hat', 'parabola', 'ripple', 'fastSigmoid', 'sigmoid']

  test('finds the name behind one typing error', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(), fc.constantFrom('x', ''), (name, at, put) => {
        const i = at % name.length
        expect(nearest(name.slice(0, i) + put + name.slice(i + 1), names)).toBe(name)
      }),
    )
  })

  test('looks through case and hyphens, and takes a beginning for the whole', () => {
    expect(nearest('MexicanHat', names)).toBe('mexican-hat')
    expect(nearest('fast-sigmoid', names)).toBe('fastSigmoid')
    expect(nearest('para', names)).toBe('parabola')
  })

  test('says nothing where nothing is alike', () => {
    expect(nearest('quux', names)).toBeNull()
    expect(nearest('', [])).toBeNull()
  })
})
