import type { OptionDescription } from '@spikeward/core'
import { type Catalogue, type Offered, entryOf } from '../protocol.js'
import { faultyPoints } from './own.js'
import { type Contender, type OptionTexts, type Settings, AUTO, contenderLabel, numberOf } from './settings.js'
import { tunedOperator } from './tuned.js'

/** Whether a text is within the range of a number; the worker checks other types. */
function inRange({ type, range = {} }: OptionDescription, text: string): boolean {
  if (type !== 'number' && type !== 'integer') return true
  const { min = -Infinity, max = Infinity, above = false, below = false } = range
  const value = numberOf(text)
  const fits = (above ? value > min : value >= min) && (below ? value < max : value <= max)
  return fits && Number.isFinite(value) && (type === 'number' || Number.isInteger(value))
}

const isChoice = ({ type, choices = [] }: OptionDescription, text: string): boolean =>
  type !== 'choice' || choices.includes(text)

/** Sentences about options outside their range, according to the declarations. */
export function faultyOptions(settings: Settings, catalogue: Catalogue): string[] {
  const faults = (list: readonly Offered[], name: string, options: OptionTexts): string[] =>
    Object.entries(options).flatMap(([option, text]) => {
      const declaration = entryOf(list, name)?.options.find((o) => o.name === option)
      if (declaration === undefined || (inRange(declaration, text) && isChoice(declaration, text))) return []
      return [`${option} of ${name} is ${text === '' ? 'empty' : text}; it must be ${declaration.expects}.`]
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

/** The largest values that a page should try. The command line accepts larger ones. */
const limits = { time: 1024, width: 4096, layers: 4, batch: 4096, steps: 1_000_000, directions: 1024 } as const

const whole = (name: string, value: number, least: number, most: number): string | null =>
  Number.isInteger(value) && value >= least && value <= most
    ? null
    : `${name} is ${value}; give a whole number from ${least} to ${most.toLocaleString('en')}.`

/** The largest memory of one training step in a page, in bytes. */
const MAX_BYTES = 2 ** 30

const directionsOf = ({ options }: Contender): number => Number(options['directions'] ?? 1)

/** Approximate bytes of a training step: forward mode holds the tangents of one layer, reverse mode all time steps. */
function bytesOf({ hidden, time, batch }: Settings, contender: Contender): number {
  const values =
    contender.estimator === 'bp'
      ? hidden.reduce((a, b) => a + b, 0) * time
      : Math.max(...hidden) * (1 + directionsOf(contender))
  return 4 * batch * values
}

/** A message for a step that would not fit into a page, although each number alone is allowed. */
function tooLarge(settings: Settings, contender: Contender): string | null {
  const bytes = bytesOf(settings, contender)
  if (bytes <= MAX_BYTES) return null
  return `A step of ${contenderLabel(contender)} would fill about ${(bytes / 2 ** 30).toFixed(1)} GiB; choose smaller widths, fewer points per step, ${contender.estimator === 'bp' ? 'a shorter T' : 'fewer directions'}.`
}

/** Faults of individual numbers. */
function wrongNumbers({ time, batch, steps, hidden, key, contenders }: Settings): string[] {
  const layers = hidden.length >= 1 && hidden.length <= limits.layers
  return [
    whole('T', time, 1, limits.time),
    layers ? null : `There are ${hidden.length} hidden layers; give 1 to ${limits.layers} widths, such as 50, 50.`,
    ...(layers ? hidden.map((n, l) => whole(`The width of layer ${l + 1}`, n, 1, limits.width)) : []),
    whole('The batch', batch, 1, limits.batch),
    whole('The number of steps', steps, 1, limits.steps),
    whole('The key', key, 0, 0xffff_ffff),
    contenders.length > 0 ? null : 'No estimator is chosen; add one to the race.',
    ...contenders.flatMap((contender) => [
      whole(`The number of directions of ${contender.estimator}`, directionsOf(contender), 1, limits.directions),
      contender.learningRate > 0 && contender.learningRate <= 100
        ? null
        : `The learning rate of ${contender.estimator} is ${contender.learningRate}; give a number above 0 and at most 100.`,
    ]),
  ].filter((fault) => fault !== null)
}

/** A message for a step of more functions than an operator has. */
function faultyFunctions(settings: Settings, catalogue: Catalogue): string[] {
  const problem = entryOf(catalogue.problems, settings.problem)
  if (problem === undefined || tunedOperator(settings.problem, catalogue.tuned) === undefined) return []
  const declared = problem.options.find(({ name }) => name === 'train')
  const train = Number(settings.problemOptions['train'] ?? declared?.default)
  return settings.batch <= train
    ? []
    : [
        `A step takes ${settings.batch} functions of ${train}; give at most ${train} per step, or a larger train of the problem.`,
      ]
}

/**
 * Faults of settings, each with a remedy, in sentences for the page; empty if a run can start.
 *
 * @param catalogue what the worker offers, whose declarations check the options; null before the worker has sent it
 */
export function faultsOf(settings: Settings, catalogue: Catalogue | null): string[] {
  const wrong = [
    ...wrongNumbers(settings),
    ...faultyPoints(settings),
    ...(catalogue === null ? [] : [...faultyOptions(settings, catalogue), ...faultyFunctions(settings, catalogue)]),
  ]
  if (wrong.length > 0) return wrong
  return settings.contenders.map((contender) => tooLarge(settings, contender)).filter((fault) => fault !== null)
}
