import { describe, expect, it } from 'vitest'
import * as sw from '../../src/index.js'

const z = sw.zeros
describe('clear errors', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['shapes that do not broadcast', () => sw.add(z([2, 3]), z([4])), /add: shapes \[2, 3\] and \[4\].*SHAPE_MISMATCH/],
    ['element types that differ', () => sw.add(z([2]), z([2], 'i32')), /add: f32\[2\] and i32\[2\].*DTYPE_MISMATCH/],
    [
      'a product that does not fit',
      () => sw.matmul(z([2, 3]), z([2, 3])),
      /matmul: f32\[2,3\] and f32\[2,3\].*SHAPE_MISMATCH/,
    ],
    ['a reshape of another size', () => sw.reshape(z([6]), [4]), /reshape: f32\[6\].*SHAPE_MISMATCH/],
    ['an axis that is not there', () => sw.sum(z([2]), 1), /sum: axis 1 of a tensor with 1 axes.*INVALID_AXIS/],
    ['a logarithm of whole numbers', () => sw.log(z([2], 'i32')), /log of i32\[2\].*DTYPE_MISMATCH/],
    ['a condition that is not a bool', () => sw.where(z([2]), 1, 0), /where.*bool.*DTYPE_MISMATCH/],
    ['ragged rows', () => sw.tensor([[1, 2], [3]]), /unequal length.*INVALID_SHAPE/],
    [
      'too few numbers',
      () => sw.tensor([1, 2, 3], { shape: [2, 2] }),
      /3 numbers do not fill shape \[2, 2\].*SHAPE_MISMATCH/,
    ],
    ['an absurd shape', () => z([1e6, 1e6]), /INVALID_SHAPE/],
    [
      'a carry that changes shape',
      () => sw.scan((s: sw.Tensor) => [sw.stack([s, s]), []] as const, z([2]), null, { length: 3 }),
      /scan: carry 0.*SCAN_CARRY_MISMATCH/,
    ],
    ['a scan without a length', () => sw.scan((s: sw.Tensor) => [s, []] as const, z([2]), null), /INVALID_ARGUMENT/],
    [
      'sequences of unequal length',
      () =>
        sw.scan((s: sw.Tensor, [a]: [sw.Tensor, sw.Tensor]) => [sw.add(s, a), []] as const, z([]), [z([2]), z([3])] as [
          sw.Tensor,
          sw.Tensor,
        ]),
      /sequence 1.*SHAPE_MISMATCH/,
    ],
    ['a gradient of a non-scalar', () => sw.grad((x: sw.Tensor) => x)(z([2])), /f32\[2\].*NOT_A_SCALAR/],
    [
      'a tangent of another shape',
      () => sw.jvp((x: sw.Tensor) => x, [z([2])], [z([3])]),
      /argument 0 is f32\[2\], its tangent f32\[3\].*SHAPE_MISMATCH/,
    ],
    [
      'batches of unequal length',
      () => sw.vmap((a: sw.Tensor, b: sw.Tensor) => sw.add(a, b))(z([2]), z([3])),
      /2 and 3.*SHAPE_MISMATCH/,
    ],
    ['item of more than one', () => z([2]).item(), /NOT_A_SCALAR/],
    [
      'a rule that is not linear',
      () =>
        sw.grad(
          sw.customJvp(
            (x) => x,
            ([x], [dx]) => [x!, sw.exp(dx!)],
          ),
        )(sw.tensor(1)),
      /NOT_LINEAR/,
    ],
  ])('%s', async (_name, act, message) => {
    await expect(async () => act()).rejects.toThrow(message)
  })
})
