import type { OptionDescription } from '@spikeward/core'
import { entryOf } from '../protocol.js'
import type { Catalogue, Offered } from '../protocol.js'
import { AUTO } from './settings.js'
import type { OptionTexts, Settings } from './settings.js'

/** Whether a text is within the range of a number; the worker checks other types. */
function inRange({ type, range = {} }: OptionDescription, text: string): boolean {
  if (type !== 'number' && type !== 'integer') return true
  const { min = -Infinity, max = Infinity, above = false, below = false } = range
  const value = text.trim() === '' ? Number.NaN : Number(text)
  const fits = (above ? value > min : value >= min) && (below ? value < max : value <= max)
  return fits && Number.isFinite(value) && (type === 'number' || Number.isInteger(value))
}

const isChoice = ({ type, choices = [] }: OptionDescription, text: string): boolean =>
  type !== 'choice' || choices.includes(text)

/** Sentences about options outside their range, according to the declarations. */
export function faultyOptions(settings: Settings, catalogue: Catalogue): string[] {
  const faults = (list: readonly Offered[], name: string, options: OptionTexts): string[] =>
    Object.entries(options).flatMap(([option, text]) => {
      const found = entryOf(list, name)?.options.find((o) => o.name === option)
      if (found === undefined || (inRange(found, text) && isChoice(found, text))) return []
      return [`${option} of ${name} is ${text === '' ? 'empty' : text}; it must be ${found.expects}.`]
    })
  const backends = [AUTO, ...catalogue.backends.map(({ name }) => name)]
  return [
    ...(backends.includes(settings.backend)
      ? []
      : [`The backend is ${settings.backend}; it must be one of ${backends.join(', ')}.`]),
    ...faults(catalogue.problems, settings.problem, settings.problemOptions),
    ...faults(catalogue.neurons, settings.neuron, settings.neuronOptions),
    ...faults(catalogue.surrogates, settings.surrogate, settings.surrogateOptions),
    ...settings.contenders.flatMap((c) => faults(catalogue.estimators, c.estimator, c.options)),
  ]
}
