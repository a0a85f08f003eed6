import { jvp, onesLike } from '@spikeward/core'
import type { Coords, DecoderSide, EncoderSide, HardConditions, OperatorNetwork, Tensor, Tree } from '@spikeward/core'
import { throughOutput } from '../derivatives/throughOutput.js'
import { cotangentThrough, rowsOf } from '../sides/sideLayout.js'

/** Code of a network with hard conditions: the code of the inner network, and the input functions, which conditions may read. */
export type EncodedWithInput<Z extends Tree> = { readonly inner: Z; readonly f: Tree }

/**
 * Wraps a network so that conditions hold for all parameters: u = hard.apply(output of the network, f, c). Derivatives of the
 * wrapped network are derivatives of the transformed output. Wrappers compose; the outermost transform applies last.
 *
 * @param hard such as `problem.physics.hard`, or {@link vanishing}
 * @example const network = withHardConditions(deepOnet(options), vanishing({ axis: 0, at: [0, 1], scale: 4 }))
 */
export function withHardConditions<P extends Tree, Z extends Tree, F extends Tensor | null>(
  network: OperatorNetwork<P, Z, F>,
  hard: HardConditions<F>,
): OperatorNetwork<P, EncodedWithInput<Z>, F> {
  const { encoders, decoders, raw: innerRaw, ...plain } = network
  /** ∂u/∂(network's output), place by place. */
  const factor = (p: P, { inner, f }: EncodedWithInput<Z>, at: Coords): Tensor => {
    const raw = network.decode(p, inner, at)
    return jvp((y: Tensor) => apply(y, f, at), [raw], [onesLike(raw)])[1]
  }
  const apply = (raw: Tensor, f: Tree, at: Coords): Tensor => hard.apply(raw, (Array.isArray(f) ? null : f) as F, at)
  const held: OperatorNetwork<P, EncodedWithInput<Z>, F> = {
    ...plain,
    satisfies: [...network.satisfies, ...hard.satisfies],
    encode: (p, f) => ({ inner: network.encode(p, f), f: f ?? [] }),
    decode: (p, { inner, f }, at) => apply(network.decode(p, inner, at), f, at),
    apply: (p, f, at) => held.decode(p, held.encode(p, f), at),
    raw: {
      decode: (p, { inner }, at) => (innerRaw ?? network).decode(p, inner, at),
      through: (field, f) =>
        throughOutput(innerRaw?.through(field, f) ?? field, (value, at) => hard.apply(value, f, at)),
      ...rawDecoders((innerRaw ?? network).decoders),
    },
    ...(encoders === undefined
      ? {}
      : {
          encoders: encoders.map(
            (side): EncoderSide<P, EncodedWithInput<Z>, F> => ({
              affineLayers: side.affineLayers,
              perturb(p, f, perturbations) {
                const { output: inner, presynaptic } = side.perturb(p, f, perturbations)
                return { output: { inner, f: f ?? [] }, presynaptic }
              },
              ...cotangentThrough(side, (p, z, at) => rowsOf(factor(p, z, at))),
              ...(side.record === undefined ? {} : { record: (p, f) => side.record!(p, f) }),
            }),
          ),
        }),
    ...(decoders === undefined
      ? {}
      : {
          decoders: decoders.map(
            (side): DecoderSide<P, EncodedWithInput<Z>> => ({
              affineLayers: side.affineLayers,
              arrange: (field, at) => side.arrange(field, at),
              ...(side.record === undefined ? {} : { record: (p, at) => side.record!(p, at) }),
              perturb(p, { inner, f }, at, perturbations) {
                const { output, presynaptic } = side.perturb(p, inner, at, perturbations)
                return { output: apply(output, f, at), presynaptic }
              },
              ...cotangentThrough(side, (p, z, at) => side.arrange(factor(p, z, at), at)),
            }),
          ),
        }),
  }
  return held
}

/** The decoders of a network, for a code that holds the input functions as well. */
function rawDecoders<P extends Tree, Z extends Tree>(
  decoders: readonly DecoderSide<P, Z>[] | undefined,
): { readonly decoders?: readonly DecoderSide<P, EncodedWithInput<Z>>[] } {
  if (decoders === undefined) return {}
  return {
    decoders: decoders.map(({ affineLayers, arrange, perturb }) => ({
      affineLayers,
      arrange,
      perturb: (p, { inner }, at, perturbations) => perturb(p, inner, at, perturbations),
    })),
  }
}
