import { concatenate, defineFactory, defineOptions, integer, number, take } from '@spikeward/core'
import type { Coords, OptionsOf, Tensor } from '@spikeward/core'
import { largestOf } from './largestOf.js'
import type { Refinement } from './refinement.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Steps between two draws. Default 20. */
  every: integer({ min: 1, default: 20, help: 'steps between two draws of points' }),
  /** The share of the points that have the largest residuals; the others are uniform. Default 0.25. */
  share: number({ min: 0, max: 1, default: 0.25, help: 'share of the points that have the largest residuals' }),
  /** Candidates for each point. Default 4. */
  candidates: integer({ min: 1, max: 64, default: 4, help: 'candidates for each point' }),
}))

/** Options of {@link rar}. */
export type RarOptions = OptionsOf<typeof options>

/**
 * Residual-based adaptive refinement: uniform points, and those of further random candidates with the largest
 * residuals.
 *
 * Only values of the residual are used, so it is forward only. In the papers points are added and the set grows; a
 * compiled step has a fixed number of points, so that here a `share` of them is chosen anew at each draw.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @see Lu, Meng, Mao & Karniadakis, SIAM Review 2021 (RAR); Wu, Zhu, Tan, Kartha & Lu, Comput. Methods Appl. Mech. Eng.
 *   2023 (RAR-G)
 * @example pinnTask({ network, problem, physics: { differentiate, interior: 400, refine: [rar({ every: 50 })] } })
 */
export const rar = /* @__PURE__ */ defineFactory(
  {
    kind: 'refinement',
    name: 'rar',
    summary: 'a share of the points where the residual is largest',
    facts: { source: 'Lu et al. 2021, Wu et al. 2023' },
    options,
  },
  (read) =>
    (settings: RarOptions = {}): Refinement => {
      const { every, share, candidates } = read(settings)
      return {
        name: 'rar',
        every,
        points({ interior, count, residuals, key }) {
          const few = Math.round(share * count)
          const even = (n: number, k: number): Tensor => pointsOf(interior.points(key.fold(k), n))
          if (few === 0) return even(count, 1)
          const x = even(candidates * count, 0)
          const largest = take(x, largestOf(residuals(x), few))
          return few === count ? largest : concatenate([largest, even(count - few, 1)], 0)
        },
      }
    },
)

const pointsOf = (c: Coords): Tensor => (c.kind === 'points' ? c.x : c.axes[0]!)
