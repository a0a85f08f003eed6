import {
  SpikewardError,
  arange,
  broadcastTo,
  cast,
  div,
  equal,
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
import type { FloatDType, Loss, LossParts, Site, Tensor, Tree } from '@spikeward/core'
import { first } from './along.js'

/** A site, and where its weight and bias are among the leaves; null where they are not parameters of this loss. */
export type Place = { readonly site: Site; readonly weight: number | null; readonly bias: number | null }

/** A loss with its parts, and how they lie in the parameters. */
export type Located<P extends Tree> = {
  readonly parts: LossParts<P>
  readonly params: P
  /** The leaves of the parameters, in the order of `treeFlatten`. */
  readonly tensors: readonly Tensor[]
  readonly rebuild: (tensors: readonly Tensor[]) => P
  /** All sites but the last, in the order of the forward pass. */
  readonly hidden: readonly Place[]
  readonly readout: Place
  readonly dtype: FloatDType
}

/**
 * What a loss is made of, for an estimator that needs it.
 *
 * @throws LOSS_WITHOUT_PARTS where the loss is a number only
 */
export function partsOf<P extends Tree>(estimator: string, loss: Loss<P>): LossParts<P> {
  if (loss.parts !== undefined && loss.parts.sites.length > 0) return loss.parts
  throw new SpikewardError(
    'LOSS_WITHOUT_PARTS',
    `${estimator} perturbs pre-activations and needs the loss of each sample, but this loss is a number only; ` +
      'train a network that shows its sites on a problem of points, give the loss `parts`, or take an estimator of parameters such as rfg',
  )
}

/**
 * Finds the sites' weights and biases among the parameters, all of which must belong to a site.
 *
 * @throws LOSS_WITHOUT_PARTS; PARAMETER_WITHOUT_SITE where a parameter belongs to no site and so would get no gradient
 */
export function locate<P extends Tree>(estimator: string, loss: Loss<P>, params: P): Located<P> {
  const at = locateSome(estimator, loss, params)
  const owned = new Set([...at.hidden, at.readout].flatMap((p) => [p.weight, p.bias]))
  checkOwned(
    estimator,
    treePaths(params).find((_, i) => !owned.has(i)),
    at.parts.sites,
  )
  return at
}

/** @throws PARAMETER_WITHOUT_SITE where there is a parameter that belongs to none of the sites */
export function checkOwned(estimator: string, stray: string | undefined, sites: readonly Site[]): void {
  if (stray === undefined) return
  throw new SpikewardError(
    'PARAMETER_WITHOUT_SITE',
    `${estimator} gives gradients of affine maps, and '${stray}' belongs to none (${sites.map((s) => s.weight ?? s.bias).join(', ')}); ` +
      `give the rest an estimator of its own, such as beside(${estimator}, rfg), or name its part with perBlock`,
  )
}

/** The ways in which a loss is a mean over samples, those first that some of these parameters belong to. */
export function viewsOf<P extends Tree>(parts: LossParts<P>, paths: readonly string[]): LossParts<P>[] {
  const owns = ({ sites }: LossParts<P>): boolean =>
    sites.some((s) => paths.includes(s.bias) || (s.weight !== null && paths.includes(s.weight)))
  const all = [parts, ...(parts.others ?? [])]
  return [...all.filter(owns), ...all.filter((view) => !owns(view))]
}

/** The same, where there may be parameters besides. */
export function locateSome<P extends Tree>(estimator: string, loss: Loss<P>, params: P): Located<P> {
  const { leaves, structure } = treeFlatten(params)
  const paths = treePaths(params)
  const [parts] = viewsOf(partsOf(estimator, loss), paths) as [LossParts<P>]
  const at = (path: string | null): number | null =>
    path !== null && paths.includes(path) ? paths.indexOf(path) : null
  const places = parts.sites.map((site): Place => ({ site, weight: at(site.weight), bias: at(site.bias) }))
  const dtype = leaves.some((t) => t.dtype === 'f64') ? 'f64' : 'f32'
  return {
    parts,
    params,
    tensors: leaves,
    rebuild: (tensors) => treeUnflatten(structure, tensors) as P,
    hidden: places.slice(0, -1),
    readout: places.at(-1)!,
    dtype,
  }
}

/** A probe of zeros at a site: [N, units]. */
export const noProbe = <P extends Tree>({ parts, dtype }: Located<P>, { site }: Place): Tensor =>
  zeros([parts.samples, site.units], dtype)

/** A tangent of 1 for every neuron of a site. */
export const unitProbe = <P extends Tree>(at: Located<P>, place: Place): Tensor => onesLike(noProbe(at, place))

/** What {@link throughReadout} finds out. */
export type ThroughReadout<R extends Tree> = Pass<R> & {
  /** ∂ℓₙ/∂aₙ at the readout's pre-activation a, [N, outputs]. */
  readonly delta: Tensor
}

/** A forward pass: the losses ℓₙ of the samples, [N], and whatever else is wanted of it. */
export type Pass<R extends Tree> = { readonly losses: Tensor; readonly rest: R }

/**
 * Runs a forward pass, and differentiates the per-sample losses by the readout's pre-activation:
 * δₙₒ = ∂ℓₙ/∂aₙₒ, one unit tangent for each output.
 *
 * Exact, since samples do not meet before the mean. The tangents begin behind the last spikes, so that they cost as
 * much as the head does, however long the network runs; the forward pass, with whatever tangents `run` sends through
 * it, is computed once.
 *
 * @param run the forward pass with this probe at the readout; its `losses` may be anything of one axis that is made of
 *   the output sample by sample, such as the residuals [N · outputs]: δ then has a row for each
 */
export const throughReadout = <P extends Tree, R extends Tree>(
  at: Located<P>,
  run: (probe: Tensor) => Pass<R>,
): ThroughReadout<R> => bySample(noProbe(at, at.readout), run)

/**
 * Differentiates what is made of x [N, outputs] sample by sample: ∂ℓₙ/∂xₙₒ, one unit tangent for each output.
 *
 * @param x where
 */
export function bySample<R extends Tree>(x: Tensor, run: (x: Tensor) => Pass<R>): ThroughReadout<R> {
  const outputs = x.shape[1]!
  if (outputs === 1) {
    const [pass, slope] = jvp(run, [x], [onesLike(x)])
    return { ...pass, delta: reshape(slope.losses, [-1, 1]) }
  }
  const each = vmap((o: Tensor) => {
    const unit = broadcastTo(cast(equal(arange(outputs, 'i32'), o), x.dtype), x.shape)
    const [pass, slope] = jvp(run, [x], [unit])
    return { ...pass, slope: slope.losses }
  })(arange(outputs, 'i32'))
  return { losses: first(each.losses), rest: treeMap(first, each.rest), delta: transpose(each.slope) }
}

/**
 * The gradient of affine maps from the derivatives by their pre-activations: ∇W = xᵀδ/N, ∇b = Σ δ/N.
 *
 * @param presynaptic x at each site, [N, m]
 * @param deltas δ at each site, [N, n]; null leaves weight and bias without a gradient: zero
 */
export function fromDeltas<P extends Tree>(
  at: Located<P>,
  presynaptic: readonly Tensor[],
  deltas: readonly (Tensor | null)[],
): P {
  const grad = at.tensors.map((t) => zeros(t.shape, t.dtype as FloatDType))
  ;[...at.hidden, at.readout].forEach((place, l) => {
    const delta = deltas[l]
    if (delta === null || delta === undefined) return
    if (place.weight !== null) {
      grad[place.weight] = div(matmul(transpose(presynaptic[l]!), delta), at.parts.samples)
    }
    if (place.bias !== null) grad[place.bias] = div(sum(delta, 0), at.parts.samples)
  })
  return at.rebuild(grad)
}
