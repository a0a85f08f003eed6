import { type OperatorData, type OperatorNetwork, type Tensor, type Tree, mul, tensor } from '@spikeward/core'
import { type Amplitude, perFunction } from './amplitude.js'

/** Code of a network with the amplitude divided out: the code of the inner network, and α [N, 1]. */
export type EncodedWithAmplitude<Z extends Tree> = { readonly inner: Z; readonly amplitude: Tensor }

/**
 * Wraps a network so that its input is an input function divided by its amplitude, and its output is multiplied by it,
 *
 *     u(f) = α(f) · N(f/α(f))
 *
 * The result is homogeneous for all parameters: u(cf) = c u(f) for c ≥ 0. Linear operators are homogeneous, so a
 * network trained on functions of one amplitude is valid for all, and functions of any size drive the neurons as in
 * training. For operators that are only nearly homogeneous, use `told: true`, which gives α to N as well. Apply hard
 * conditions outside: `withHardConditions(withAmplitude(network, size), hard)`.
 *
 * @param network a network with `size.told` more sensors than the problem
 * @param size see {@link amplitude}
 * @example
 * const size = amplitude({ unit: rootMeanSquare(train.sensors) })
 * const network = withAmplitude(deepOnet(options), size)
 */
export function withAmplitude<P extends Tree, Z extends Tree>(
  network: OperatorNetwork<P, Z>,
  size: Amplitude,
): OperatorNetwork<P, EncodedWithAmplitude<Z>> {
  const { raw: _raw, ...plain } = network
  const scaled = (raw: Tensor, alpha: Tensor): Tensor => mul(raw, perFunction(raw, alpha))
  const amplified: OperatorNetwork<P, EncodedWithAmplitude<Z>> = {
    ...plain,
    encode: (p, f) => ({ inner: network.encode(p, size.divide(f)), amplitude: size.of(f) }),
    decode: (p, { inner, amplitude }, at) => scaled(network.decode(p, inner, at), amplitude),
    apply: (p, f, at) => amplified.decode(p, amplified.encode(p, f), at),
  }
  return amplified
}

/**
 * Training pairs of the network inside {@link withAmplitude}: f/α (with `told` plus the column for α) and u/α. Use them
 * to scale inputs, centre rates and compute a basis. A function of amplitude 0 keeps its solution.
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
