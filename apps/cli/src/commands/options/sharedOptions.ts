/** Flags that several commands share. */
import type { Command } from 'commander'
import { holdsTable, scheduleFlags } from '@spikeward/experiment/node'
import { addFlags } from '../../usage/addFlags.js'
import { flag, option } from '@spikeward/core'
import type { DataFlags, FlagsOf, NetworkOptions } from '@spikeward/experiment'
import {
  OWN,
  SEQUENCES,
  TABLE,
  backendFlags,
  dataSettings,
  displayFlags,
  estimatorSettings,
  figuresFlags,
  fileSettings,
  followFlags,
  lossSettings,
  networkSettings,
  otherBackendFlags,
  metavar,
  problemFlags,
  sequenceFlags,
  timesType,
  trainingSettings,
  usageError,
} from '@spikeward/experiment'
import { addSizeFlags } from './sizeFlags.js'

export const addProblemOptions = (command: Command): Command =>
  addFlags(command.optionsGroup('Problem and data:'), { ...problemFlags, ...dataSettings, ...sequenceFlags })

/**
 * The problem of a run: the argument, `--problem`, or the user's data file. A file holds sequences if a flag of
 * sequences is given, a table of points if an array is one column or the network is `mlp`, else pairs of functions.
 */
export async function chooseProblem(
  name: string | undefined,
  { problem, data, inputs, outputs, coords, network, ...sequences }: DataFlags & Pick<NetworkOptions, 'network'>,
): Promise<string> {
  if (name !== undefined && problem !== undefined && name !== problem) {
    throw usageError('CLI_USAGE', `both the problem ${name} and --problem ${problem}; name one of them`)
  }
  const { timeColumn } = sequences
  if (timeColumn !== undefined && data === undefined)
    throw usageError(
      'CLI_BAD_VALUE',
      `--time ${timeColumn}: expected a whole number of time steps, or the column of time of a file that --data names`,
    )
  const stated = name ?? problem
  if (stated !== undefined) return stated
  if (data === undefined) {
    throw usageError('CLI_USAGE', "missing required argument 'problem'; `spikeward list` names them")
  }
  if (Object.keys(sequenceFlags).some((name) => sequences[name as keyof typeof sequences] !== undefined))
    return SEQUENCES
  return network === 'mlp' || (await holdsTable(data, [inputs, outputs], coords !== undefined)) ? TABLE : OWN
}

export const addDataOptions = (command: Command): Command => addFlags(command, fileSettings)

export function addNetworkOptions(command: Command): Command {
  const { network, ...rest } = networkSettings
  return addFlags(addSizeFlags(addFlags(command.optionsGroup('Network:'), { network })), rest)
}

export const addLossOptions = (command: Command): Command => addFlags(command.optionsGroup('Loss:'), lossSettings)

/** Options of the backend. */
export const addBackendOptions = (command: Command, byDefault: string | null): Command =>
  addFlags(command.optionsGroup('Backend:'), byDefault === null ? otherBackendFlags() : backendFlags(byDefault))

export const addDisplayOptions = (command: Command): Command => addFlags(command.optionsGroup('Output:'), displayFlags)

export const addFollowOptions = (command: Command): Command => addFlags(command, followFlags)

export const addFiguresOption = (command: Command): Command => addFlags(command, figuresFlags)

/** Flags of commands that run many trials; `shared` is the help of `--shard`, null: its trials are not shared out. */
export function addScheduleOptions(command: Command, shared: string | null): Command {
  const { shard, ...others } = scheduleFlags(shared ?? '')
  return addFlags(command.optionsGroup('Where trials run:'), shared === null ? others : { ...others, shard })
}

export const lastFlag = {
  last: flag({
    default: false,
    help: 'use the newest checkpoint, not the best state of --patience or the last solve of the readouts',
  }),
}

/** The flags of commands that open an existing run: where it is placed, and what is written. */
export type OpenFlags = FlagsOf<ReturnType<typeof otherBackendFlags>> & FlagsOf<typeof displayFlags>

export const addEstimatorOptions = (command: Command): Command =>
  addFlags(command.optionsGroup('Estimator:'), estimatorSettings)

const budgetFlags = {
  budget: metavar(
    '<time>',
    option(timesType, { computed: 'none', help: 'the same as --seconds, with a unit: 15s, 500ms, 2min' }),
  ),
}

export const addTrainingOptions = (command: Command): Command =>
  addFlags(command.optionsGroup('Training:'), { ...trainingSettings, ...budgetFlags })

/** The options with the seconds of training that `--budget` or `--seconds` name. */
export function withBudget<O extends { readonly seconds?: number; readonly budget?: readonly number[] }>(
  options: O,
): Omit<O, 'budget'> {
  const { budget, ...rest } = options
  if (budget === undefined) return rest
  const [seconds] = budget
  if (options.seconds !== undefined || budget.length > 1) {
    throw usageError('CLI_USAGE', 'a run takes one length of time; give one of --budget and --seconds, with one value')
  }
  return { ...rest, ...(seconds === undefined ? {} : { seconds }) }
}
