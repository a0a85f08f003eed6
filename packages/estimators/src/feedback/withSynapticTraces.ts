import {
  SpikewardError,
  add,
  arange,
  broadcastTo,
  collect,
  expandDims,
  grad as gradOf,
  jvp,
  layerWeights,
  layersOf,
  matmul,
  mul,
  passDown,
  perturb,
  sum,
  traces as rates,
  treeFlatten,
  treeLeaves,
  treeMap,
  treePaths,
  treeUnflatten,
  vjp,
  vmap,
  zeros,
  zerosLike,
} from '@spikeward/core'
import type { ByLayer, Feedback, Layer, Loss, Tensor, Tree } from '@spikeward/core'
import { basis } from '../random/distributions.js'

/**
 * A gradient through spike rates with the exact trace of each synapse above a layer of spikes: ∇Wᵢⱼ = Σₙ ρₙⱼ ∂rₙⱼ/∂Wᵢⱼ,
 * ρ = ∂L/∂r, in the place of the product x̄ᵀ(ρ ∘ e) of averages.
 *
 * Neurons of a layer do not act on each other, so that one tangent of the network, with İ = xᵢ at all neurons of the
 * layer and ended at the layers above, gives the traces of the synapses of input i.
 *
 * @param backward the loss as the error passes down through it
 * @param averages its gradient
 * @returns the gradient, and the number of tangents that it took
 * @throws LAYERS_UNSUITABLE if a layer above spikes is no product with a matrix, or layers above it do not read its
 *   neurons one by one
 */
export function withSynapticTraces<P extends Tree>(
  loss: Loss<P>,
  backward: Loss<P>,
  params: P,
  averages: P,
): { readonly grad: P; readonly tangents: number } {
  const layers = layersOf(loss, params)
  // Errors at the rates are those at the inputs of the layers above.
  const [, inputs] = collect(rates(loss))(params)
  const zero = treeMap((x) => zerosLike(x), inputs)
  const errors = gradOf((q: typeof zero) => perturb(backward, { at: 'input' })(q, params))(zero)
  const stop: Feedback = Object.fromEntries(layers.map(({ name }) => [name, 'stop']))
  const inputsOf = (p: P): ByLayer => passDown(collect(loss))(stop, p)[1]
  const paths = treePaths(params)
  const { leaves, structure } = treeFlatten(averages)
  const grad = [...leaves]
  let tangents = 0
  for (const name of new Set(layers.filter((l) => l.steps > 1 && l.reads.length > 0).map((l) => l.name))) {
    const uses = layers.filter((l) => l.name === name)
    const readers = layers.filter((l) => l.readsNext.some((id) => uses.some((use) => use.id === id)))
    const [{ fanIn, shape, dtype, weight }] = checkColumns(uses, readers)
    const moved = (v: Tensor): readonly Tensor[] => {
      const current = (x: Tensor): Tensor => broadcastTo(matmul(x, expandDims(v, 1)), shape)
      const all = perturb(inputsOf, { value: 'kept' })(Object.fromEntries(uses.map(({ id }) => [id, current])), params)
      return readers.map(({ id }) => all[id]!)
    }
    const still = zeros([fanIn], dtype)
    const row = (i: Tensor): Tensor => {
      const [, traces] = jvp(moved, [still], [basis([still], i)[0]!])
      return traces.map((e, k) => sum(mul(e, errors[readers[k]!.id]!), 0)).reduce((a, b) => add(a, b))
    }
    const [, pull] = vjp((p: P) => layerWeights(loss)(p)[name]![0]!, params)
    const exact = treeLeaves(pull(vmap(row)(arange(fanIn, 'i32')))[0])
    for (const leaf of weight.map((path) => paths.indexOf(path))) grad[leaf] = exact[leaf]!
    tangents += fanIn
  }
  return { grad: treeUnflatten(structure, grad) as P, tangents }
}

/** Refuses layers whose neurons other layers do not read one by one. */
function checkColumns(uses: readonly Layer[], readers: readonly Layer[]): readonly [Layer, ...Layer[]] {
  const [layer] = uses as readonly [Layer, ...Layer[]]
  const isRow = ({ shape }: Layer): boolean => shape.length === 2
  const units = layer.shape.at(-1)
  if (uses.every(isRow) && readers.length > 0 && readers.every((l) => isRow(l) && l.fanIn === units)) return [layer]
  throw new SpikewardError(
    'LAYERS_UNSUITABLE',
    `rateBackpropagation: traces for each synapse need layers above '${layer.name}' that read its neurons one by one; use traces: averages`,
  )
}
