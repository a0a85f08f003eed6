import { type NirGraph, type NirNode, isArray, isGraph, toDoubles } from '../graph/nirData.js'
import { keys, resetOf } from '../graph/metadata.js'
import { type MlpDescription, resetInWords } from './description.js'

/** Behaviour of a neuron that the standard cannot express. */
type Beyond = {
  readonly rule: 'value' | 'subtract' | 'none'
  readonly delayed: boolean
  readonly startsElsewhere: boolean
}

function sentences(neurons: readonly Beyond[]): string[] {
  const losses = new Set<string>()
  for (const { rule, delayed, startsElsewhere: elsewhere } of neurons) {
    if (rule !== 'value') {
      const ours = resetInWords({ reset: rule, resetDelayed: delayed, resetMembrane: 0 })
      losses.add(`${ours}; other readers set it to v_reset in the step of the spike`)
    }
    if (elsewhere) losses.add('membranes start at given values; other readers start them at rest')
  }
  return [...losses]
}

/** Whether the metadata of a neuron give a membrane before the first step other than its rest, `v_leak` or 0. */
function startsElsewhere({ parameters, metadata }: NirNode): boolean {
  const [start, leak] = [metadata[keys.initialMembrane], parameters['v_leak']]
  if (start === undefined) return false
  if (!isArray(start)) return true
  const rest = isArray(leak) ? toDoubles(leak) : [0]
  return toDoubles(start).some((u, i) => u !== (rest[i] ?? rest[0]))
}

/**
 * The differences between this network and the one that another reader of the standard would run. Another reader resets
 * to `v_reset` in the step of the spike, starts membranes at rest, and returns its outputs step by step.
 */
export const lossesOf = ({ layers }: Pick<MlpDescription, 'layers'>): string[] =>
  sentences(
    layers.map(({ neuron }) => ({
      rule: neuron.reset === 'zero' ? 'value' : neuron.reset,
      delayed: neuron.resetDelayed,
      startsElsewhere: neuron.initialMembrane !== null && toDoubles(neuron.initialMembrane).some((u) => u !== 0),
    })),
  )

/** The same of a graph, from the metadata of its nodes. */
export function lossesOfGraph(graph: NirGraph): string[] {
  const beyond = ({ nodes }: NirGraph): Beyond[] =>
    Object.entries(nodes).flatMap(([name, node]) => {
      if (isGraph(node)) return beyond(node)
      const { rule, delayed } = resetOf(name, node)
      return [{ rule, delayed, startsElsewhere: startsElsewhere(node) }]
    })
  return sentences(beyond(graph))
}
