import {
  defineFactory,
  defineOptions,
  integer,
  mul,
  number,
  numbers,
  opaque,
  reshape,
  slice,
  sub,
} from '@spikeward/core'
import type { Coords, HardConditions, OptionsOf, Tensor } from '@spikeward/core'

const isNames = (x: unknown): x is readonly string[] => Array.isArray(x) && x.every((n) => typeof n === 'string')

/** Options of {@link vanishing}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  axis: integer({ min: 0, required: true, help: 'axis of the coordinate' }),
  /** Values of that coordinate at which the output vanishes: one or several. */
  at: numbers({ minLength: 1, required: true, help: 'values of the coordinate at which the output vanishes' }),
  /** Constant factor. Choose it so that the product is about 1 in the middle of the domain. Default 1. */
  scale: number({ default: 1, help: 'constant factor (s)' }),
  /** Names of the problem's conditions that the transform satisfies. Default none. */
  satisfies: opaque('a list of names of conditions', isNames, { default: [], help: 'conditions that it satisfies' }),
}))

/** Options of {@link vanishing}. */
export type VanishingOptions = OptionsOf<typeof options>

/**
 * An output transform that vanishes on faces of the domain: u = s · (xₐ − v₁)(v₂ − xₐ)(v₃ − xₐ)… · output.
 * `{ axis: 0, at: [0, 1], scale: 4 }` gives the factor 4x(1 − x); `{ axis: 1, at: [0] }` gives t.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 */
export const vanishing = /* @__PURE__ */ defineFactory(
  { kind: 'wrapper', name: 'vanishing', summary: 'output transform that vanishes on faces of the domain', options },
  (read) =>
    (settings: VanishingOptions): HardConditions<Tensor | null> => {
      const { axis, at, scale, satisfies } = read(settings)
      return {
        satisfies,
        apply(raw, _, c) {
          const x = coordinateLike(c, axis, raw)
          // (x − v₁)(v₂ − x)(v₃ − x)…: positive between the first two values.
          const factor = at.reduce<Tensor | number>((p, v, i) => mul(p, i === 0 ? sub(x, v) : sub(v, x)), scale)
          return mul(raw, factor)
        },
      }
    },
)

/**
 * The coordinate xₐ of every point, reshaped to broadcast against an output at those points ([N, …] or [N, …,
 * outputs]).
 *
 * @param like the output, or any tensor with as many axes
 */
export function coordinateLike(c: Coords, axis: number, like: Tensor): Tensor {
  const shape = new Array<number>(like.ndim).fill(1)
  const place = c.kind === 'points' ? 1 : 1 + axis
  const x = c.kind === 'points' ? slice(c.x, [0, axis], [c.x.shape[0]!, axis + 1]) : c.axes[axis]!
  shape[place] = x.shape[0]!
  return reshape(x, shape)
}
