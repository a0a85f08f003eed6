import type { LossParts } from '../contracts/loss.js'
import { add, mul } from '../numpy/elementwise.js'
import { sameShape } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import { collect } from './collect.js'
import { layerGradient } from './layerGradient.js'
import type { Layer } from './layerProgram.js'
import { layersOf, perturb } from './perturb.js'
import type { ByLayer } from './perturb.js'

/** A loss that is a mean over samples, as a network writes it down: see {@link LossParts}. */
export type LossOf<P extends Tree, X extends Tree> = Pick<
  LossParts<P>,
  'samples' | 'head' | 'residuals' | 'others' | 'derivatives'
> & {
  readonly evaluations?: number
  /** The samples, along axis 0. Layers that read nothing of them, or have other rows, belong to other views of the loss. */
  readonly input: X
  /** The network. */
  forward(params: P, input: X): Tensor
}

/**
 * The structure of a loss that is a mean over samples, with the layers that are found in its network.
 *
 * @example
 * const parts = lossParts({
 *   samples: x.shape[0]!,
 *   input: x,
 *   forward: (p, x) => network.apply({ trained: p, fixed }, x),
 *   head: (output) => mean(square(sub(output, y)), 1),
 *   residuals: (output) => reshape(sub(output, y), [-1]),
 * })
 */
export function lossParts<P extends Tree, X extends Tree>({ input, forward, ...given }: LossOf<P, X>): LossParts<P> {
  const rows = given.samples * (given.evaluations ?? 1)
  // The input of a derivative's use may be a direction, which reads no samples.
  const reads = (l: Layer): boolean => given.derivatives === true || l.arguments.includes(0)
  const usesOf = (params: P): Layer[][] =>
    together(layersOf(forward, params, input).filter((l) => reads(l) && l.shape[0] === rows))
  /** Values of layers by use: the same at each, or at the first alone. */
  const byId = (uses: readonly (readonly Layer[])[], values: readonly (Tensor | null)[], atEach: boolean): ByLayer =>
    Object.fromEntries(
      uses.flatMap((own, l) => {
        const value = values[l] ?? null
        return value === null ? [] : (atEach ? own : own.slice(0, 1)).map(({ id }) => [id, value] as const)
      }),
    )
  return {
    ...given,
    layers: (params) => usesOf(params).map((own) => ({ ...own[0]!, steps: stepsOf(own) })),
    forward(params, perturbations, { derivatives, value = 'moved' } = {}) {
      const network = derivatives === undefined ? forward : derivatives(forward)
      const uses = usesOf(params)
      const added = byId(uses, perturbations, true)
      const [output, inputs] = collect((p: P, x: X) => perturb(network, { value })(added, p, x))(params, input)
      return { output, presynaptic: uses.map((own) => meanInput(own, inputs)) }
    },
    gradient(params, presynaptic, deltas) {
      const uses = usesOf(params)
      return layerGradient(forward)(byId(uses, presynaptic, false), byId(uses, deltas, false), params, input)
    },
  }
}

/**
 * Uses of one weight in loops over time, such as two loops that follow each other, are one layer: a perturbation is constant over all
 * steps, and the input is the mean over them.
 */
function together(layers: readonly Layer[]): Layer[][] {
  const groups: Layer[][] = []
  for (const layer of layers) {
    const same = groups.find(
      ([first]) =>
        first!.name === layer.name && Math.max(first!.steps, layer.steps) > 1 && sameShape(first!.shape, layer.shape),
    )
    if (same === undefined) groups.push([layer])
    else same.push(layer)
  }
  return groups
}

const stepsOf = (uses: readonly Layer[]): number => uses.reduce((n, l) => n + l.steps, 0)

const meanInput = (uses: readonly Layer[], inputs: ByLayer): Tensor =>
  uses.length === 1
    ? inputs[uses[0]!.id]!
    : uses.map(({ id, steps }) => mul(inputs[id]!, steps / stepsOf(uses))).reduce((a, b) => add(a, b))
