import { full, SpikewardError, treeLeaves } from '@spikeward/core'
import type { Coords, Field, FloatDType, OperatorNetwork, Tensor, Tree, Variables } from '@spikeward/core'

/** The element type of parameters: f64 if one of them is. */
const floatOf = (tree: Tree): FloatDType => (treeLeaves(tree).some((t) => t.dtype === 'f64') ? 'f64' : 'f32')

/** Trained variables of a network with coefficients. */
export type WithCoefficients<P extends Tree> = {
  readonly network: P
  readonly coefficients: { readonly [name: string]: Tensor }
}

/**
 * Adds the unknown coefficients of an equation to a network's parameters, so that they are trained together. They do
 * not affect the output: the residual of an equation reads them by name.
 *
 * @param first initial values by name, such as `problem.physics.unknown`
 * @throws INVALID_OPTION for a value that is not finite, or if there is no coefficient
 * @example const network = withCoefficients(pinn(options), { nu: 1 })
 */
export function withCoefficients<P extends Tree, F extends Tree, Z extends Tree, I>(
  network: OperatorNetwork<Variables<P, F>, Z, I>,
  first: Readonly<Record<string, number>>,
): OperatorNetwork<Variables<WithCoefficients<P>, F>, Z, I> {
  const names = Object.keys(first)
  const bad = names.find((name) => !Number.isFinite(first[name]))
  if (names.length === 0 || bad !== undefined) {
    throw new SpikewardError(
      'INVALID_OPTION',
      names.length === 0
        ? 'withCoefficients: no coefficients; give at least one, or leave out the wrapper'
        : `withCoefficients: ${bad} starts at ${first[bad!]}; give a finite number`,
    )
  }
  type Whole = Variables<WithCoefficients<P>, F>
  const inner = ({ trained, fixed }: Whole): Variables<P, F> => ({ trained: trained.network, fixed })
  const { raw, ...plain } = network
  return {
    ...plain,
    init(key) {
      const { trained, fixed } = network.init(key)
      const dtype = floatOf(trained)
      return {
        trained: {
          network: trained,
          coefficients: Object.fromEntries(names.map((name) => [name, full([], first[name]!, dtype)])),
        },
        fixed,
      }
    },
    encode: (v, f) => network.encode(inner(v), f),
    decode: (v, z, at) => network.decode(inner(v), z, at),
    apply: (v, f, at) => network.apply(inner(v), f, at),
    coefficients: ({ trained }) => trained.coefficients,
    ...(raw === undefined
      ? {}
      : {
          raw: {
            decode: (v: Whole, z: Z, at: Coords) => raw.decode(inner(v), z, at),
            through: (field: Field, f: I) => raw.through(field, f),
          },
        }),
  }
}
