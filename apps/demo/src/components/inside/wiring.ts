import type { LayerActivity } from '../../protocol.js'

/** Neurons of a layer in the drawing. */
export const DRAWN = 14

/** Some indices of `count`, evenly spread. */
export const spreadOut = (count: number): number[] =>
  Array.from({ length: Math.min(count, DRAWN) }, (_, i) => Math.floor((i * count) / Math.min(count, DRAWN)))

/** Layers of these widths in which nothing fires: the network before its first answer. */
export const silentLayers = (hidden: readonly number[]): LayerActivity[] =>
  hidden.map((width) => {
    const neurons = spreadOut(width)
    const none = new Float32Array(neurons.length)
    return { width, neurons, spikes: none, membranes: none, rate: 0, silent: 1 }
  })

/** A neuron, an input or the output: its position, and whether it fires now. */
export type Node = {
  readonly x: number
  readonly y: number
  readonly kind: 'input' | 'neuron' | 'output'
  readonly fires: boolean
}

/** A weight: its ends, its size as a share of the largest of its layer, and whether a spike runs along it. */
export type Wire = { readonly from: Node; readonly to: Node; readonly weight: number; readonly live: boolean }

/** Pixels between the outermost columns and the sides, for their names. */
const SIDE = 44

/** Pixels below the columns, for the widths of the layers. */
const FOOT = 18

/** A name in the drawing, and how it is aligned with its place. */
export type Name = {
  readonly x: number
  readonly y: number
  readonly text: string
  readonly anchor: 'start' | 'middle' | 'end'
}

/**
 * The network at one time step. Layers are drawn side by side, with at most {@link DRAWN} neurons each.
 *
 * @param inputs their names
 * @param links the weights between drawn nodes of neighbouring layers, [from, to] row-major
 * @param step time step, from 0
 * @param size width and height of the drawing
 */
export function wiring(
  inputs: readonly string[],
  layers: readonly LayerActivity[],
  links: readonly Float32Array[],
  step: number,
  size: readonly [width: number, height: number],
): { readonly nodes: readonly Node[]; readonly wires: readonly Wire[]; readonly names: readonly Name[] } {
  const [width, height] = [size[0], size[1] - FOOT]
  const columns = layers.length + 2
  const across = (at: number): number => SIDE + ((width - 2 * SIDE) * at) / (columns - 1)
  const column = (at: number, kind: Node['kind'], fires: readonly boolean[]): Node[] =>
    fires.map((f, i) => ({ x: across(at), y: (height * (i + 0.5)) / fires.length, kind, fires: f }))
  const fires = ({ neurons, spikes }: LayerActivity): boolean[] =>
    spreadOut(neurons.length).map((n) => spikes[step * neurons.length + n] !== 0)
  const always = inputs.map(() => true)
  const hidden = layers.map((layer, l) => column(l + 1, 'neuron', fires(layer)))
  const stacks = [column(0, 'input', always), ...hidden, column(columns - 1, 'output', [false])]
  const wires = links.flatMap((weights, l) => {
    const [from, to] = [stacks[l] ?? [], stacks[l + 1] ?? []]
    if (weights.length !== from.length * to.length) return []
    const largest = weights.reduce((a, w) => Math.max(a, Math.abs(w)), 0) || 1
    return from.flatMap((a, i) =>
      to.map((b, j) => ({ from: a, to: b, weight: weights[i * to.length + j]! / largest, live: a.fires })),
    )
  })
  const beside = 14
  const name = (x: number, y: number, text: string, anchor: Name['anchor'] = 'middle'): Name => ({ x, y, text, anchor })
  const names = [
    ...stacks[0]!.map(({ x, y }, i) => name(x - beside, y + 4, inputs[i] ?? '', 'end')),
    name(across(columns - 1), height / 2 - beside, 'answer'),
    ...layers.map(({ width: n }, l) =>
      name(across(l + 1), height + FOOT - 4, columns > 4 ? String(n) : `${n} neurons`),
    ),
  ]
  return { nodes: stacks.flat(), wires, names }
}
