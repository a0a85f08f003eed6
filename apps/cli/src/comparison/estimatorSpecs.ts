/** Estimators as `compare` is told of them: `rfg:directions=8:scope=layerwise:readoutSolve=20`. */
import { InvalidArgumentError } from 'commander'
import { estimatorEntries } from '../catalogue/estimatorEntries.js'
import { splitAtCommas } from '../catalogue/expression.js'
import { nearest } from '../usage/nearest.js'
import { count, countOrNone, positive } from '../usage/values.js'
import type { TrainOptions } from '../config/trainOptions.js'

/** Options of a run that an estimator may have for itself. */
export type EstimatorOptions = Pick<
  TrainOptions,
  | 'scope'
  | 'directions'
  | 'distribution'
  | 'size'
  | 'readout'
  | 'damping'
  | 'adapt'
  | 'exactReadout'
  | 'readoutSolve'
  | 'learningRate'
  | 'optimizer'
  | 'surrogate'
  | 'batch'
>

/** One estimator with options of its own, and the text that named it. */
export type EstimatorSpec = { readonly label: string; readonly estimator: string; readonly options: EstimatorOptions }

function truth(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new InvalidArgumentError(`write true or false, not ${text}.`)
}

const parsers: { readonly [K in keyof Required<EstimatorOptions>]: (text: string) => string | number | boolean } = {
  scope: String,
  directions: count('directions', 65_536),
  distribution: String,
  size: positive('size', 1e6),
  readout: String,
  damping: positive('damping', 1e12),
  adapt: truth,
  exactReadout: truth,
  readoutSolve: countOrNone('readoutSolve'),
  learningRate: positive('learningRate', 1e6),
  optimizer: String,
  surrogate: String,
  batch: count('the batch'),
}

function optionOf(label: string, part: string): readonly [string, unknown] {
  const [name = '', value = 'true'] = part.split('=')
  if (Object.hasOwn(parsers, name)) return [name, parsers[name as keyof EstimatorOptions](value)]
  const known = Object.keys(parsers)
  const guess = nearest(name, known)
  throw new InvalidArgumentError(
    `"${label}": an estimator has no option "${name}"${guess === null ? '.' : `; did you mean "${guess}"?`} Known: ${known.join(', ')}.`,
  )
}

/** What `all` stands for: every estimator but the one whose cost is the number of parameters. */
const every = Object.keys(estimatorEntries).filter((name) => name !== 'exactForward')

/**
 * Estimators with commas between, each with its options: `bp,rfg:directions=8,controlVariate(rfg):readoutSolve=20`.
 * `all` is every one of the catalogue but exactForward.
 */
export function estimatorSpecs(text: string): readonly EstimatorSpec[] {
  const specs = splitAtCommas(text)
    .flatMap((one) => (one.trim() === 'all' ? every : [one]))
    .map((one): EstimatorSpec => {
      const label = one.trim()
      const [estimator = '', ...parts] = label.split(':')
      if (estimator === '') throw new InvalidArgumentError(`"${text}" misses a name; write bp,rfg:directions=8.`)
      return { label, estimator, options: Object.fromEntries(parts.map((p) => optionOf(label, p))) }
    })
  const twice = specs.find(({ label }, i) => specs.findIndex((s) => s.label === label) !== i)
  if (twice !== undefined) throw new InvalidArgumentError(`"${twice.label}" stands there twice.`)
  return specs
}

/** Times with commas between: `15s`, `1s,5s,15s`, `500ms`, `2min`; seconds where no unit is given. */
export function budgets(text: string): readonly number[] {
  return text.split(',').map((part) => {
    const [, number = '', unit = 's'] = /^([\d.eE+-]+?)\s*(ms|s|min)?$/.exec(part.trim()) ?? []
    if (number === '') throw new InvalidArgumentError(`"${part}" is no time; write 15s, 500ms or 2min.`)
    return positive('a budget', 1e6)(number) * { ms: 1e-3, s: 1, min: 60 }[unit as 'ms' | 's' | 'min']
  })
}
