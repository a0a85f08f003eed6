import { describe, expect, test } from 'vitest'
import { parseExpression } from '../src/prediction/expression.js'

const at = (text: string, x = 0.3, y = -1.2): number => parseExpression(text, ['x', 'y'])({ x, y })

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
})
