import { coordsShape, mul, ones, tensor } from '@spikeward/core'
import type { DecoderSide, OperatorData, OperatorNetwork, Tensor, Tree } from '@spikeward/core'
import { perFunction } from './amplitude.js'
import type { Amplitude } from './amplitude.js'
import { cotangentThrough } from '../sides/layout.js'

/** Z of a network with the amplitude divided out: that of the network itself, and α [N, 1]. */
export type EncodedWithAmplitude<Z extends Tree> = { readonly inner: Z; readonly amplitude: Tensor }

/**
 * Wraps a network so that it sees the shape of an input function, and its output is multiplied by the amplitude,
 *
 *     u(f) = α(f) · N(f/α(f))
 *
 * Exactly homogeneous, u(cf) = c u(f) for c > 0, whatever the parameters are; and for c = 0. That is what a linear
 * operator is, so that one learned from functions of one amplitude holds for all, and neurons are driven as in training
 * by a function of any size. An operator that is nearly homogeneous is learned with `told: true`, where N is given α besides:
 * nothing is lost then, and the tail is bounded all the same. Conditions come on the outside,
 * `withHardConditions(withAmplitude(network, size), hard)`.
 *
 * @param network of `size.told` more sensors than the problem has
 * @param size see {@link amplitude}
 * @example
 * const size = amplitude({ unit: rootMeanSquare(train.sensors) })
 * const network = withAmplitude(deepOnet(options), size)
 */
export function withAmplitude<P extends Tree, Z extends Tree>(
  network: OperatorNetwork<P, Z>,
  size: Amplitude,
): OperatorNetwork<P, EncodedWithAmplitude<Z>> {
  const { encoder, decoders, ...plain } = network
  const scaled = (raw: Tensor, alpha: Tensor): Tensor => mul(raw, perFunction(raw, alpha))
  const amplified: OperatorNetwork<P, EncodedWithAmplitude<Z>> = {
    ...plain,
    encode: (p, f) => ({ inner: network.encode(p, size.divide(f)), amplitude: size.of(f) }),
    decode: (p, { inner, amplitude }, at) => scaled(network.decode(p, inner, at), amplitude),
    apply: (p, f, at) => amplified.decode(p, amplified.encode(p, f), at),
    ...(encoder === undefined
      ? {}
      : {
          encoder: {
            affineLayers: encoder.affineLayers,
            perturb(p, f, perturbations) {
              const { output: inner, presynaptic } = encoder.perturb(p, size.divide(f), perturbations)
              return { output: { inner, amplitude: size.of(f) }, presynaptic }
            },
            ...cotangentThrough(encoder, (_, { amplitude }) => amplitude),
          },
        }),
    ...(decoders === undefined
      ? {}
      : {
          decoders: decoders.map(
            (side): DecoderSide<P, EncodedWithAmplitude<Z>> => ({
              affineLayers: side.affineLayers,
              arrange: (field, at) => side.arrange(field, at),
              perturb(p, { inner, amplitude }, at, perturbations) {
                const { output, presynaptic } = side.perturb(p, inner, at, perturbations)
                return { output: scaled(output, amplitude), presynaptic }
              },
              ...cotangentThrough(side, (_, { amplitude }, at) => {
                const shape = [
                  amplitude.shape[0]!,
                  ...coordsShape(at),
                  ...(network.outputs === 1 ? [] : [network.outputs]),
                ]
                const one = ones(shape, amplitude.dtype)
                return side.arrange(scaled(one, amplitude), at)
              }),
            }),
          ),
        }),
  }
  return amplified
}

/**
 * Pairs of functions as the network inside {@link withAmplitude} is to learn them: f/α (and the column that tells α) and
 * u/α, for scaling inputs, centring rates and finding a basis. A function of amplitude 0 keeps its solution.
 *
 * @param sensors m
 */
export async function divideAmplitude(data: OperatorData, sensors: number, size: Amplitude): Promise<OperatorData> {
  const { count, values } = data
  const f = tensor(data.sensors, { dtype: 'f64', shape: [count, sensors] })
  const [shapes, alpha] = [await size.divide(f).data(), await size.of(f).data()]
  const points = values.length / count
  return {
    count,
    sensors: Float64Array.from(shapes),
    values: values.map((v, i) => v / (alpha[Math.floor(i / points)]! || 1)),
  }
}
