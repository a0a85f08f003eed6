import { describe, expect, test } from 'vitest'
import { parseFormula } from '../src/prediction/parseFormula.js'

const at = (text: string, x = 0.3, y = -1.2): number => parseFormula(text, ['x', 'y'])({ x, y })

describe('expressions', () => {
  test.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['2 ^ 3 ^ 2', 512],
    ['2 ** 3', 8],
    ['-2 ^ 2', -4],
    ['2 ^ -1', 0.5],
    ['8 / 4 / 2', 1],
    ['1 - 2 - 3', -4],
    ['--x', 0.3],
    ['1.5e-3 + .5', 0.5015],
    ['sin(pi*x) * exp(-y^2)', Math.sin(Math.PI * 0.3) * Math.exp(-1.44)],
    ['max(x, y, 0) + min(x, 1)', 0.6],
    ['sqrt(abs(y)) + tanh(x) + log(e)', Math.sqrt(1.2) + Math.tanh(0.3) + 1],
  ])('%s', (text, value) => expect(at(text)).toBeCloseTo(value, 12))

  test.each([
    '',
    '1 +',
    '(x',
    'x)',
    'x y',
    '2x',
    'sin x',
    'z',
    'constructor',
    'sin(x).constructor',
    'x; process.exit()',
    '1..2',
    'max()',
  ])('refuses "%s"', (text) => expect(() => at(text)).toThrow(expect.objectContaining({ code: 'CLI_EXPRESSION' })))

  const refusal = (text: string): { readonly code: string; readonly message: string } => {
    try {
      at(text)
    } catch (error) {
      return error as { code: string; message: string }
    }
    throw new Error('it was read')
  }

  test.each([
    ['many terms', `0${'+1'.repeat(40_000)}`, 40_000],
    ['many factors', `1${'*1'.repeat(40_000)}`, 1],
    ['parentheses', `${'('.repeat(200)}x${')'.repeat(200)}`, 0.3],
  ])('%s are read and evaluated', (_, text, value) => expect(at(text)).toBeCloseTo(value, 9))

  test.each([
    ['parentheses', `${'('.repeat(5000)}x${')'.repeat(5000)}`, /200 levels/],
    ['calls', `${'sin('.repeat(5000)}x${')'.repeat(5000)}`, /200 levels/],
    ['signs', `${'-'.repeat(5000)}x`, /200 levels/],
    ['powers', `x${'^x'.repeat(5000)}`, /200 levels/],
    ['characters', `x${'+x'.repeat(100_000)}`, /at most 100000 are allowed/],
    ['a megabyte', 'z'.repeat(1_000_000), /at most 100000 are allowed/],
    ['a long name', 'z'.repeat(50_000), /there is no "z+… /],
  ])('too many %s are refused in a short message', (_, text, why) => {
    const { code, message } = refusal(text)
    expect(code).toBe('CLI_EXPRESSION')
    expect(message).toMatch(why)
    expect(message.length).toBeLessThan(400)
  })

  test.each(['sin(x, x)', 'exp(1, 2, 3)', 'sqrt(x, y)'])('%s has too many arguments', (text) => {
    expect(refusal(text).message).toMatch(/takes 1 argument and was given [23]/)
  })
})
