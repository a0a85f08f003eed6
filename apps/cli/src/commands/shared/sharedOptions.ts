/** Options that several commands share. */
import { Option } from 'commander'
import type { Command } from 'commander'
import { AUTO, mostThreads } from '../../catalogue/openBackend.js'
import { factories } from '../../catalogue/factories.js'
import { OWN, TABLE } from '../../catalogue/problems.js'
import { isTable } from '../../experiment/ownData.js'
import type { DataOptions, NetworkOptions } from '../../config/trainOptions.js'
import { lossSettings, networkSettings } from '../../config/runSettings.js'
import { addSettingFlags } from './settingFlags.js'
import { addSizeFlags } from './sizeFlags.js'
import { usageError } from '../../usage/usageError.js'
import { count, keyNumber, numbers } from '../../usage/flagValues.js'

/** Options of the problem's data; its declared options select a variant. */
export function addProblemOptions(command: Command): Command {
  const described = addDataOptions(
    command
      .optionsGroup('Problem and data:')
      .option(
        '--problem <name>',
        'the problem, instead of the argument; or package#name, ./file.js#name, ./equation.json',
      )
      .option('--sizes <n,n,n>', 'for operators: training, validation and test functions', sizes)
      .option(
        '--data-key <n>',
        'key of random input functions, and of the split of those in a file; default 0',
        keyNumber,
      ),
  )
  return described.option(
    '--split <how>',
    'of a file: fractions for validation and test, default 0.1,0.2; of a table also a column of 0 (training), 1 (validation), 2 (test)',
  )
}

/**
 * The problem of a run: the argument, `--problem`, or the user's data file. A file holds a table of points if an array is one column or
 * the network is `mlp`, else pairs of functions.
 *
 * @throws CLI_USAGE if no problem, or two, are named
 */
export async function problemNamed(
  name: string | undefined,
  { problem, data, inputs, outputs, network }: DataOptions & Pick<NetworkOptions, 'network'>,
): Promise<string> {
  if (name !== undefined && problem !== undefined && name !== problem) {
    throw usageError('CLI_USAGE', `both the problem ${name} and --problem ${problem}; name one of them`)
  }
  const found = name ?? problem
  if (found !== undefined) return found
  if (data === undefined) {
    throw usageError('CLI_USAGE', "missing required argument 'problem'; `spikeward list` names them")
  }
  return network === 'mlp' || (await isTable(data, [inputs, outputs])) ? TABLE : OWN
}

const sizes = (text: string): readonly number[] => numbers(3, 'sizes', count('a size', 10_000_000))(text)

/** Options that name a file of the user's data. */
export function addDataOptions(command: Command): Command {
  return command
    .option(
      '--data <file>',
      'your own data, functions or a table of points: .npy, .npz, .mat, HDF5 or CSV; or a folder of shards, inputs-00000.npy, …, that need not fit in memory',
    )
    .option(
      '--inputs <name>',
      'its array of input functions, [functions × sensors]; of a table its input columns, a:b or a,c; other.npy#other for another file; f@s for functions with own sensors s',
    )
    .option(
      '--outputs <name>',
      'its array of solutions, [functions × points] or [functions × n × …]; u@y for solutions at own points y; of a table its output columns',
    )
    .option('--coords <names>', 'its array of coordinates, [points × axes], or one per axis, separated by commas')
}

/** Options of the network. */
export function addNetworkOptions(command: Command): Command {
  const { network, ...rest } = networkSettings
  return addSettingFlags(addSizeFlags(addSettingFlags(command.optionsGroup('Network:'), { network })), rest)
}

/** Options of the loss. */
export const addLossOptions = (command: Command): Command =>
  addSettingFlags(command.optionsGroup('Loss:'), lossSettings)

/** Options of the backend. */
export function addBackendOptions(command: Command, usual: string | null): Command {
  command.optionsGroup('Backend:')
  const names = `${Object.keys(factories.backend).join(', ')}, or package#name`
  const named =
    usual === null
      ? command.option('--backend <name>', 'where to run (default: that of the run)')
      : command.option(
          '--backend <name>',
          usual === AUTO ? `auto (the fastest here, measured once), ${names}` : names,
          usual,
        )
  return named.option(
    '--threads <n>',
    'threads of the backend; default: as many as it takes by itself',
    count('threads', mostThreads()),
  )
}

/** Options of the output. */
export function addDisplayOptions(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .option('--json', 'print one JSON object on the last line of standard output', false)
    .option('--quiet', 'show no progress', false)
}

const portOption = (text: string): number => count('the port', 65_535)(text)

/** Options that follow a run while it trains. */
export const addFollowOptions = (command: Command): Command =>
  command
    .option('--watch [port]', 'a live page of the run on 127.0.0.1, at any free port unless you give one', portOption)
    .addOption(
      new Option('--log <format>', 'tensorboard: event files for TensorBoard in <run folder>/tensorboard').choices([
        'tensorboard',
      ]),
    )

/** The option of commands that draw a run. */
export const addFiguresOption = (command: Command): Command =>
  command.option('--no-figures', 'draw nothing, for many runs in a row')
