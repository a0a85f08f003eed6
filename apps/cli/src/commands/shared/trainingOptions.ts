/** Options of the estimator and of the training of one run, which several commands share. */
import type { Command } from 'commander'
import { option } from '@spikeward/core'
import { estimatorSettings, placed, timesType, trainingSettings, usageError } from '@spikeward/experiment'
import { addFlags } from '../../usage/addFlags.js'

export const addEstimatorOptions = (command: Command): Command =>
  addFlags(command.optionsGroup('Estimator:'), estimatorSettings)

const budgetFlags = {
  budget: placed(
    '<time>',
    option(timesType, { computed: 'none', help: 'the same as --seconds, with a unit: 15s, 500ms, 2min' }),
  ),
}

export const addTrainingOptions = (command: Command): Command =>
  addFlags(command.optionsGroup('Training:'), { ...trainingSettings, ...budgetFlags })

/**
 * The options with the seconds of training that `--budget` or `--seconds` name.
 *
 * @throws CLI_USAGE if both are given, or several budgets
 */
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
