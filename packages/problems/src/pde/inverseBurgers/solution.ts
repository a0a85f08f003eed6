import { coleHopfBurgers } from '../../numerics/coleHopfBurgers.js'

/**
 * The solution that is measured: that of u_t + u u_x = λ₂ u_xx, u(x, 0) = −sin πx, u(±1, t) = 0, by {@link coleHopfBurgers}.
 *
 * @param viscosity λ₂
 * @returns [u] at a point [x, t]
 */
export function inverseBurgersSolution(viscosity: number): (at: readonly number[]) => [u: number] {
  const u = coleHopfBurgers(viscosity)
  return ([x = 0, t = 0]) => [u(x, t)]
}
