import { genericSizes, problemDefaults } from '@spikeward/experiment/tuned'
import type { ProblemDefaults } from '@spikeward/experiment/tuned'

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
