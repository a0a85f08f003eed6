import { type NetworkDefaults, type ProblemDefaults, genericSizes, problemDefaults } from '@spikeward/experiment/tuned'
import { type ListingMatch, flagOf, tunedFlagsOf } from '@spikeward/experiment'
import { twoColumns } from './columns.js'

/** Settings in lines: simple values next to the name, nested settings below it. */
function settings(name: string, record: object, indent: string): string {
  const isNested = (value: unknown): value is object =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  const entries = Object.entries(record) as [string, unknown][]
  const flat = entries.flatMap(([key, value]) => (isNested(value) ? [] : [`${key} ${String(value)}`]))
  const below = entries.flatMap(([key, value]) => (isNested(value) ? [settings(key, value, `${indent}  `)] : []))
  return `${`${indent}${name}: ${flat.join(', ')}`.trimEnd()}\n${below.join('')}`
}

/** A network's settings, with those of its estimators in place of their heading. */
const networkSettings = ({ byEstimator, dense, physics, ...sizes }: NetworkDefaults): object => ({
  ...sizes,
  ...byEstimator,
  ...(dense === undefined ? {} : { 'dense, without spikes': networkSettings(dense) }),
  ...(physics === undefined ? {} : { 'physics, from the equation alone': networkSettings(physics) }),
})

function defaultsText(problem: string, { byEstimator, networks, ...rest }: ProblemDefaults): string {
  const sizes = Object.fromEntries(Object.entries(networks).map(([name, of]) => [name, networkSettings(of)]))
  return settings(`defaults of ${problem} (they override declared defaults)`, { ...rest, ...sizes, ...byEstimator }, '')
}

/** In place of the defaults of a problem without tuned settings. */
const GENERIC = 'defaults: generic; no rate, number of steps or size is tuned for this problem\n'

/** Text without the marks of code in Markdown. */
const plain = (text: string): string => text.replaceAll('`', '')

/**
 * The details of one factory: its summary, its facts, when to choose it, its options with their values and defaults,
 * and the default settings of its runs.
 */
export function detail({ kind, entry: { name, summary, description }, defaults }: ListingMatch): string {
  const tuned = description === null ? new Set<string>() : tunedFlagsOf(description.kind, name)
  const isTuned = (option: string): boolean => tuned.has(flagOf(option))
  const options = [...(description?.arguments ?? []), ...(description?.options ?? [])]
  const lines = options.map((o): [string, string] => [
    o.name,
    `${o.help}: ${o.expects}; ${o.default === null ? 'required' : `default ${o.default}`}${isTuned(o.name) ? ' unless the problem has a tuned value' : ''}`,
  ])
  const facts = Object.entries(description?.facts ?? {}).map(([fact, value]): [string, string] => [fact, String(value)])
  const advice = (description?.guide ?? []).map(({ when, choose, why }): [string, string] => [
    plain(choose),
    `${when}: ${plain(why)}`,
  ])
  const whole = description === null || description.name === name ? '' : ` (${description.name})`
  return (
    `${name}${whole}, one of ${kind}: ${summary}\n` +
    (facts.length === 0 ? '' : `facts\n${twoColumns(facts)}`) +
    (advice.length === 0 ? '' : `when to choose it\n${twoColumns(advice)}`) +
    (lines.length === 0 ? '' : `options\n${twoColumns(lines)}`) +
    (defaults !== null ? defaultsText(name, defaults) : kind === 'problems' ? GENERIC : '')
  )
}

/** A problem's defaults in one line: those of its own network and estimator. */
function lineOf(problem: string, d: ProblemDefaults): string {
  const sizes = d.networks[d.network] ?? {}
  const estimator = sizes.estimator ?? d.estimator
  const tuned = (sizes.byEstimator ?? d.byEstimator)[estimator]
  const widths = sizes.branch ?? sizes.trunk ?? null
  const shape =
    widths === null && sizes.hidden !== undefined
      ? `--hidden ${sizes.hidden.join(',')}`
      : `--branch ${(sizes.branch ?? genericSizes.branch).join(',')} --trunk ${(sizes.trunk ?? genericSizes.trunk).join(',')} --features ${sizes.features ?? genericSizes.features}`
  const parts = [
    `--network ${d.network} ${shape} --time ${sizes.time ?? d.time}`,
    `--neuron ${d.neuron} --beta ${d.beta} --surrogate ${d.surrogate} --reset ${d.reset}`,
    `--estimator ${estimator} --directions ${tuned?.directions ?? 1} --optimizer ${tuned?.optimizer ?? d.optimizer}`,
    `--learning-rate ${tuned?.learningRate ?? '?'} --schedule ${d.schedule} --steps ${tuned?.steps ?? '?'} --batch ${sizes.batch ?? d.batch}`,
    ...(tuned?.readoutSolve === undefined ? [] : [`--readout-solve ${tuned.readoutSolve}`]),
    ...(tuned?.readoutPenalty === undefined ? [] : [`--readout-penalty ${tuned.readoutPenalty}`]),
    ...(d.amplitude === undefined ? [] : [`--amplitude ${d.amplitude}`]),
    ...(sizes.spiking === undefined ? [] : [`--spiking ${sizes.spiking}`]),
    ...(sizes.loss === undefined ? [] : [`--loss ${sizes.loss}`]),
  ]
  return `  ${problem}\n${parts.map((part) => `    ${part}\n`).join('')}`
}

/** The defaults of every problem, for `train --help`; `list` has those of the other estimators and networks. */
export function defaultsHelp(): string {
  const lines = Object.entries(problemDefaults).map(([problem, d]) => lineOf(problem, d))
  return (
    '\nDefaults by problem (those of other estimators and networks: spikeward list). Rates, steps and sizes are the best\n' +
    'measured on validation points for each tuned estimator; the default estimator\n' +
    'need not have the lowest error: spikeward compare measures estimators at equal wall-clock time.\n' +
    lines.join('')
  )
}
