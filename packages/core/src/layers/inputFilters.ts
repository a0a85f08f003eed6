import { mul } from '../numpy/elementwise.js'
import { mean } from '../numpy/reduce.js'
import { type Derivative, type Source, type UnitDynamics, movedStates } from './unitDynamics.js'

/**
 * The input x of a layer, filtered over time as its units filter it on the way to one of their states h_j, by mean
 * derivatives:
 *
 *     x̄_j ← Σ_k ⟨D_kj⟩ x̄_k + ⟨Df_j⟩ x
 *
 * It is a state of the units that x is computed from. The influence of their past on h_j, which errors at h_j know
 * nothing of, is an error at x̄_j. Filters of filters follow a path through several layers.
 */
export type Filter = {
  /** Its position, after the states of the step. */
  readonly index: number
  readonly layer: string
  /** j: a state or another filter. */
  readonly of: number
}

/** The filters of a step, each after the state or filter that reads it, and the sources of all states and filters. */
export type Filters = { readonly filters: readonly Filter[]; readonly sources: readonly ReadonlySet<Source>[] }

/** Filters along the paths that pass each layer at most `hops` times. */
export function inputFilters({ states, useful, dynamic, inputs }: UnitDynamics, hops: number): Filters {
  const filters: Filter[] = []
  const sources = [...states]
  const passes = (layer: string, j: number): number => {
    const filter = filters[j - states.length]
    return filter === undefined ? 0 : Number(filter.layer === layer) + passes(layer, filter.of)
  }
  const layers = [...inputs].filter(([id]) => dynamic.has(id))
  const filterOf = (layer: string, of: number): Filter | undefined =>
    filters.find((f) => f.layer === layer && f.of === of)
  for (let before = -1; before < filters.length; ) {
    before = filters.length
    for (const [layer] of layers)
      for (const of of movedStates(sources, { kind: 'layer', id: layer })) {
        if (of < states.length && !useful.has(of)) continue
        if (filterOf(layer, of) !== undefined || passes(layer, of) >= hops) continue
        filters.push({ index: states.length + filters.length, layer, of })
        sources.push(new Set())
      }
    // A filter reads the filters of what its state reads, and x where its layer moves that state.
    for (const { index, layer, of } of filters)
      sources[index] = new Set(
        [...sources[of]!].flatMap((s): readonly Source[] => {
          if (s.kind === 'layer') return s.id === layer ? [...inputs.get(layer)!] : []
          const before = s.kind === 'state' ? filterOf(layer, s.index) : undefined
          return before === undefined ? [] : [{ kind: 'state', index: before.index }]
        }),
      )
  }
  return { filters, sources }
}

/** Adds the derivatives of filters to those of states. */
export function filterDerivatives(filters: readonly Filter[], own: readonly Derivative[]): readonly Derivative[] {
  const all = [...own]
  for (const { index, layer, of } of filters)
    for (const { from, to, value } of [...all]) {
      if (to !== of) continue
      if (from.kind === 'layer' && from.id === layer)
        for (const d of own) if (d.to === layer) all.push({ from: d.from, to: index, value: mul(mean(value), d.value) })
      const before = from.kind === 'state' ? filters.find((f) => f.layer === layer && f.of === from.index) : undefined
      if (before !== undefined)
        all.push({ from: { kind: 'state', index: before.index }, to: index, value: mean(value) })
    }
  return all
}
