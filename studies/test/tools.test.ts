import { describe, expect, it } from 'vitest'
import { exponentOf } from '../src/scale.js'
import { alternate, digits, lastLine, meanSpread, ratioText } from '../src/tools.js'

describe('tables', () => {
  it('show three digits, and a dash for what is missing', () => {
    expect([0.012345, 12345.6, 1e-5, null, Infinity, 0].map((v) => digits(v))).toEqual([
      ...['0.0123', '12346', '1.00e-5', '–', '–', '0'],
    ])
    expect(meanSpread([1, 3])).toBe('2.00 ± 1.4')
    expect(meanSpread([1])).toBe('1.00')
    expect(meanSpread([1, null])).toBe('–')
    expect(ratioText({ ratio: 0.5, low: 0.25, high: 1 })).toBe('0.500 (0.250 to 1.00)')
    expect(ratioText(null)).toBe('–')
  })

  it('fit an exponent to three points or more', () => {
    expect(exponentOf([1, 2, 4, 8].map((x) => ({ x, y: 3 * x ** -0.5 })))).toBeCloseTo(-0.5, 12)
    expect(exponentOf([1, 2].map((x) => ({ x, y: x })))).toBeNull()
  })
})

it('contenders alternate, and the first of a round changes', async () => {
  const order: string[] = []
  const contender = (name: string) => () => Promise.resolve(order.push(name))
  expect(await alternate([contender('a'), contender('b')], 2, 1)).toHaveLength(2)
  expect(order.join('')).toBe('ababba')
})

it('the result of a command is its last line, and a failure has its own words', () => {
  expect(lastLine('bench', { status: 0, stdout: 'a table\n{"x":1}\n', stderr: '' })).toEqual({ x: 1 })
  expect(() => lastLine('bench', { status: 1, stdout: '', stderr: 'no addon' })).toThrow('no addon')
})
