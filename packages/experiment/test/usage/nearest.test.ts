import { describe, expect, test } from 'vitest'
import { editDistance, nearest } from '../../src/usage/nearest.js'

/** Every word of up to three letters of an alphabet of three. */
const words = ['']
for (let from = 0; words.length < 40; from++) for (const letter of 'abc') words.push(`${words[from] ?? ''}${letter}`)

describe('editDistance', () => {
  test('is zero for equal words alone, symmetric, and between the difference of lengths and the longer one', () => {
    for (const a of words) {
      for (const b of words) {
        const d = editDistance(a, b)
        expect(d).toBe(editDistance(b, a))
        expect(d === 0).toBe(a === b)
        expect(d).toBeLessThanOrEqual(Math.max(a.length, b.length))
        expect(d).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
      }
    }
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

  test('finds the name behind one letter dropped, wrong or added', () => {
    for (const name of names) {
      for (let i = 0; i < name.length; i++) {
        for (const typed of [
          name.slice(0, i) + name.slice(i + 1),
          `${name.slice(0, i)}x${name.slice(i + 1)}`,
          `${name.slice(0, i)}x${name.slice(i)}`,
        ]) {
          expect(nearest(typed, names)).toBe(name)
        }
      }
    }
  })

  test('ignores case and hyphens, and accepts the beginning of a name', () => {
    expect(nearest('MexicanHat', names)).toBe('mexican-hat')
    expect(nearest('fast-sigmoid', names)).toBe('fastSigmoid')
    expect(nearest('para', names)).toBe('parabola')
  })

  test('suggests nothing if no name is similar', () => {
    expect(nearest('quux', names)).toBeNull()
    expect(nearest('', [])).toBeNull()
  })
})
