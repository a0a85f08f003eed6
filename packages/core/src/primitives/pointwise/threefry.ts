import { bind } from '../../interpreters/currentInterpreter.js'
import { SpikewardError } from '../../errors.js'
import type { Expr, KernelBuilder, Primitive } from '../../program/program.js'
import type { Tensor } from '../../tensor/tensor.js'
import { pointwise, sameDType } from './pointwise.js'

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const

/**
 * Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011):
 * a counter (c0, c1) under a key (k0, k1) gives two words. It uses only addition, rotation and exclusive or of 32 bits,
 * so every backend computes the same integers. It is pointwise, so the kernel that uses the numbers also generates
 * them.
 */
export const threefryPrimitive: Primitive<null> = pointwise({
  name: 'threefry',
  results: 2,
  dtype(ins) {
    const dtype = sameDType('threefry', ins)
    if (dtype !== 'u32') throw new SpikewardError('DTYPE_MISMATCH', `threefry of ${dtype}: keys and counters are u32`)
    return dtype
  },
  tangent: null,
  transpose: 'nonlinear',
  emit: (k, [k0, k1, c0, c1]) => rounds(k, k0!, k1!, c0!, c1!),
})

function rounds(k: KernelBuilder, k0: Expr, k1: Expr, c0: Expr, c1: Expr): readonly Expr[] {
  const u = (op: 'add' | 'xor' | 'or' | 'shiftLeft' | 'shiftRight', a: Expr, b: Expr): Expr => k.binary(op, 'u32', a, b)
  const word = (value: number): Expr => k.constant('u32', value)
  const rotate = (x: Expr, by: number): Expr => u('or', u('shiftLeft', x, word(by)), u('shiftRight', x, word(32 - by)))
  const keys = [k0, k1, u('xor', u('xor', k0, k1), word(0x1bd11bda))]
  let x = u('add', c0, keys[0]!)
  let y = u('add', c1, keys[1]!)
  for (let block = 0; block < 5; block++) {
    for (const by of rotations[block % 2]!) {
      x = u('add', x, y)
      y = u('xor', rotate(y, by), x)
    }
    x = u('add', x, keys[(block + 1) % 3]!)
    y = u('add', u('add', y, keys[(block + 2) % 3]!), word(block + 1))
  }
  return [x, y]
}

/** {@link threefryPrimitive} as a function, on operands of equal shape or scalars. */
export function threefry(k0: Tensor, k1: Tensor, c0: Tensor, c1: Tensor): readonly [Tensor, Tensor] {
  const [x, y] = bind(threefryPrimitive, [k0, k1, c0, c1], null)
  return [x!, y!]
}
