import { SpikewardError, jvp, mul, onesLike, reshape, slice, sub } from '@spikeward/core'
import type { Coords, DecoderSide, HardConditions, OperatorNetwork, Tensor, Tree } from '@spikeward/core'

import { creditThrough, rowsOf } from './sides.js'

/** Z of a network with hard conditions: that of the network itself, and the input functions, which conditions may need. */
export type Held<Z extends Tree> = { readonly inner: Z; readonly f: Tree }

/**
 * Wraps a network so that conditions hold whatever its parameters are: u = hard.apply(network's output, f, c). A
 * derivative of the wrapped network's output is one of the transformed output. Wrappers compose: the outermost is applied last.
 *
 * @param hard such as `problem.physics.hard`, or {@link vanishing}
 * @example const network = withHardConditions(deepOnet(options), vanishing({ axis: 0, at: [0, 1], scale: 4 }))
 */
export function withHardConditions<P extends Tree, Z extends Tree, F extends Tensor | null>(
  network: OperatorNetwork<P, Z, F>,
  hard: HardConditions<F>,
): OperatorNetwork<P, Held<Z>, F> {
  const { encoder, decoders, ...plain } = network
  /** ∂u/∂(network's output), place by place. */
  const factor = (p: P, { inner, f }: Held<Z>, at: Coords): Tensor => {
    const raw = network.decode(p, inner, at)
    return jvp((y: Tensor) => apply(y, f, at), [raw], [onesLike(raw)])[1]
  }
  const apply = (raw: Tensor, f: Tree, at: Coords): Tensor => hard.apply(raw, (Array.isArray(f) ? null : f) as F, at)
  const held: OperatorNetwork<P, Held<Z>, F> = {
    ...plain,
    satisfies: [...network.satisfies, ...hard.satisfies],
    encode: (p, f) => ({ inner: network.encode(p, f), f: f ?? [] }),
    decode: (p, { inner, f }, at) => apply(network.decode(p, inner, at), f, at),
    apply: (p, f, at) => held.decode(p, held.encode(p, f), at),
    ...(encoder === undefined
      ? {}
      : {
          encoder: {
            sites: encoder.sites,
            probe(p, f, probes) {
              const { output: inner, presynaptic } = encoder.probe(p, f, probes)
              return { output: { inner, f: f ?? [] }, presynaptic }
            },
            ...creditThrough(encoder, (p, z, at) => rowsOf(factor(p, z, at))),
          },
        }),
    ...(decoders === undefined
      ? {}
      : {
          decoders: decoders.map(
            (side): DecoderSide<P, Held<Z>> => ({
              sites: side.sites,
              arrange: (field, at) => side.arrange(field, at),
              probe(p, { inner, f }, at, probes) {
                const { output, presynaptic } = side.probe(p, inner, at, probes)
                return { output: apply(output, f, at), presynaptic }
              },
              ...creditThrough(side, (p, z, at) => side.arrange(factor(p, z, at), at)),
            }),
          ),
        }),
  }
  return held
}

/** Options of {@link vanishing}. */
export type VanishingOptions = {
  readonly axis: number
  /** Where on that axis the output is to vanish: one or several values. */
  readonly at: readonly number[]
  /** Factor, so that the product is about 1 in the middle. Default 1. */
  readonly scale?: number
  /** Names of the problem's conditions that hold then. Default none. */
  readonly satisfies?: readonly string[]
}

/**
 * An output transform that vanishes on faces of the domain: u = s · (xₐ − v₁)(v₂ − xₐ)(v₃ − xₐ)… · output.
 * `{ axis: 0, at: [0, 1], scale: 4 }` is the factor 4x(1 − x); `{ axis: 1, at: [0] }` is t.
 *
 * @throws INVALID_OPTION for no value
 */
export function vanishing(options: VanishingOptions): HardConditions<Tensor | null> {
  const { axis, at, scale = 1, satisfies = [] } = options
  if (at.length === 0 || !at.every(Number.isFinite)) {
    throw new SpikewardError('INVALID_OPTION', `vanishing: at = [${at.join(', ')}]; give at least one finite number`)
  }
  return {
    satisfies,
    apply(raw, _, c) {
      const x = coordinate(c, axis, raw)
      // (x − v₁)(v₂ − x)(v₃ − x)…: positive between the first two values.
      const factor = at.reduce<Tensor | number>((p, v, i) => mul(p, i === 0 ? sub(x, v) : sub(v, x)), scale)
      return mul(raw, factor)
    },
  }
}

/** Coordinate `axis` of every point, shaped so that it broadcasts against an output there ([N, …] or [N, …, outputs]). */
export function coordinate(c: Coords, axis: number, like: Tensor): Tensor {
  const shape = new Array<number>(like.ndim).fill(1)
  const place = c.kind === 'points' ? 1 : 1 + axis
  const x = c.kind === 'points' ? slice(c.x, [0, axis], [c.x.shape[0]!, axis + 1]) : c.axes[axis]!
  shape[place] = x.shape[0]!
  return reshape(x, shape)
}
