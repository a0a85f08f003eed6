/** Options that several commands share. */
import type { Command } from 'commander'
import { mostThreads } from '../catalogue/backends.js'
import { count, fraction, keyNumber, numbers, positive, widths } from '../usage/values.js'

/** Options of the problem: which variant of it, and whose data. */
export function addProblemOptions(command: Command): Command {
  return addDataOptions(
    command
      .option(
        '--interval <low,high>',
        'of poisson-1d: where the equation holds; default −1,1',
        numbers(2, 'an interval'),
      )
      .option('--sensors <m>', 'sensors that an input function is read at', count('sensors', 65_536))
      .option('--length-scale <l>', 'length scale of the random input functions', positive('the length scale', 1e6))
      .option('--resolution <n>', 'points along an axis that solutions are given at', count('resolution', 65_536))
      .option('--sizes <n,n,n>', 'functions to train on, to choose by, to report on', sizes)
      .option(
        '--data-key <n>',
        'where random input functions come from; deals out those of a file; default 0',
        keyNumber,
      ),
  )
}

const sizes = (text: string): readonly number[] => numbers(3, 'sizes', count('a size', 10_000_000))(text)

/** Options that name people's own data. */
export function addDataOptions(command: Command): Command {
  return command
    .option('--data <file>', 'functions of your own: .npy, .npz, .mat, HDF5 or CSV')
    .option('--inputs <name>', 'its array of input functions, [functions × sensors]; other.npy#other for another file')
    .option('--outputs <name>', 'its array of solutions, [functions × points] or [functions × n × …]')
    .option('--coords <names>', 'its array of coordinates, [points × axes], or one for each axis with commas between')
}

/** Options of the network. */
export function addNetworkOptions(command: Command): Command {
  return command
    .option('--network <name>', 'kind of network')
    .option(
      '--hidden <widths>',
      'widths of the hidden layers: 100, or 50,50; of an operator network, of both sides',
      widths,
    )
    .option('--branch <widths>', 'hidden layers of the branch, which reads the sensors', widths)
    .option('--trunk <widths>', 'hidden layers of the trunk, which reads the coordinates', widths)
    .option('--features <p>', 'length of the product of branch and trunk', count('features', 65_536))
    .option('--rank <r>', 'products of axis functions for each feature, of separable networks', count('rank', 65_536))
    .option(
      '--amplitude <what>',
      'of input functions: none, divide (out, and multiply the output by it) or tell (the same, and tell the branch)',
    )
    .option('--spiking <parts>', 'branch,trunk or branch or trunk or none (a dense network of tanh)')
    .option('--time <steps>', 'steps of time that the neurons run', count('time', 1_000_000))
    .option('--neuron <name>', 'neuron model')
    .option('--beta <b>', 'share of the membrane that is left after a step, 0 to 1', fraction('beta'))
    .option('--surrogate <name>', 'what stands for the derivative of the spike')
    .option('--reset <name>', 'subtract, zero or none')
}

/** Options of what is learned from. */
export function addLossOptions(command: Command): Command {
  return command
    .option('--loss <name>', 'data, physics (the residual of the equation) or hybrid')
    .option('--derivative <name>', 'of a residual: exact, surrogate, stein, stencil or none')
    .option('--derivative-step <h>', 'width of the stencil, deviation of the noise of stein', positive('the step', 1e6))
    .option(
      '--collocation <n>',
      'points of the residual a step; lines along each axis of separable networks',
      count('collocation'),
    )
    .option('--points <n>', 'evaluation points a step, of operators', count('points'))
    .option('--hard', 'build conditions into the output (the default, where the problem offers it)')
    .option('--no-hard', 'leave conditions to the loss')
}

/** Where to run. */
export function addBackendOptions(command: Command, usual: string | null): Command {
  const named =
    usual === null
      ? command.option('--backend <name>', 'where to run (default: that of the run)')
      : command.option('--backend <name>', 'cpu, native, webgpu, reference, or package#name', usual)
  return named.option('--threads <n>', 'threads of the backend', count('threads', mostThreads()))
}

/** How to show what is done. */
export function addDisplayOptions(command: Command): Command {
  return command
    .option('--json', 'print one JSON object on the last line of standard output', false)
    .option('--quiet', 'no progress', false)
}
