import { host } from '#host'
import type { Backend } from '@spikeward/core'
import { checkMade } from '../../plugins/guard.js'
import { makeNamed } from '../make.js'

/** The name of the fastest backend of the machine. */
export const AUTO = 'auto'

/**
 * Opens a backend by its notation: `native`, `native(instructionSet=avx2)`, `package#name`.
 *
 * @param threads null: the backend's default; a backend without threads ignores it
 * @throws CLI_UNKNOWN_NAME, CLI_BAD_VALUE, CLI_USAGE, CLI_PACKAGE, CLI_PLUGIN; those of the backend
 */
export async function openBackend(text: string, threads: number | null): Promise<Backend> {
  const { made, named } = await makeNamed('backend', text, threads === null ? {} : { threads })
  if (named.plugin !== null) checkMade(named.plugin, made, ['compile', 'allocate', 'stats'])
  return made as Backend
}

/**
 * The largest number of threads allowed: more threads than the machine has only slow it down. Two are allowed
 * everywhere, so that results can be compared with those of one.
 */
export const maxThreads = (): number => Math.max(2, host.threads())
