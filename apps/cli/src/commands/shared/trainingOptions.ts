/** Options of the estimator and of the training of one run, which several commands share. */
import type { Command } from 'commander'
import { count, countOrNone, positive } from '../../usage/values.js'

/** Options of the estimator. */
export function addEstimatorOptions(command: Command): Command {
  return command
    .optionsGroup('Estimator:')
    .option('--estimator <name>', 'gradient estimator, or package#name')
    .option('--exact-readout', "form the readout's gradient exactly, and the rest by the estimator")
}

/** Options of the training: optimiser, budget, batch, solves of the readout. */
export function addTrainingOptions(command: Command): Command {
  return command
    .optionsGroup('Training:')
    .option('--optimizer <name>', 'optimiser')
    .option('--learning-rate <r>', 'learning rate at the first step', positive('the learning rate', 1e6))
    .option('--schedule <name>', 'cosine or constant')
    .option('--steps <n>', 'steps of training', count('steps'))
    .option('--seconds <s>', 'train for about this many seconds; or --budget 15s', positive('seconds', 1e8))
    .option('--batch <n>', 'points per step; for an operator, input functions', count('the batch'))
    .option('--readout-solve <n>', 'solve the readout exactly every n steps; 0: never', countOrNone('readout-solve'))
    .option(
      '--readout-penalty <l>',
      'ridge penalty of these solves, relative to the mean square of a feature; default 1e-4',
      positive('the penalty', 1e6),
    )
}
