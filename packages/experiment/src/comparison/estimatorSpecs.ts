/** The notation for estimators of `compare`: `rfg:directions=8:scope=layerwise:readoutSolve=20`. */
import { type Option, type ValueType, decodeOption } from '@spikeward/core'
import { type Factory, factories } from '../catalogue/factories.js'
import { type OptionValue, flagOf } from '../catalogue/optionValues.js'
import { splitAtCommas } from '../catalogue/notation/expression.js'
import { withoutPath } from '../io/texts.js'
import { nearest, usageError } from '../usage/usageError.js'
import { estimatorSettings, networkSettings, trainingSettings } from '../config/settings/runSettings.js'
import type { TrainOptions } from '../config/trainConfig.js'

export type EstimatorOptions = Pick<TrainOptions, keyof typeof perEstimator | 'declared'>

export type EstimatorSpec = { readonly label: string; readonly estimator: string; readonly options: EstimatorOptions }

// The estimator is the text itself, and all have the same budget.
const { estimator: _, steps: _n, seconds: _s, ...ofTraining } = { ...estimatorSettings, ...trainingSettings }

const perEstimator = { ...ofTraining, surrogate: networkSettings.surrogate }

const isPerEstimator = (name: string): name is keyof typeof perEstimator => Object.hasOwn(perEstimator, name)

const declared: ReadonlySet<string> = new Set(
  Object.values<Factory>(factories.estimator).flatMap(({ declaration }) =>
    Object.keys(declaration.options).map(flagOf),
  ),
)

type PartOptions = { readonly run: Record<string, unknown>; readonly declared: Record<string, OptionValue> }

function readOption(label: string, part: string, into: PartOptions): void {
  const [name = '', value = 'true'] = part.split('=')
  if (isPerEstimator(name)) {
    const option: Option = perEstimator[name]
    into.run[name] = decodeOption(label, name, option, value)
    return
  }
  // The options of a package's estimator are not known here; its declaration checks them.
  if (declared.has(name) || label.includes('#')) {
    into.declared[name] = value === 'true' || value === 'false' ? value === 'true' : value
    return
  }
  const known = [...Object.keys(perEstimator), ...declared]
  const guess = nearest(name, known)
  throw usageError(
    'CLI_BAD_VALUE',
    `"${label}": an estimator has no option "${name}"${guess === null ? '.' : `; did you mean "${guess}"?`} Known: ${known.join(', ')}.`,
  )
}

function optionsOf(label: string, parts: readonly string[]): EstimatorOptions {
  const options: PartOptions = { run: {}, declared: {} }
  for (const part of parts) readOption(label, part, options)
  return Object.keys(options.declared).length === 0 ? options.run : { ...options.run, declared: options.declared }
}

/** The estimators of `all`: every one except exactForward, whose cost is the number of parameters. */
const every = Object.keys(factories.estimator).filter((name) => name !== 'exactForward')

/**
 * Estimators separated by commas, each with its options: `bp,rfg:directions=8,controlVariate(rfg):readoutSolve=20`.
 * `all` is every estimator of the catalogue except exactForward. Tables and figures show the text, of an estimator in a
 * file the part after `#`, or a name before `=`: `eight=rfg:directions=8`.
 */
export function estimatorSpecs(text: string): readonly EstimatorSpec[] {
  const specs = splitAtCommas(text)
    .flatMap((one) => (one.trim() === 'all' ? every : [one]))
    .map((one): EstimatorSpec => {
      const [, name, spec = ''] = /^(?:([\w -]+)=)?(.*)$/s.exec(one.trim()) ?? []
      const [estimator = '', ...parts] = spec.split(':')
      const label = name ?? withoutPath(spec)
      if (estimator === '')
        throw usageError('CLI_BAD_VALUE', `"${text}" lacks an estimator; write bp,rfg:directions=8.`)
      return { label, estimator, options: optionsOf(spec, parts) }
    })
  const twice = specs.find(({ label }, i) => specs.findIndex((s) => s.label === label) !== i)
  if (twice !== undefined) throw usageError('CLI_BAD_VALUE', `"${twice.label}" is listed twice.`)
  return specs
}

/** The estimators of a comparison as the value of a flag. */
export const specsType: ValueType<readonly EstimatorSpec[]> = {
  name: 'list',
  expects: 'estimators separated by commas, such as bp,rfg:directions=8',
  accepts: (x): x is readonly EstimatorSpec[] => Array.isArray(x),
  parse: estimatorSpecs,
}
