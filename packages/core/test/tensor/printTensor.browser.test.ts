import { expect, test } from 'vitest'
import { type Tensor, jit, tensor } from '../../src/index.js'

test('a tensor prints itself in a page, and its type where it is traced', () => {
  expect(String(tensor([1, 2]))).toBe('Tensor f32[2] on reference [1, 2]')
  let seen = ''
  jit((x: Tensor) => {
    seen = String(x)
    return x
  })(tensor([1, 2]))
  expect(seen).toBe('Tensor f32[2], traced')
})
