import type { AffineLayer } from '@spikeward/core'
import type { ExecutionPlan, Part } from './executionPlan.js'

/** Node types whose output is an affine function of their input in the same step. */
const affineTypes = new Set(['Affine', 'Linear', 'Scale', 'Flatten', 'Input', 'Output'])

/**
 * The trained affine layers of a graph in the order of the forward pass, if a chip can place them: each has a bias,
 * no signal arrives a step later, and the output is an affine function of the last one. Otherwise null.
 */
export function affineLayersOf({ parts, input, output }: ExecutionPlan): readonly AffineLayer[] | null {
  const isLayer = ({ executor }: Part): boolean => executor.learned.includes('bias')
  const layers = parts.filter(isLayer)
  const last = layers.at(-1)
  const owned = parts.every((p) => !p.executor.learned.includes('weight') || isLayer(p))
  if (last === undefined || !owned || parts.some((p) => p.delayedSources.length > 0)) return null

  const byName = new Map(parts.map((p) => [p.name, p]))
  for (let name = output; name !== last.name; ) {
    const part = byName.get(name)!
    if (!affineTypes.has(part.type) || part.sources.length !== 1) return null
    name = part.sources[0]!
  }
  // A node whose input is constant in time has sources without state, back to the graph's input.
  const constant = new Set<string>()
  for (const { name, sources, executor } of parts) {
    const isConstant = name === input || sources.every((s) => constant.has(s))
    if (isConstant && executor.rest(1) === null) constant.add(name)
  }
  return layers.map(({ name, sources, executor }): AffineLayer => {
    const [fanIn = 0, units = 0] = executor.parameters['weight']!.shape
    // The mean over time of an affine readout is the readout of the mean.
    const isConstant = name === last.name || sources.every((s) => constant.has(s))
    return {
      weight: `${name}.weight`,
      bias: `${name}.bias`,
      fanIn,
      units,
      input: isConstant ? 'constant' : 'varying',
    }
  })
}
