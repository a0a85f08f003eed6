import { abs, add, defineFactory, less, sum, treeFlatten, treeLeaves, treeUnflatten, where } from '@spikeward/core'
import type { FloatDType, OperatorTensors, Tensor, Tree, Variables } from '@spikeward/core'
import { operatorReadoutPath } from './operatorReadoutPath.js'
import { operatorReadoutOptions, operatorReadoutSettings } from './operatorReadoutSettings.js'
import type { Solvable, SolveOperatorReadoutOptions } from './operatorReadoutSettings.js'

/** Whether all values of a tree are finite. */
const allFinite = (tree: Tree): Tensor =>
  less(
    treeLeaves(tree)
      .map((t) => sum(abs(t)))
      .reduce((a, b) => add(a, b)),
    Infinity,
  )

/** The first of several trees of one structure whose values are all finite, else the last. */
const firstFinite = <T extends Tree>(trees: readonly [T, ...T[]]): T =>
  trees.reduceRight((later, earlier) => {
    const fits = allFinite(earlier)
    const [a, b] = [treeFlatten(earlier), treeFlatten(later)]
    return treeUnflatten(
      a.structure,
      a.leaves.map((t, i) => where(fits, t, b.leaves[i]!)),
    ) as T
  })

/** A solve in one program: the learned variables with the solved readouts. */
type Solve<P extends Tree, F extends Tree> = (
  variables: Variables<P, F>,
  data: OperatorTensors,
  precision?: FloatDType,
) => P

/**
 * The exact readouts of an operator network for its current features, over all given functions and points. The output
 * is u = g + m(x) · Σ_k z_k t_k(x) with z = Φ W + c, so that, for given t_k, least squares for W separates:
 *
 *     ΔW = (ΦᵀΦ)⁻¹ Φᵀ Y T (TᵀT)⁻¹,   Y = u − g − z Tᵀ [N, P],  T = m t [P, p],   both Gram matrices with a penalty
 *
 * The readout of the trunk, for given z, follows in the same way. If an amplitude α is divided out, z is multiplied by
 * α and the rows of Φ weigh α². Each solve is exact while the other readout is fixed.
 *
 * Eighths of the functions, one after another, are reduced to sums,
 *
 *     Σ Φ̃ᵀΦ̃,   Σ Φ̃ᵀ Y (T, Ψ̃)   with Φ̃ = α (φ − c, 1), Ψ̃ = m (ψ, 1)
 *
 * of which both readouts follow, so that memory is that of an eighth of the functions. Features of smooth functions are
 * nearly dependent, and normal equations square the condition of a problem: sums and solves are in double precision,
 * and a readout is built up from zero in a few passes with the penalty on the change of each (iterated Tikhonov
 * regularisation). The result does not depend on the previous readouts.
 *
 * The function is pure and traceable. As a callback of a run, `{ every: 20, run: solveOperatorReadout(network) }`, it
 * leaves the hidden layers to the estimator. Several outputs act as additional points for the branch; the trunk then
 * keeps its readout. The code of a MIONet, a product of branches, is not affine in one readout: that of its trunk alone
 * is solved for. Its last argument is the element type of sums and solves, `f64` by default: `fit` gives `f32` on a
 * backend without double precision, where rounding errors are larger. In `f32` a penalty with which the Gram matrices
 * have no Cholesky factor is raised tenfold until they have one, three times at most; {@link operatorReadoutPath} gives
 * values that are not finite for such a penalty.
 *
 * @param network without its wrappers; name its hard conditions in the options
 * @returns the new learned variables
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 */
export const solveOperatorReadout = /* @__PURE__ */ defineFactory(
  {
    kind: 'solver',
    name: 'solveOperatorReadout',
    summary: 'exact readouts of an operator network, by least squares',
    options: operatorReadoutOptions,
  },
  () =>
    <P extends Tree, F extends Tree>(
      network: Solvable<Variables<P, F>>,
      settings: SolveOperatorReadoutOptions = {},
    ): Solve<P, F> => {
      const { lambda } = operatorReadoutSettings(network, settings)
      const exact = operatorReadoutPath(network, settings, [lambda])
      const raised = operatorReadoutPath(
        network,
        settings,
        [1, 10, 100, 1000].map((factor) => factor * lambda),
      )
      return (variables, data, precision) => {
        if (precision !== 'f32') return exact(variables, data, precision)[0]!
        const [first, ...larger] = raised(variables, data, precision)
        return firstFinite([first!, ...larger])
      }
    },
)
