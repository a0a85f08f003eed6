import { kebabCase } from '@spikeward/core'
import type { TrainOptions } from '@spikeward/experiment'
import type { LearnerOptions, PointOptions } from '@spikeward/experiment/points'
import { type Catalogue, type Offered, entryOf } from '../protocol.js'
import { kindOf, tunedFor } from './tuned.js'
import type { Contender, OptionTexts, Settings } from './settings.js'

/**
 * The settings of a run for which the page has a control; the rest is tuned for the problem, in the page as in a
 * command.
 */
type RunOptions = Pick<TrainOptions, 'network' | 'hidden' | 'branch' | 'batch' | 'collocation' | 'readoutSolve'> &
  Pick<TrainOptions, 'key' | 'backend' | 'time'> &
  LearnerOptions &
  Pick<PointOptions, 'neuron' | 'surrogate'>

/** A run of one estimator by the names of commands and programs. */
export type Run = { readonly problem: string; readonly options: RunOptions }

/**
 * Options for which a run has tuned values. The page states them even if they have their declared defaults, which are
 * what it means by an option that is absent.
 */
const tunedOptions: readonly string[] = ['beta', 'reset', 'scope', 'directions', 'adapt', 'below', 'precision']

function explicit(entry: Offered | undefined, options: OptionTexts): OptionTexts {
  const defaults = (entry?.options ?? []).flatMap((o) =>
    tunedOptions.includes(o.name) && o.presence === 'value' && o.default !== null ? [[o.name, o.default] as const] : [],
  )
  return { ...Object.fromEntries(defaults), ...options }
}

/** `rfg`, or `rfg(directions=8)`; a list in brackets. */
export function expression(name: string, options: OptionTexts): string {
  const isList = (value: string): boolean => value.includes(',') && !value.startsWith('[')
  const texts = Object.entries(options).map(([option, text]) => `${option}=${isList(text) ? `[${text}]` : text}`)
  return texts.length === 0 ? name : `${name}(${texts.join(',')})`
}

/** The run of one estimator. Its readout is solved for only where the problem is an operator. */
export function runOf(settings: Settings, contender: Contender, catalogue: Catalogue): Run {
  const short = (list: readonly Offered[], name: string): string => entryOf(list, name)?.aliases[0] ?? name
  const written = (list: readonly Offered[], name: string, options: OptionTexts): string =>
    expression(short(list, name), explicit(entryOf(list, name), options))
  const { hidden, batch, time, schedule, steps, key, backend } = settings
  const tuned = tunedFor(settings.problem, catalogue.tuned, settings.network)
  const neurons = {
    time,
    neuron: written(catalogue.neurons, settings.neuron, settings.neuronOptions),
    surrogate: written(catalogue.surrogates, settings.surrogate, settings.surrogateOptions),
  }
  const sizes = {
    function: { hidden, batch, readoutSolve: 0 },
    equation: { hidden, collocation: batch },
    // The page has networks that answer at points, where the default of a command may be one on a grid, unless it is
    // chosen.
    operator: {
      ...(tuned === undefined ? {} : { network: tuned.network }),
      ...(settings.network === null ? { branch: hidden } : {}),
      batch,
    },
  }[kindOf(settings.problem, catalogue.tuned)]
  return {
    // In parentheses: some options of a problem have the names of settings of the run.
    problem: expression(kebabCase(settings.problem), settings.problemOptions),
    options: {
      estimator: written(catalogue.estimators, contender.estimator, contender.options),
      optimizer: contender.optimizer,
      learningRate: contender.learningRate,
      schedule: short(catalogue.schedules, schedule),
      steps,
      ...sizes,
      ...neurons,
      key,
      backend,
    },
  }
}

/**
 * The options that the page has a control for: those that can be written as text, except required ones and the number
 * of outputs, which the problem decides.
 */
export const offeredOptions = ({ options }: Offered): Offered['options'] =>
  options.filter((o) => o.writable && o.presence !== 'required' && o.name !== 'outputs')
