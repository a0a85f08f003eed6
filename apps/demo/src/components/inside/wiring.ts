import type { LayerActivity } from '../../protocol.js'

/** Neurons of a layer in the drawing. */
export const DRAWN = 14

/** Some indices of `count`, evenly spread. */
export const spreadOut = (count: number): number[] =>
  Array.from({ length: Math.min(count, DRAWN) }, (_, i) => Math.floor((i * count) / Math.min(count, DRAWN)))

/** A neuron, an input or the output: where it is, and whether it fires at the moment. */
export type Node = {
  readonly x: number
  readonly y: number
  readonly kind: 'input' | 'neuron' | 'output'
  readonly fires: boolean
}

/** A weight: its ends, its size as a share of the largest of its layer, and whether a spike runs along it. */
export type Wire = { readonly from: Node; readonly to: Node; readonly weight: number; readonly live: boolean }

const WIDTH = 720
const HEIGHT = 300

/**
 * The network at one time step. Layers stand side by side; at most {@link DRAWN} neurons of each are drawn.
 *
 * @param links the weights between drawn nodes of neighbouring layers, [from, to] row-major
 * @param step time step, from 0
 */
export function wiring(
  inputs: number,
  layers: readonly LayerActivity[],
  links: readonly Float32Array[],
  step: number,
): { readonly nodes: readonly Node[]; readonly wires: readonly Wire[] } {
  const columns = layers.length + 2
  const column = (at: number, kind: Node['kind'], fires: readonly boolean[]): Node[] =>
    fires.map((f, i) => ({
      x: 40 + ((WIDTH - 80) * at) / (columns - 1),
      y: (HEIGHT * (i + 0.5)) / fires.length,
      kind,
      fires: f,
    }))
  const stacks = [
    column(
      0,
      'input',
      Array.from({ length: inputs }, () => true),
    ),
    ...layers.map(({ neurons, spikes }, l) =>
      column(
        l + 1,
        'neuron',
        spreadOut(neurons.length).map((n) => spikes[step * neurons.length + n] !== 0),
      ),
    ),
    column(columns - 1, 'output', [false]),
  ]
  const wires = links.flatMap((weights, l) => {
    const [from, to] = [stacks[l] ?? [], stacks[l + 1] ?? []]
    if (weights.length !== from.length * to.length) return []
    const largest = weights.reduce((a, w) => Math.max(a, Math.abs(w)), 0) || 1
    return from.flatMap((a, i) =>
      to.map((b, j) => ({ from: a, to: b, weight: weights[i * to.length + j]! / largest, live: a.fires })),
    )
  })
  return { nodes: stacks.flat(), wires }
}
