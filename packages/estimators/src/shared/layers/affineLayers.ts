import {
  SpikewardError,
  arange,
  broadcastTo,
  cast,
  div,
  equal,
  expandDims,
  jvp,
  matmul,
  onesLike,
  reshape,
  sum,
  transpose,
  treeFlatten,
  treeMap,
  treePaths,
  treeUnflatten,
  vmap,
  zeros,
} from '@spikeward/core'
import type { FloatDType, Loss, LossParts, AffineLayer, Tensor, Tree } from '@spikeward/core'
import { first } from '../../random/along.js'

/**
 * An affine layer, and the positions of its weight and bias among the leaves; null if they are not parameters of this
 * loss.
 */
export type Layer = { readonly affine: AffineLayer; readonly weight: number | null; readonly bias: number | null }

/** A loss with its parts, and the positions of their weights and biases among the parameters. */
export type Located<P extends Tree> = {
  readonly parts: LossParts<P>
  readonly params: P
  /** The leaves of the parameters, in the order of `treeFlatten`. */
  readonly tensors: readonly Tensor[]
  readonly rebuild: (tensors: readonly Tensor[]) => P
  /** All affine layers but the last, in the order of the forward pass. */
  readonly hidden: readonly Layer[]
  readonly readout: Layer
  readonly dtype: FloatDType
}

/** Whether an estimator acts on losses whose evaluations are derivatives; see `LossParts.derivatives`. Default: no. */
export type ActsOn = { readonly derivatives?: boolean }

/**
 * The parts of a loss, for an estimator that needs them.
 *
 * @throws LOSS_WITHOUT_PARTS if the loss has no parts, or parts whose evaluations are derivatives and the estimator acts on values
 */
export function partsOf<P extends Tree>(
  estimator: string,
  loss: Loss<P>,
  { derivatives = false }: ActsOn = {},
): LossParts<P> {
  if (loss.parts !== undefined && loss.parts.affineLayers.length > 0) {
    if (derivatives || loss.parts.derivatives === undefined) return loss.parts
    throw new SpikewardError(
      'LOSS_WITHOUT_PARTS',
      `${estimator} perturbs pre-activations at separate points, but the residuals of this loss take exact derivatives in the coordinates; ` +
        'use stencilDerivatives or steinDerivatives, gaussNewton, or an estimator that perturbs parameters, such as rfg',
    )
  }
  throw new SpikewardError(
    'LOSS_WITHOUT_PARTS',
    `${estimator} perturbs pre-activations and needs the loss of each sample, but this loss has no parts; ` +
      'train a network that exposes its affineLayers on a problem of points, give the loss `parts`, or use an estimator that perturbs parameters, such as rfg',
  )
}

/**
 * Finds the affine layers' weights and biases among the parameters, all of which must belong to an affine layer.
 *
 * @throws LOSS_WITHOUT_PARTS; PARAMETER_WITHOUT_LAYER if a parameter belongs to no affine layer and would get no
 * gradient
 */
export function locate<P extends Tree>(estimator: string, loss: Loss<P>, params: P): Located<P> {
  const at = locateSome(estimator, loss, params)
  const owned = new Set([...at.hidden, at.readout].flatMap((p) => [p.weight, p.bias]))
  checkOwned(
    estimator,
    treePaths(params).find((_, i) => !owned.has(i)),
    at.parts.affineLayers,
  )
  return at
}

/** @throws PARAMETER_WITHOUT_LAYER if a parameter belongs to none of the affine layers */
export function checkOwned(estimator: string, stray: string | undefined, affineLayers: readonly AffineLayer[]): void {
  if (stray === undefined) return
  throw new SpikewardError(
    'PARAMETER_WITHOUT_LAYER',
    `${estimator} gives gradients of affine maps, and '${stray}' belongs to none (${affineLayers.map((s) => s.weight ?? s.bias).join(', ')}); ` +
      `give the rest a separate estimator, such as beside(${estimator}, rfg), or name its part with perBlock`,
  )
}

/** The views of a loss as a mean over samples. Views that own some of these parameters come first. */
export function viewsOf<P extends Tree>(parts: LossParts<P>, paths: readonly string[]): LossParts<P>[] {
  const owns = ({ affineLayers }: LossParts<P>): boolean =>
    affineLayers.some((s) => paths.includes(s.bias) || (s.weight !== null && paths.includes(s.weight)))
  const all = [parts, ...(parts.others ?? [])]
  return [...all.filter(owns), ...all.filter((view) => !owns(view))]
}

/**
 * Every view of a loss that owns some of the parameters; at least one.
 *
 * @throws LOSS_WITHOUT_PARTS; PARAMETER_WITHOUT_LAYER if a parameter belongs to no affine layer of any view
 */
export function locateViews<P extends Tree>(estimator: string, loss: Loss<P>, params: P): Located<P>[] {
  const all = locateSomeViews(estimator, loss, params)
  const paths = treePaths(params)
  const owned = new Set(all.flatMap((at) => ownedBy(at, paths)))
  checkOwned(
    estimator,
    paths.find((_, i) => !owned.has(i)),
    all.flatMap((at) => at.parts.affineLayers),
  )
  return all
}

/**
 * Like {@link locateViews}, but some parameters may belong to no affine layer.
 *
 * @throws LOSS_WITHOUT_PARTS
 */
export function locateSomeViews<P extends Tree>(estimator: string, loss: Loss<P>, params: P): Located<P>[] {
  const paths = treePaths(params)
  return viewsOf(partsOf(estimator, loss), paths)
    .map((view) => locateView(view, params))
    .filter((at, i) => i === 0 || ownedBy(at, paths).length > 0)
}

/** The leaves that belong to the affine layers of a view, among parameters of these paths. */
const ownedBy = <P extends Tree>(at: Located<P>, paths: readonly string[]): number[] =>
  [...at.hidden, at.readout]
    .flatMap((p) => [p.weight, p.bias, ...coefficientsOf(p, paths)])
    .filter((leaf) => leaf !== null)

/** The leaves of the learned coefficients of a layer's neurons, among parameters of these paths. */
export const coefficientsOf = ({ affine }: Layer, paths: readonly string[]): number[] =>
  (affine.coefficients ?? []).map((path) => paths.indexOf(path)).filter((leaf) => leaf >= 0)

/** Like {@link locate}, but some parameters may belong to no affine layer. */
export function locateSome<P extends Tree>(
  estimator: string,
  loss: Loss<P>,
  params: P,
  actsOn: ActsOn = {},
): Located<P> {
  const [parts] = viewsOf(partsOf(estimator, loss, actsOn), treePaths(params)) as [LossParts<P>]
  return locateView(parts, params)
}

function locateView<P extends Tree>(parts: LossParts<P>, params: P): Located<P> {
  const { leaves, structure } = treeFlatten(params)
  const paths = treePaths(params)
  const at = (path: string | null): number | null =>
    path !== null && paths.includes(path) ? paths.indexOf(path) : null
  const layers = parts.affineLayers.map(
    (affine): Layer => ({ affine, weight: at(affine.weight), bias: at(affine.bias) }),
  )
  const dtype = leaves.some((t) => t.dtype === 'f64') ? 'f64' : 'f32'
  return {
    parts,
    params,
    tensors: leaves,
    rebuild: (tensors) => treeUnflatten(structure, tensors) as P,
    hidden: layers.slice(0, -1),
    readout: layers.at(-1)!,
    dtype,
  }
}

/** Rows of a perturbation: the evaluations of all samples. */
export const rowsOf = <P extends Tree>({ samples, evaluations = 1 }: LossParts<P>): number => samples * evaluations

/** A perturbation of zeros at an affine layer: [S·N, units]. */
export const zeroPerturbation = <P extends Tree>({ parts, dtype }: Located<P>, { affine }: Layer): Tensor =>
  zeros([rowsOf(parts), affine.units], dtype)

/** Values of samples, [N], as a column for the rows of their evaluations, [S·N, 1]. */
export function forRows<P extends Tree>({ samples, evaluations = 1 }: LossParts<P>, x: Tensor): Tensor {
  if (evaluations === 1) return expandDims(x, 1)
  return reshape(broadcastTo(x, [evaluations, samples]), [evaluations * samples, 1])
}

/** A tangent of 1 for every neuron of an affine layer. */
export const unitPerturbation = <P extends Tree>(at: Located<P>, layer: Layer): Tensor =>
  onesLike(zeroPerturbation(at, layer))

/** The result of {@link throughReadout}. */
export type ThroughReadout<R extends Tree> = Pass<R> & {
  /** ∂ℓₙ/∂aₙ at the readout's pre-activation a, [S·N, outputs]. */
  readonly delta: Tensor
}

/** A forward pass: the losses ℓₙ of the samples, [N], and any other tensors that the caller needs. */
export type Pass<R extends Tree> = { readonly losses: Tensor; readonly rest: R }

/**
 * Runs a forward pass and differentiates the per-sample losses with respect to the readout's pre-activation: δₙₒ =
 * ∂ℓₙ/∂aₙₒ, one unit tangent for each output.
 *
 * It is exact, since samples do not interact before the mean. The tangents begin after the last spikes, so they cost
 * only as much as the head, for any number of time steps. The forward pass, with all tangents that `run` carries, is
 * computed once.
 *
 * @param run the forward pass with this perturbation at the readout; its `losses` may be any vector whose
 *   entries depend on one sample each, such as M residuals: δ then has S·M rows
 */
export const throughReadout = <P extends Tree, R extends Tree>(
  at: Located<P>,
  run: (perturbation: Tensor) => Pass<R>,
): ThroughReadout<R> => bySample(zeroPerturbation(at, at.readout), run, at.parts.evaluations)

/**
 * Differentiates a function of x [S·N, outputs] that treats samples separately: ∂ℓₙ/∂xₛₙₒ, one unit tangent for each evaluation of a
 * sample and output.
 *
 * @param x the point
 * @param evaluations S
 */
export function bySample<R extends Tree>(x: Tensor, run: (x: Tensor) => Pass<R>, evaluations = 1): ThroughReadout<R> {
  const [rows, outputs] = x.shape as [number, number]
  const count = evaluations * outputs
  if (count === 1) {
    const [pass, slope] = jvp(run, [x], [onesLike(x)])
    return { ...pass, delta: reshape(slope.losses, [-1, 1]) }
  }
  const block = [evaluations, rows / evaluations, outputs]
  const each = vmap((o: Tensor) => {
    const one = reshape(cast(equal(arange(count, 'i32'), o), x.dtype), [evaluations, 1, outputs])
    const [pass, slope] = jvp(run, [x], [reshape(broadcastTo(one, block), x.shape)])
    return { ...pass, slope: slope.losses }
  })(arange(count, 'i32'))
  const slopes = transpose(reshape(each.slope, [evaluations, outputs, -1]), [0, 2, 1])
  return { losses: first(each.losses), rest: treeMap(first, each.rest), delta: reshape(slopes, [-1, outputs]) }
}

/** ∇W of a layer from ∇Ŵ, the gradient of the matrix that its weight stands for. */
export const throughWeightMap = ({ affine }: Layer, weight: Tensor, gradient: Tensor): Tensor =>
  affine.weightMap === undefined ? gradient : affine.weightMap.pull(weight, gradient)

/** Parameters with the matrices that the weights of these layers stand for. */
export function withMappedWeights<P extends Tree>(params: P, layers: readonly Layer[]): P {
  if (layers.every(({ affine }) => affine.weightMap === undefined)) return params
  const { leaves, structure } = treeFlatten(params)
  const mapped = [...leaves]
  for (const { affine, weight } of layers)
    if (weight !== null && affine.weightMap !== undefined) mapped[weight] = affine.weightMap.of(leaves[weight]!)
  return treeUnflatten(structure, mapped) as P
}

/**
 * Refuses layers whose weight stands for another matrix.
 *
 * @throws LAYERS_UNSUITABLE
 */
export function refuseWeightMaps(estimator: string, layers: readonly Layer[], why: string, remedy: string): void {
  const found = layers.find(({ affine }) => affine.weightMap !== undefined)
  if (found === undefined) return
  throw new SpikewardError(
    'LAYERS_UNSUITABLE',
    `${estimator}: layer '${found.affine.weight}' multiplies by a function of its weight, such as a standardised one; ${why}; ${remedy}`,
  )
}

/**
 * The gradient of affine maps from the derivatives by their pre-activations: ∇Ŵ = xᵀδ/N, ∇b = Σ δ/N, and ∇W from ∇Ŵ (see
 * `AffineLayer.weightMap`).
 *
 * @param presynaptic x at each affine layer, [S·N, m]
 * @param deltas δ at each affine layer, [S·N, n]; null leaves weight and bias without a gradient: zero
 */
export function fromDeltas<P extends Tree>(
  at: Located<P>,
  presynaptic: readonly Tensor[],
  deltas: readonly (Tensor | null)[],
): P {
  const grad = at.tensors.map((t) => zeros(t.shape, t.dtype as FloatDType))
  ;[...at.hidden, at.readout].forEach((layer, l) => {
    const delta = deltas[l]
    if (delta === null || delta === undefined) return
    if (layer.weight !== null) {
      const product = div(matmul(transpose(presynaptic[l]!), delta), at.parts.samples)
      grad[layer.weight] = throughWeightMap(layer, at.tensors[layer.weight]!, product)
    }
    if (layer.bias !== null) grad[layer.bias] = div(sum(delta, 0), at.parts.samples)
  })
  return at.rebuild(grad)
}
