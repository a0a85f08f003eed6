import type { Layer } from '@spikeward/core'

/** Layers by their place in the network. */
export type Places = {
  /** Layers that no other layer reads. */
  readonly readouts: readonly Layer[]
  /** Layers that readouts alone read. */
  readonly last: readonly Layer[]
  /** All others. */
  readonly lower: readonly Layer[]
}

/** Sorts layers by which others read them. Uses of one weight, and layers that read each other, as in a recurrent network, count as one. */
export function placesOf(found: readonly Layer[]): Places {
  const nameOf = new Map(found.map(({ id, name }) => [id, name]))
  const layers = [...new Map(found.map((layer) => [layer.name, layer])).values()]
  const readBy = (name: string): Set<string> =>
    new Set(found.filter((l) => l.name === name).flatMap((l) => l.reads.map((id) => nameOf.get(id)!)))
  const reads = new Map(layers.map(({ name }) => [name, readBy(name)]))
  const readersOf = ({ name }: Layer): Layer[] =>
    layers.filter((l) => l.name !== name && reads.get(l.name)!.has(name) && !reads.get(name)!.has(l.name))
  const readouts = layers.filter((layer) => readersOf(layer).length === 0)
  const hidden = layers.filter((layer) => !readouts.includes(layer))
  const last = hidden.filter((layer) => readersOf(layer).every((other) => readouts.includes(other)))
  return { readouts, last, lower: hidden.filter((layer) => !last.includes(layer)) }
}
