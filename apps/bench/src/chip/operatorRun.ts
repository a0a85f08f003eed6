import { commandResult } from '../accuracy/commandResult.js'

/** The operators whose networks are run on a simulated chip. */
export const chipOperators = ['poisson-1d', 'reaction-diffusion'] as const

/** A DeepONet with a spiking branch and trunk, and its training in floats by `eligibility`. */
export type OperatorSettings = {
  readonly backend: string
  readonly threads: number
  readonly hidden: readonly number[]
  readonly time: number
  readonly steps: number
  readonly sizes: string
}

/** Relative L2 of a trained network, and of the untrained one with its readout solved. */
export type OperatorErrors = { readonly relativeL2: number; readonly baselineRidge: number | null }

/** Flags of the backend of a command. */
export const backendFlags = ({
  backend,
  threads,
}: Pick<OperatorSettings, 'backend' | 'threads'>): readonly string[] => [
  '--backend',
  backend,
  '--threads',
  String(threads),
]

/**
 * Trains a DeepONet by the command line.
 *
 * @param program the file of the command line
 * @param out the folder of the run, which must not exist
 * @param dataKey of the functions
 * @throws BENCH_COMMAND
 */
export function trainOperator(
  program: string,
  problem: string,
  s: OperatorSettings,
  key: number,
  out: string,
  dataKey = 0,
): Promise<OperatorErrors> {
  const widths = s.hidden.join(',')
  return commandResult<OperatorErrors>(program, [
    ...['train', problem, '--network', 'deeponet', '--estimator', 'eligibility', '--branch', widths],
    ...['--trunk', widths, '--time', String(s.time), '--steps', String(s.steps), '--sizes', s.sizes],
    ...['--key', String(key), '--data-key', String(dataKey), '--out', out, '--no-figures', ...backendFlags(s)],
  ])
}
