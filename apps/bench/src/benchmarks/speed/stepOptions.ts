import { rfg } from '@spikeward/estimators'
import { leakyIntegrateAndFire } from '@spikeward/neurons'
import type { Command } from 'commander'
import { backendNames, instructionSets } from '../../backends.js'
import { estimatorNames, namesOf } from '../../catalogue.js'
import { type StepSettings, standard } from '../../step/stepSettings.js'
import { count, declared, oneOf, widths } from '../../argumentParsers.js'

export type StepOptions = StepSettings & {
  readonly backend: string
  readonly threads: number
}

/** An option of benchmarks on the processor. */
export const instructionSetOption = [
  '--instruction-set <name>',
  'instruction set of native and of PyTorch; default: the best',
  oneOf(...instructionSets),
] as const

export function withStepOptions(command: Command): Command {
  return command
    .option('--estimator <name>', 'gradient estimator', oneOf(...estimatorNames), standard.estimator)
    .option('--scope <name>', ...declared(rfg, 'scope'), standard.scope)
    .option('--directions <k>', ...declared(rfg, 'directions'), standard.directions)
    .option(
      '--distribution <name>',
      rfg.declaration.options.distribution.help,
      oneOf(...namesOf('distribution')),
      standard.distribution,
    )
    .option('--widths <list>', 'inputs, hidden layers, outputs', widths, standard.widths)
    .option('--time <steps>', 'time steps', count, standard.time)
    .option('--batch <n>', 'points per step', count, standard.batch)
    .option('--surrogate <name>', 'surrogate', oneOf(...namesOf('surrogate')), standard.surrogate)
    .option('--beta <b>', ...declared(leakyIntegrateAndFire, 'beta'), standard.beta)
    .option('--backend <name>', 'backend', oneOf(...backendNames), 'cpu')
    .option('--threads <n>', 'threads of the backend and of the peers', count, 1)
}
