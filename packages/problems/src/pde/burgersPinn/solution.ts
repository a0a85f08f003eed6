import { coleHopfBurgers } from '../../numerics/coleHopfBurgers.js'

/**
 * The solution of u_t + u u_x = ν u_xx, u(x, 0) = −sin πx, u(±1, t) = 0, by {@link coleHopfBurgers}.
 *
 * @param viscosity ν
 * @returns [u] at a point [x, t]
 */
export function burgersPinnSolution(viscosity: number): (at: readonly number[]) => number[] {
  const u = coleHopfBurgers(viscosity)
  return ([x = 0, t = 0]) => [u(x, t)]
}
