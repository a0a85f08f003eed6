import { expect, test } from 'vitest'
import { errorText } from '../../src/io/texts.js'

test.each([
  [0.05421, '0.0542'],
  [0.001, '0.0010'],
  [3.81e-6, '3.81e-6'],
  [0, '0.0000'],
  [Number.NaN, 'NaN'],
])('an error of %d is shown as %s', (error, text) => expect(errorText(error)).toBe(text))
