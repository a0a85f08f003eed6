import type { Command } from 'commander'
import { distributions } from '@spikeward/estimators'
import { backendNames } from '../backends.js'
import { estimators, standard, surrogates } from '../settings.js'
import type { StepSettings } from '../settings.js'
import { count, oneOf, widths } from '../usage.js'

/** A step's settings and where it runs. */
export type StepOptions = StepSettings & {
  readonly backend: string
  readonly threads: number
}

const names = <K extends string>(record: Readonly<Record<K, unknown>>): K[] => Object.keys(record) as K[]

/** Adds the options that all benchmarks of a step have. */
export function withStepOptions(command: Command): Command {
  return command
    .option('--estimator <name>', 'gradient estimator', oneOf(...names(estimators)), standard.estimator)
    .option('--scope <name>', 'global or layerwise', oneOf('global', 'layerwise'), standard.scope)
    .option('--directions <k>', 'directions per step', count, standard.directions)
    .option(
      '--distribution <name>',
      'distribution of directions',
      oneOf(...names(distributions)),
      standard.distribution,
    )
    .option('--widths <list>', 'inputs, hidden layers, outputs', widths, standard.widths)
    .option('--time <steps>', 'time steps', count, standard.time)
    .option('--batch <n>', 'points per step', count, standard.batch)
    .option('--surrogate <name>', 'surrogate', oneOf(...names(surrogates)), standard.surrogate)
    .option('--beta <b>', 'membrane decay per step', Number, standard.beta)
    .option('--backend <name>', 'backend', oneOf(...backendNames), 'cpu')
    .option('--threads <n>', 'threads of the backend and of the peers', count, 1)
}
