import {
  SpikewardError,
  arange,
  broadcastTo,
  cast,
  div,
  equal,
  jvp,
  onesLike,
  reshape,
  sizeOf,
  transpose,
  treeFlatten,
  treeMap,
  treePaths,
  treeUnflatten,
  vmap,
  zeros,
} from '@spikeward/core'
import type { FloatDType, Layer as FoundLayer, Loss, LossParts, Tensor, Tree } from '@spikeward/core'
import { first } from '../../random/along.js'

/**
 * A layer, and the positions of its weight and bias among the leaves; null if they are not parameters of this
 * loss. `leaves` are the positions of all parameters that weight and bias are computed from.
 */
export type Layer = {
  readonly affine: FoundLayer
  readonly weight: number | null
  readonly bias: number | null
  readonly leaves: readonly number[]
}

/** Neurons of a layer. */
export const unitsOf = ({ affine }: Layer): number => affine.shape.at(-1) ?? 1

/** A loss with its parts, and the positions of their weights and biases among the parameters. */
export type Located<P extends Tree> = {
  readonly parts: LossParts<P>
  readonly params: P
  /** The leaves of the parameters, in the order of `treeFlatten`. */
  readonly tensors: readonly Tensor[]
  readonly rebuild: (tensors: readonly Tensor[]) => P
  /** All layers, as they are found in the network. */
  readonly layers: readonly FoundLayer[]
  /** All layers but the last, in the order of the forward pass. */
  readonly hidden: readonly Layer[]
  readonly readout: Layer
  readonly dtype: FloatDType
}

/** Whether an estimator acts on losses whose residuals take exact derivatives; see `LossParts.derivatives`. Default: no. */
export type ActsOn = { readonly derivatives?: boolean }

/**
 * The parts of a loss, for an estimator that needs them.
 *
 * @throws LOSS_WITHOUT_PARTS if the loss has no parts, or its residuals take exact derivatives and the estimator acts on values
 */
export function partsOf<P extends Tree>(
  estimator: string,
  loss: Loss<P>,
  { derivatives = false }: ActsOn = {},
): LossParts<P> {
  if (loss.parts !== undefined) {
    if (derivatives || loss.parts.derivatives !== true) return loss.parts
    throw new SpikewardError(
      'LOSS_WITHOUT_PARTS',
      `${estimator} perturbs pre-activations at separate points, but the residuals of this loss take exact derivatives in the coordinates; ` +
        'use stencilDerivatives or steinDerivatives, gaussNewton, or an estimator that perturbs parameters, such as rfg',
    )
  }
  throw new SpikewardError(
    'LOSS_WITHOUT_PARTS',
    `${estimator} perturbs pre-activations and needs the loss of each sample, but this loss has no parts; ` +
      'train a network on a problem of points, give the loss `parts` (`lossParts`), or use an estimator that perturbs parameters, such as rfg',
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
  const owned = new Set([...at.hidden, at.readout].flatMap((p) => p.leaves))
  checkOwned(
    estimator,
    treePaths(params).find((_, i) => !owned.has(i)),
    at.layers,
  )
  return at
}

/** @throws PARAMETER_WITHOUT_LAYER if a parameter belongs to none of the affine layers */
export function checkOwned(estimator: string, stray: string | undefined, layers: readonly FoundLayer[]): void {
  if (stray === undefined) return
  throw new SpikewardError(
    'PARAMETER_WITHOUT_LAYER',
    `${estimator} gives gradients of affine maps, and '${stray}' belongs to none (${layers.map((l) => l.name).join(', ')}); ` +
      `give the rest a separate estimator, such as beside(${estimator}, rfg), or name its part with perBlock`,
  )
}

/**
 * The views of a loss as a mean over samples, one for each chain of layers that read each other, such as a branch or a trunk. Views that own
 * some of these parameters come first.
 */
export function viewsOf<P extends Tree>(parts: LossParts<P>, params: P): LossParts<P>[] {
  const paths = treePaths(params)
  const owns = (view: LossParts<P>): boolean =>
    view.layers(params).some((l) => [...l.weight, ...l.bias].some((path) => paths.includes(path)))
  const all = [parts, ...(parts.others ?? [])].flatMap((view) => chainsOf(view, params))
  return [...all.filter(owns), ...all.filter((view) => !owns(view))]
}

/** A view for each set of layers that are connected by what they read; the view itself if there is one set, or none. */
function chainsOf<P extends Tree>(view: LossParts<P>, params: P): LossParts<P>[] {
  // Residuals join the uses of layers that take derivatives.
  if (view.derivatives === true) return [view]
  const layers = view.layers(params)
  const chains: Set<string>[] = []
  for (const { id, reads } of layers) {
    const mine = chains.filter((chain) => reads.some((other) => chain.has(other)))
    const joined = new Set([id, ...mine.flatMap((chain) => [...chain])])
    chains.splice(0, chains.length, ...chains.filter((chain) => !mine.includes(chain)), joined)
  }
  if (chains.length < 2) return [view]
  return chains.map((chain) => {
    const inChain = (p: P): FoundLayer[] => view.layers(p).filter((l) => chain.has(l.id))
    /** Values for the layers of the chain, as values for all layers of the view. */
    const spread = (p: P, values: readonly (Tensor | null)[]): (Tensor | null)[] => {
      const ids = inChain(p).map((l) => l.id)
      return view.layers(p).map((l) => values[ids.indexOf(l.id)] ?? null)
    }
    return {
      ...view,
      layers: inChain,
      forward(p, perturbations, how) {
        const { output, presynaptic } = view.forward(p, spread(p, perturbations), how)
        return { output, presynaptic: presynaptic.filter((_, l) => chain.has(view.layers(p)[l]!.id)) }
      },
      gradient(p, presynaptic, deltas) {
        // Inputs of other layers are not read, because these have no error signal.
        const inputs = spread(p, presynaptic).map((x) => x ?? presynaptic[0]!)
        return view.gradient(p, inputs, spread(p, deltas))
      },
    }
  })
}

/**
 * Every view of a loss that owns some of the parameters, at least one; some parameters may belong to no affine layer.
 *
 * @throws LOSS_WITHOUT_PARTS
 */
export function locateSomeViews<P extends Tree>(estimator: string, loss: Loss<P>, params: P): Located<P>[] {
  return viewsOf(partsOf(estimator, loss), params)
    .map((view) => locateView(estimator, view, params))
    .filter((at, i) => i === 0 || ownedBy(at).length > 0)
}

/** The leaves that belong to the layers of a view. */
const ownedBy = <P extends Tree>(at: Located<P>): number[] => [...at.hidden, at.readout].flatMap((p) => p.leaves)

/** Like {@link locate}, but some parameters may belong to no affine layer. */
export function locateSome<P extends Tree>(
  estimator: string,
  loss: Loss<P>,
  params: P,
  actsOn: ActsOn = {},
): Located<P> {
  const [parts] = viewsOf(partsOf(estimator, loss, actsOn), params) as [LossParts<P>]
  return locateView(estimator, parts, params)
}

/** @throws LOSS_WITHOUT_PARTS if the network has no layer that reads the samples */
function locateView<P extends Tree>(estimator: string, parts: LossParts<P>, params: P): Located<P> {
  const { leaves, structure } = treeFlatten(params)
  const paths = treePaths(params)
  const at = (own: readonly string[]): number[] => own.map((path) => paths.indexOf(path)).filter((leaf) => leaf >= 0)
  const one = (own: readonly string[]): number | null => (own.length === 1 ? (at(own)[0] ?? null) : null)
  const found = parts.layers(params)
  const layers = found.map(
    (affine): Layer => ({
      affine,
      weight: one(affine.weight),
      bias: one(affine.bias),
      leaves: at([...affine.weight, ...affine.bias]),
    }),
  )
  if (layers.length === 0) {
    throw new SpikewardError(
      'LOSS_WITHOUT_PARTS',
      `${estimator} acts on layers, and the network of this loss has none that reads its samples: no affine() whose weight is a parameter; ` +
        'call affine or affineMap in the network, or use an estimator that perturbs parameters, such as rfg',
    )
  }
  const dtype = leaves.some((t) => t.dtype === 'f64') ? 'f64' : 'f32'
  return {
    parts,
    params,
    tensors: leaves,
    rebuild: (tensors) => treeUnflatten(structure, tensors) as P,
    layers: found,
    hidden: layers.slice(0, -1),
    readout: layers.at(-1)!,
    dtype,
  }
}

/** Rows of a perturbation: the evaluations of all samples. */
export const rowsOf = <P extends Tree>({ samples, evaluations = 1 }: LossParts<P>): number => samples * evaluations

/**
 * A perturbation of zeros at a layer, of the shape of its pre-activation: [S·N, units] or with more axes.
 *
 * @throws LAYERS_UNSUITABLE if its first axis is not that of the samples
 */
export function zeroPerturbation<P extends Tree>({ parts }: Located<P>, { affine }: Layer): Tensor {
  const { shape, dtype } = affine
  if (shape[0] === rowsOf(parts)) return zeros(shape, dtype)
  throw new SpikewardError(
    'LAYERS_UNSUITABLE',
    `layer '${affine.name}' has a pre-activation of shape [${shape.join(', ')}], whose first axis is not that of the ${rowsOf(parts)} samples; ` +
      'a perturbation for each sample needs samples along axis 0: use rateBackpropagation, bp, or an estimator that perturbs parameters, such as rfg',
  )
}

/** Values of samples, [N], for the rows of their evaluations, [S·N, 1, …] with as many axes as a perturbation. */
export function forRows<P extends Tree>({ samples, evaluations = 1 }: LossParts<P>, x: Tensor, like: Tensor): Tensor {
  const rows = evaluations === 1 ? x : broadcastTo(x, [evaluations, samples])
  return reshape(rows, [evaluations * samples, ...like.shape.slice(1).map(() => 1)])
}

/** The result of {@link throughReadout}. */
export type ThroughReadout<R extends Tree> = Pass<R> & {
  /** ∂ℓₙ/∂aₙ at the readout's pre-activation a, of its shape, such as [S·N, outputs]. */
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
 * Differentiates a function of x [S·N, outputs], or with more axes of outputs, that treats samples separately: ∂ℓₙ/∂xₛₙₒ, one unit tangent
 * for each evaluation of a sample and output.
 *
 * @param x the point
 * @param evaluations S
 */
export function bySample<R extends Tree>(x: Tensor, run: (x: Tensor) => Pass<R>, evaluations = 1): ThroughReadout<R> {
  const [rows, ...units] = x.shape as [number, ...number[]]
  const outputs = sizeOf(units)
  const count = evaluations * outputs
  if (count === 1) {
    const [pass, slope] = jvp(run, [x], [onesLike(x)])
    return { ...pass, delta: reshape(slope.losses, [-1, ...units]) }
  }
  const block = [evaluations, rows / evaluations, ...units]
  const each = vmap((o: Tensor) => {
    const one = reshape(cast(equal(arange(count, 'i32'), o), x.dtype), [evaluations, 1, ...units])
    const [pass, slope] = jvp(run, [x], [reshape(broadcastTo(one, block), x.shape)])
    return { ...pass, slope: slope.losses }
  })(arange(count, 'i32'))
  const slopes = transpose(reshape(each.slope, [evaluations, outputs, -1]), [0, 2, 1])
  return { losses: first(each.losses), rest: treeMap(first, each.rest), delta: reshape(slopes, [-1, ...units]) }
}

/**
 * Refuses layers whose weight stands for another matrix.
 *
 * @throws LAYERS_UNSUITABLE
 */
export function refuseWeightMaps(estimator: string, layers: readonly Layer[], why: string, remedy: string): void {
  const found = layers.find(({ affine }) => !affine.direct)
  if (found === undefined) return
  throw new SpikewardError(
    'LAYERS_UNSUITABLE',
    `${estimator}: layer '${found.affine.name}' multiplies by a function of its weight, such as a standardised one; ${why}; ${remedy}`,
  )
}

/**
 * The gradient of layers from the derivatives by their pre-activations, for a product ∇W = xᵀδ/N and ∇b = Σ δ/N; see `LossParts.gradient`.
 *
 * @param presynaptic x at each layer
 * @param deltas δ at each layer, of the shape of its pre-activation; null leaves weight and bias without a gradient: zero
 */
export function fromDeltas<P extends Tree>(
  at: Located<P>,
  presynaptic: readonly Tensor[],
  deltas: readonly (Tensor | null)[],
): P {
  return treeMap((g) => div(g, at.parts.samples), at.parts.gradient(at.params, presynaptic, deltas))
}
