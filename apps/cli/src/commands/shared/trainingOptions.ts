/** Options of the estimator and of the training of one run, which several commands share. */
import type { Command } from 'commander'
import { budgets } from '../../comparison/estimatorSpecs.js'
import { usageError } from '../../usage/usageError.js'
import { count, countOrNone, positive } from '../../usage/flagValues.js'

/** Options of the estimator. */
export function addEstimatorOptions(command: Command): Command {
  return command
    .optionsGroup('Estimator:')
    .option('--estimator <name>', 'gradient estimator, or package#name; default: that of the problem, below')
    .option('--exact-readout', "form the readout's gradient exactly, and the rest by the estimator")
}

/** Options of the training: optimiser, budget, batch, solves of the readout. */
export function addTrainingOptions(command: Command): Command {
  return command
    .optionsGroup('Training:')
    .option('--optimizer <name>', 'optimiser; default: the tuned one, below')
    .option(
      '--learning-rate <r>',
      'learning rate at the first step; default: tuned for problem and estimator',
      positive('the learning rate', 1e6),
    )
    .option('--schedule <name>', 'cosine or constant; default: that of the problem, below')
    .option('--steps <n>', 'steps of training; default: tuned for problem and estimator', count('steps'))
    .option('--seconds <s>', 'train for about this many seconds, in place of --steps', positive('seconds', 1e8))
    .option('--budget <time>', 'the same as --seconds, with a unit: 15s, 500ms, 2min', budgets)
    .option(
      '--batch <n>',
      'points per step; for an operator, input functions; default: that of the problem',
      count('the batch'),
    )
    .option(
      '--readout-solve <n>',
      'solve the readout exactly every n steps; 0: never; default: tuned for problem and estimator',
      countOrNone('readout-solve'),
    )
    .option(
      '--readout-penalty <l>',
      'ridge penalty of these solves, relative to the mean square of a feature; default 1e-4',
      positive('the penalty', 1e6),
    )
}

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
    throw usageError('CLI_USAGE', 'a run trains for one time; give one of --budget and --seconds, with one value')
  }
  return { ...rest, ...(seconds === undefined ? {} : { seconds }) }
}
