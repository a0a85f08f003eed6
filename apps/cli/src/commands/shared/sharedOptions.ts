/** Flags that several commands share. */
import type { Command } from 'commander'
import {
  OWN,
  TABLE,
  backendFlags,
  dataSettings,
  displayFlags,
  figuresFlags,
  fileSettings,
  followFlags,
  lossSettings,
  networkSettings,
  otherBackendFlags,
  problemFlags,
  usageError,
} from '@spikeward/experiment'
import type { DataFlags, NetworkOptions } from '@spikeward/experiment'
import { holdsTable } from '@spikeward/experiment/node'
import { addFlags } from '../../usage/addFlags.js'
import { addSizeFlags } from './sizeFlags.js'

export const addProblemOptions = (command: Command): Command =>
  addFlags(command.optionsGroup('Problem and data:'), { ...problemFlags, ...dataSettings })

/**
 * The problem of a run: the argument, `--problem`, or the user's data file. A file holds a table of points if an array is one column or
 * the network is `mlp`, else pairs of functions.
 *
 * @throws CLI_USAGE if no problem, or two, are named
 */
export async function problemNamed(
  name: string | undefined,
  { problem, data, inputs, outputs, coords, network }: DataFlags & Pick<NetworkOptions, 'network'>,
): Promise<string> {
  if (name !== undefined && problem !== undefined && name !== problem) {
    throw usageError('CLI_USAGE', `both the problem ${name} and --problem ${problem}; name one of them`)
  }
  const found = name ?? problem
  if (found !== undefined) return found
  if (data === undefined) {
    throw usageError('CLI_USAGE', "missing required argument 'problem'; `spikeward list` names them")
  }
  return network === 'mlp' || (await holdsTable(data, [inputs, outputs], coords !== undefined)) ? TABLE : OWN
}

export const addDataOptions = (command: Command): Command => addFlags(command, fileSettings)

export function addNetworkOptions(command: Command): Command {
  const { network, ...rest } = networkSettings
  return addFlags(addSizeFlags(addFlags(command.optionsGroup('Network:'), { network })), rest)
}

export const addLossOptions = (command: Command): Command => addFlags(command.optionsGroup('Loss:'), lossSettings)

/**
 * Options of the backend.
 *
 * @param byDefault the backend if none is named; null: that of the run
 */
export const addBackendOptions = (command: Command, byDefault: string | null): Command =>
  addFlags(command.optionsGroup('Backend:'), byDefault === null ? otherBackendFlags() : backendFlags(byDefault))

export const addDisplayOptions = (command: Command): Command => addFlags(command.optionsGroup('Output:'), displayFlags)

export const addFollowOptions = (command: Command): Command => addFlags(command, followFlags)

export const addFiguresOption = (command: Command): Command => addFlags(command, figuresFlags)
