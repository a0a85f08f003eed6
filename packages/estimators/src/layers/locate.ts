import {
  SpikewardError,
  add,
  arange,
  broadcastTo,
  cast,
  div,
  equal,
  jvp,
  layerGradient,
  layersOf,
  mul,
  onesLike,
  reshape,
  sizeOf,
  transpose,
  treeFlatten,
  treeMap,
  treePaths,
  treeUnflatten,
  vjp,
  vmap,
  zeros,
} from '@spikeward/core'
import type { ByLayer, FloatDType, Layer as FoundLayer, Loss, LossParts, Tensor, Tree } from '@spikeward/core'
import { first } from '../random/along.js'

/**
 * A layer, and the positions of its weight and bias among the leaves; null if they are not parameters of this
 * loss. `leaves` are the positions of all parameters that weight and bias are computed from.
 */
export type Layer = {
  /** The layer at its first use, with the steps of all. */
  readonly affine: FoundLayer
  /**
   * Uses in loops over time that follow each other are one layer: a perturbation is constant over all steps, and the
   * input the mean over them.
   */
  readonly uses: readonly FoundLayer[]
  readonly weight: number | null
  readonly bias: number | null
  readonly leaves: readonly number[]
}

/** Neurons of a layer. */
export const unitsOf = ({ affine }: Layer): number => affine.shape.at(-1) ?? 1

/** A view of a loss as a mean over samples, and the positions of its weights and biases among the parameters. */
export type Located<P extends Tree> = {
  readonly parts: LossParts<P>
  readonly params: P
  /** The parameters of the network, of which `params` may be a part. */
  readonly variables: Tree
  /** The leaves of the parameters, in the order of `treeFlatten`. */
  readonly tensors: readonly Tensor[]
  readonly rebuild: (tensors: readonly Tensor[]) => P
  /** All layers but the last, in the order of the forward pass. */
  readonly hidden: readonly Layer[]
  readonly readout: Layer
  readonly dtype: FloatDType
}

/** The layers of a view, the readout last. */
export const layersAt = <P extends Tree>(at: Located<P>): Layer[] => [...at.hidden, at.readout]

/** The leaves that belong to the layers of a view. */
export const ownedBy = <P extends Tree>(at: Located<P>): number[] => layersAt(at).flatMap((p) => p.leaves)

/**
 * Whether an estimator acts on losses whose residuals take exact derivatives; see `LossParts.derivatives`. Default: no.
 */
export type ActsOn = { readonly derivatives?: boolean }

/**
 * The parts of a loss, for an estimator that needs them.
 *
 * @throws LOSS_WITHOUT_PARTS if the loss has no parts, or its residuals take exact derivatives and the estimator acts
 *   on values
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

/** The output of the network of a loss. */
export const outputOf = <P extends Tree>({ within, forward, input }: LossParts<P>, params: P): Tensor =>
  forward(within?.all(params) ?? params, input)

/**
 * The first view of a loss, whose layers must own all parameters.
 *
 * @throws LOSS_WITHOUT_PARTS; PARAMETER_WITHOUT_LAYER if a parameter belongs to no affine layer and would get no
 * gradient
 */
export function locate<P extends Tree>(estimator: string, loss: Loss<P>, params: P): Located<P> {
  const at = locateSome(estimator, loss, params)
  const owned = ownedBy(at)
  const stray = treePaths(params).find((_, i) => !owned.includes(i))
  if (stray !== undefined) refuseStray(estimator, stray, loss, params)
  return at
}

/** Like {@link locate}, but some parameters may belong to no affine layer. */
export const locateSome = <P extends Tree>(
  estimator: string,
  loss: Loss<P>,
  params: P,
  actsOn: ActsOn = {},
): Located<P> => locateViews(estimator, loss, params, actsOn)[0]!

/**
 * Refuses a parameter that an estimator of layers cannot treat, by its name or that of its layer.
 *
 * @throws PARAMETER_WITHOUT_LAYER if it belongs to no affine layer; LAYERS_UNSUITABLE if it belongs to another one
 */
export function refuseStray<P extends Tree>(estimator: string, stray: string, loss: Loss<P>, params: P): never {
  const layers = layersOf(loss, params)
  const owner = layers.find(({ weight, bias }) => weight.includes(stray) || bias.includes(stray))
  const remedy = `give the rest a separate estimator, such as beside(${estimator}, rfg), or name its part with perBlock`
  if (owner !== undefined)
    throw new SpikewardError(
      'LAYERS_UNSUITABLE',
      `${estimator} needs layers that read each other, with samples along axis 0 of the pre-activation, and ${described(owner)} is none of them; ${remedy}`,
    )
  throw new SpikewardError(
    'PARAMETER_WITHOUT_LAYER',
    `${estimator} gives gradients of affine maps, and '${stray}' belongs to none (${layers.map((l) => l.name).join(', ')}); ${remedy}`,
  )
}

const described = ({ name, shape }: FoundLayer): string =>
  `layer '${name}' with a pre-activation of shape [${shape.join(', ')}]`

/**
 * The views of a loss as a mean over samples, one for each chain of layers that read each other, such as a branch or a
 * trunk: those that own some of these parameters, or one that owns none.
 *
 * @throws LOSS_WITHOUT_PARTS, also if the network has no layer that reads the samples
 */
export function locateViews<P extends Tree>(
  estimator: string,
  loss: Loss<P>,
  params: P,
  actsOn: ActsOn = {},
): Located<P>[] {
  const parts = partsOf(estimator, loss, actsOn)
  const { leaves, structure } = treeFlatten(params)
  const paths = treePaths(params)
  const common = {
    params,
    tensors: leaves,
    rebuild: (tensors: readonly Tensor[]) => treeUnflatten(structure, tensors) as P,
    dtype: leaves.some((t) => t.dtype === 'f64') ? 'f64' : 'f32',
  } as const
  const all = [parts, ...(parts.others ?? [])].flatMap((view) => {
    const variables = view.within?.all(params) ?? params
    const at = (own: readonly string[]): number[] =>
      own.map((path) => paths.indexOf(view.within?.rename(path) ?? path)).filter((leaf) => leaf >= 0)
    const one = (own: readonly string[]): number | null => (own.length === 1 ? (at(own)[0] ?? null) : null)
    const layers = usesOf(view, variables).map((uses): Layer => {
      const affine = { ...uses[0]!, steps: stepsOf(uses) }
      const { weight, bias } = affine
      return { affine, uses, weight: one(weight), bias: one(bias), leaves: at([...weight, ...bias]) }
    })
    // Residuals join the uses of layers that take derivatives.
    const chains = view.derivatives === true ? [layers] : chainsOf(layers)
    return chains.flatMap((chain): Located<P>[] => {
      const readout = chain.at(-1)
      return readout === undefined ? [] : [{ ...common, parts: view, variables, hidden: chain.slice(0, -1), readout }]
    })
  })
  if (all.length === 0) {
    const descriptions = layersOf(loss, params).map(described)
    throw new SpikewardError(
      'LOSS_WITHOUT_PARTS',
      `${estimator} acts on layers with the ${rowsOf(parts)} samples of the loss along axis 0, and the network has ${descriptions.length === 0 ? 'no affine() whose weight is a parameter' : `only ${descriptions.join(', ')}`}; ` +
        'call affine or affineMap in the network, or use an estimator that perturbs parameters, such as rfg',
    )
  }
  const owning = all.filter((at) => ownedBy(at).length > 0)
  return owning.length > 0 ? owning : all.slice(0, 1)
}

/** The layers of a view, each with its uses in loops that follow each other. */
function usesOf<P extends Tree>(view: LossParts<P>, variables: Tree): FoundLayer[][] {
  const { derivatives = false, input } = view
  const groups: FoundLayer[][] = []
  for (const layer of layersOf((p: Tree, x: Tree) => view.forward(p, x), variables, input)) {
    // The input of a derivative's use may be a direction, which reads no samples.
    if (!(derivatives || layer.arguments.includes(0)) || layer.shape[0] !== rowsOf(view)) continue
    const same = groups.find(
      ([other]) =>
        other!.name === layer.name &&
        Math.max(other!.steps, layer.steps) > 1 &&
        other!.shape.join() === layer.shape.join(),
    )
    if (same === undefined) groups.push([layer])
    else same.push(layer)
  }
  return groups
}

const stepsOf = (uses: readonly FoundLayer[]): number => uses.reduce((n, l) => n + l.steps, 0)

/** Sets of layers that are connected by what they read. */
function chainsOf(layers: readonly Layer[]): Layer[][] {
  const chains: Set<string>[] = []
  for (const { affine } of layers) {
    const mine = chains.filter((chain) => affine.reads.some((other) => chain.has(other)))
    const joined = new Set([affine.id, ...mine.flatMap((chain) => [...chain])])
    chains.splice(0, chains.length, ...chains.filter((chain) => !mine.includes(chain)), joined)
  }
  return chains.map((chain) => layers.filter(({ affine }) => chain.has(affine.id)))
}

/** The input of a layer, the mean over all its uses. */
export const meanInput = ({ uses, affine }: Layer, inputs: ByLayer): Tensor =>
  uses.length === 1
    ? inputs[affine.id]!
    : uses.map(({ id, steps }) => mul(inputs[id]!, steps / affine.steps)).reduce((a, b) => add(a, b))

/** Rows of a perturbation: the evaluations of all samples. */
export const rowsOf = <P extends Tree>({ samples, evaluations = 1 }: LossParts<P>): number => samples * evaluations

/** A perturbation of zeros at a layer, of the shape of its pre-activation: [S·N, units] or with more axes. */
export const zeroPerturbation = ({ affine }: Layer): Tensor => zeros(affine.shape, affine.dtype)

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
): ThroughReadout<R> => bySample(zeroPerturbation(at.readout), run, at.parts.evaluations)

/**
 * Differentiates a function of x [S·N, outputs], or with more axes of outputs, that treats samples separately:
 * ∂ℓₙ/∂xₛₙₒ, one unit tangent for each evaluation of a sample and output.
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

/** The error ∂ℓₙ/∂yₛₙₒ of an output [S·N, outputs]. */
export const errorAt = <P extends Tree>({ parts }: Located<P>, output: Tensor): Tensor =>
  bySample(output, (y) => ({ losses: parts.head(y), rest: [] }), parts.evaluations).delta

/**
 * Refuses layers whose weight stands for another matrix.
 *
 * @throws LAYERS_UNSUITABLE
 */
export function refuseComputedWeights(estimator: string, layers: readonly Layer[], why: string, remedy: string): void {
  const layer = layers.find(({ affine }) => !affine.direct)
  if (layer === undefined) return
  throw new SpikewardError(
    'LAYERS_UNSUITABLE',
    `${estimator}: layer '${layer.affine.name}' multiplies by a function of its weight, such as a standardised one; ${why}; ${remedy}`,
  )
}

/**
 * The gradient of layers from the derivatives by their pre-activations, summed over samples: ∇W = xᵀδ and ∇b = Σ δ for
 * a product; see `layerGradient`.
 *
 * @param presynaptic x at each layer
 * @param deltas δ at each layer, of the shape of its pre-activation; null leaves weight and bias without a gradient:
 *   zero
 */
export function gradientAt<P extends Tree>(
  at: Located<P>,
  presynaptic: readonly Tensor[],
  deltas: readonly (Tensor | null)[],
): P {
  const { parts, params } = at
  const byId = (values: readonly (Tensor | null)[]): ByLayer =>
    Object.fromEntries(
      layersAt(at).flatMap(({ affine }, l) => {
        const value = values[l] ?? null
        return value === null ? [] : [[affine.id, value] as const]
      }),
    )
  const of = layerGradient((p: Tree, x: Tree) => parts.forward(p, x))
  const gradient = (p: Tree): Tree => of(byId(presynaptic), byId(deltas), p, parts.input)
  if (parts.within === undefined) return gradient(params) as P
  const [variables, pull] = vjp((p: P) => parts.within!.all(p), params)
  return pull(gradient(variables))[0]
}

/** {@link gradientAt} as a mean over samples. */
export const fromDeltas = <P extends Tree>(
  at: Located<P>,
  presynaptic: readonly Tensor[],
  deltas: readonly (Tensor | null)[],
): P => treeMap((g) => div(g, at.parts.samples), gradientAt(at, presynaptic, deltas))
