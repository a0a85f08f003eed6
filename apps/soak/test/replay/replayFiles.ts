import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { bundleSources } from '../../../../scripts/lib/bundleSources.js'
import type { Ending } from '../../src/files/format.js'

/** A file to read: its format, and its bytes in base64. */
export type FileCase = { readonly name: string; readonly format: string; readonly bytes: string }

/** The input of the process that reads: the checkout, and a folder where it may write. */
export type Request = { readonly root: string; readonly folder: string; readonly cases: readonly FileCase[] }

/** A line of its output: a file that it begins to read, or the ending. */
export type Line = { readonly name: string } & Partial<Ending>

/** How each file ended; a file on which the process was killed has its signal as ending. */
export type Replayed = ReadonlyMap<string, Ending>

/** Bundles the program that reads. The HDF5 library is resolved from the folder of the bundle. */
export const bundleReader = (root: string): Promise<string> =>
  bundleSources(
    fileURLToPath(new URL('reader.ts', import.meta.url)),
    `${root}/packages/problems/node_modules/.cache/replay-${process.pid}`,
  )

/**
 * Reads files in a process that the system ends after `seconds` of processor time, in all: a stall ends on a busy
 * machine no sooner than on an idle one. Files after the one that stalled have no ending.
 *
 * @throws Error if the process fails in another way
 */
export function replayFiles(program: string, request: Request, seconds: number): Replayed {
  const limited = `ulimit -t ${seconds}; exec "$0" "$1"`
  const { stdout, stderr, status, signal, error } = spawnSync('sh', ['-c', limited, process.execPath, program], {
    input: JSON.stringify(request),
    encoding: 'utf8',
    // A reader that waits for ever uses no processor time.
    timeout: 540_000,
  })
  if (signal === null && status !== 0) throw new Error(`the reader failed: ${error?.message ?? stderr}`)
  const endings = new Map<string, Ending>()
  let begun: string | null = null
  for (const text of stdout.split('\n').filter((line) => line !== '')) {
    const { name, ending, fault = null } = JSON.parse(text) as Line
    begun = ending === undefined ? name : null
    if (ending !== undefined) endings.set(name, { ending, fault })
  }
  if (signal !== null && begun !== null)
    endings.set(begun, { ending: signal, fault: `its reader was ended by ${signal}` })
  return endings
}
