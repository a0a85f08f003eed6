import { concatenate, mean, mul, reshape, square, sub } from '@spikeward/core'
import type {
  Coords,
  DecoderSide,
  EncoderSide,
  Key,
  LossParts,
  OperatorNetwork,
  Physics,
  Tensor,
  Tree,
  Variables,
} from '@spikeward/core'
import { physicsTerms } from './physicsLoss.js'
import type { PhysicsOptions } from './physicsLoss.js'

/** The draw of one step of an operator task: functions, and their solutions at some coordinates. */
export type OperatorStep = { readonly f: Tensor; readonly u: Tensor; readonly at: Coords }

/** The equation of a step: its residual is added to that of the data. */
export type StepPhysics = { readonly equation: Physics; readonly options: PhysicsOptions; readonly key: Key }

/** Options of {@link operatorParts}. */
export type OperatorPartsOptions<P extends Tree, F extends Tree, Z extends Tree> = {
  readonly network: OperatorNetwork<Variables<P, F>, Z>
  readonly fixed: F
  readonly step: OperatorStep
  /** Weight of the mean squared error of the data. */
  readonly weight: number
  readonly physics: StepPhysics | null
}

/** Whether a network exposes the sides (see the glossary) that {@link operatorParts} needs. */
export const showsParts = (
  { encoders = [], decoders = [] }: Pick<OperatorNetwork, 'encoders' | 'decoders'>,
  physics: boolean,
): boolean => encoders.length > 0 || (!physics && decoders.length > 0)

/** Least squares: residuals [n, m] from an output [n, m], and their mean square ℓ for each sample. */
const leastSquares = (residual: (output: Tensor) => Tensor) => ({
  head: (output: Tensor) => mean(square(residual(output)), 1),
  residuals: (output: Tensor) => reshape(residual(output), [-1]),
})

/**
 * The squared error of an operator network as a mean over samples, written once for each side of the network: over the
 * functions, with the affine layers of each encoder, and over the points, with the affine layers of each decoder,
 *
 *     L = (1/N) Σₙ (1/P) Σₚ rₙₚ² = (1/P) Σₚ (1/N) Σₙ rₙₚ²
 *
 * With an equation, its residuals follow those of the data, each scaled so that the mean square over all is the
 * weighted sum of the mean squares. The parts then contain only the encoders: a derivative in the coordinates depends on
 * a trunk's weights in ways that a perturbation of its pre-activations does not capture.
 */
export function operatorParts<P extends Tree, F extends Tree, Z extends Tree>(
  options: OperatorPartsOptions<P, F, Z>,
): LossParts<P> {
  const { network, fixed, step, weight, physics } = options
  const { f, u, at } = step
  const root = Math.sqrt(weight)
  const against = (target: Tensor) =>
    leastSquares((output) => (weight === 1 ? sub(output, target) : mul(sub(output, target), root)))
  /** The derivative ∂ℓₙ/∂output, [n, m]. */
  const slopeAgainst = (target: Tensor, output: Tensor): Tensor =>
    mul(sub(output, target), (2 * weight) / output.shape[1]!)
  const { encoders = [], decoders = [] } = network
  const functions = f.shape[0]!

  const byPlace = (side: DecoderSide<Variables<P, F>, Z>): LossParts<P> => {
    const target = side.arrange(u, at)
    return {
      samples: target.shape[0]!,
      affineLayers: side.affineLayers,
      forward(trained, perturbations) {
        const variables = { trained, fixed }
        const { output, presynaptic } = side.perturb(variables, network.encode(variables, f), at, perturbations)
        return { output: side.arrange(output, at), presynaptic }
      },
      ...against(target),
      ...(side.cotangent === undefined
        ? {}
        : {
            readoutCotangent(trained, output) {
              const variables = { trained, fixed }
              return side.cotangent!(variables, network.encode(variables, f), at, slopeAgainst(target, output))
            },
          }),
    }
  }
  const rows = (x: Tensor): Tensor => reshape(x, [functions, -1])
  const measured = (variables: Variables<P, F>, z: Z): Tensor => {
    if (physics === null) return rows(network.decode(variables, z, at))
    const terms = physicsTerms(network, variables, { f, z }, physics.equation, physics.options, physics.key)
    const all = weight === 0 ? terms : [...terms, { residual: sub(network.decode(variables, z, at), u), weight }]
    const count = all.reduce((n, { residual }) => n + residual.size, 0)
    const scaled = all.map((t) => mul(rows(t.residual), Math.sqrt((t.weight * count) / t.residual.size)))
    return scaled.length === 1 ? scaled[0]! : concatenate(scaled, 1)
  }
  const byFunction = (side: EncoderSide<Variables<P, F>, Z>): LossParts<P> => ({
    samples: functions,
    affineLayers: side.affineLayers,
    forward(trained, perturbations) {
      const variables = { trained, fixed }
      const { output: z, presynaptic } = side.perturb(variables, f, perturbations)
      return { output: measured(variables, z), presynaptic }
    },
    ...(physics === null ? against(rows(u)) : leastSquares((output) => output)),
    // The residual of an equation is not an affine map of z, so estimators compute its slopes from tangents.
    ...(physics !== null || side.cotangent === undefined
      ? {}
      : {
          readoutCotangent(trained, output) {
            const variables = { trained, fixed }
            return side.cotangent!(variables, network.encode(variables, f), at, slopeAgainst(rows(u), output), f)
          },
        }),
  })
  const views = [...encoders.map(byFunction), ...(physics === null ? decoders.map(byPlace) : [])]
  const [first, ...others] = views as [LossParts<P>, ...LossParts<P>[]]
  return { ...first, others }
}
