/** Command lines of the documentation, checked by the tools themselves without being executed. */
import { vi } from 'vitest'
import { checkShared } from '@spikeward/distributed'
import { makeProgram, runBench } from '../../../apps/bench/src/program.js'
import { configOf, findFactory, isExternal, leafOf, makeEstimator, optionsOf } from '@spikeward/experiment'
import type { TrainOptions } from '@spikeward/experiment'
import { runCli } from '../../../apps/cli/src/program.js'
import { withDeclared } from '../../../apps/cli/src/commands/options/declaredFlags.js'
import { chooseProblem } from '../../../apps/cli/src/commands/options/sharedOptions.js'

type Command = ReturnType<typeof makeProgram>

/** The options of `compare` are those of `train`, but for the estimators. */
type Options = TrainOptions & {
  readonly estimators?: readonly { readonly estimator: string; readonly options: Partial<TrainOptions> }[]
}

/**
 * Gives the tool's own error message for a command line; empty if the line is valid. The parser checks commands and
 * options, the values of options and the number of arguments; for `spikeward train` and `compare` also names of
 * problems, networks, estimators and backends, and options that would be ignored. Nothing is built, trained or written.
 */
export async function faults(tool: 'spikeward' | 'bench', args: readonly string[]): Promise<string> {
  let said = ''
  let printed = ''
  const io = {
    out: (text: string): void => void (printed += text),
    err: (text: string): void => void (said += text),
    errIsTerminal: false,
    onInterrupt: () => (): void => undefined,
  }
  const given: unknown[][] = []
  const prototype = Object.getPrototypeOf(makeProgram(io)) as Command
  const real = Object.getOwnPropertyDescriptor(prototype, 'action')!.value as Command['action']
  const instead = vi.spyOn(prototype, 'action').mockImplementation(function (this: Command) {
    return real.call(this, (...values: unknown[]) => void given.push(values))
  })
  try {
    await (tool === 'bench' ? runBench(args, io) : runCli(args, io))
  } finally {
    instead.mockRestore()
  }
  if (said !== '') return said
  const [values] = given
  if (values === undefined) return `nothing is done: ${printed}`
  try {
    if (tool === 'spikeward') await judge(args[0]!, values, io.err)
  } catch (error) {
    said += error instanceof Error ? error.message : String(error)
  }
  return said
}

/** Throws for an unknown name and for shares that the estimator refuses, and reports options that would be ignored. */
async function judge(
  command: string,
  [name, given, parsed]: readonly unknown[],
  err: (text: string) => void,
): Promise<void> {
  if (command !== 'train' && command !== 'compare') return
  const { estimators, ...options } = withDeclared(given as Options, parsed as Command)
  const each = estimators?.map((e) => optionsOf(options, { label: e.estimator, ...e })) ?? [options]
  for (const one of each) {
    // Packages of the examples are not installed here.
    if (
      [name, one.problem, one.neuron, one.surrogate, one.estimator].some((t) => typeof t === 'string' && isExternal(t))
    )
      continue
    const config = await configOf(await chooseProblem(name as string | undefined, options), one, { err })
    if (config.backend !== 'auto' && !isExternal(config.backend))
      await findFactory('backend', leafOf('backend', config.backend).name)
    const estimator = await makeEstimator(config.estimator, config.estimatorOptions, config)
    if (one.shares !== undefined && one.shares !== 'none') checkShared(estimator, one.shares)
  }
}
