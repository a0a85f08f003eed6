import { runCli } from '../src/program.js'

/** The output and exit code of a command that ran in this process. */
export type Ran = { readonly code: number; readonly out: string; readonly err: string }

/**
 * Runs the command line in this process. A command computes no baselines unless the test names them: they take longer
 * than its few steps.
 */
export async function run(...given: readonly string[]): Promise<Ran> {
  const bare = ['train', 'resume', 'compare', 'evaluate'].includes(given[0] ?? '') && !given.includes('--baselines')
  const args = bare ? [...given, '--baselines', 'none'] : given
  let out = ''
  let err = ''
  const code = await runCli(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    errIsTerminal: false,
    onInterrupt: () => () => undefined,
  })
  return { code, out, err }
}

/** A run small enough for a test: about 20 parameters, a few steps, on the reference backend. */
export const tiny = [
  '--backend',
  'reference',
  '--hidden',
  '6',
  '--time',
  '4',
  '--steps',
  '12',
  '--batch',
  '8',
  '--directions',
  '1',
  '--quiet',
  '--no-figures',
]

/** The same arguments for a run that is drawn; drawing takes longer than so small a run. */
export const drawn = (args: readonly string[]): string[] => args.filter((a) => a !== '--no-figures')
