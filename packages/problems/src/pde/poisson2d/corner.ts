import { add, div, mul, pow, sqrt, square, sub } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/** Newton steps for a cosine of a third of an angle: quadratic convergence from above, to the last bit of f32. */
const STEPS = 6

/**
 * The harmonic function of a corner of 270° that vanishes on both of its edges, which bound the quadrant x > 0, y < 0,
 *
 *     s = r^(2/3) sin(2θ/3) = r^(2/3) (2c² − 1),   c = cos(φ/3),   θ = φ + 3π/4 from the axis y = 0, x > 0
 *
 * with c the root of 4c³ − 3c = cos φ in [1/√2, 1], by Newton's method from 1: no inverse function of an angle is needed.
 * Solutions of Poisson's equation behave like s near such a corner: their gradients grow like r^(−1/3).
 */
export function cornerFunction(x: Tensor, y: Tensor): Tensor {
  const squares = add(add(square(x), square(y)), 1e-12)
  const cosine = div(mul(sub(y, x), Math.SQRT1_2), sqrt(squares))
  let c: Tensor = add(mul(cosine, 0), 1)
  for (let i = 0; i < STEPS; i++) {
    const value = sub(mul(c, sub(mul(square(c), 4), 3)), cosine)
    c = sub(c, div(value, sub(mul(square(c), 12), 3)))
  }
  return mul(pow(squares, 1 / 3), sub(mul(square(c), 2), 1))
}
