/** The command as a separate program, bundled once from the sources, for tests that need a process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { bundleSources } from '../../../scripts/lib/bundleSources.js'

const inHome = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** Bundles src/main.ts with the sources of every sibling package; returns the path of the program. */
export const bundleProgram = (): Promise<string> =>
  bundleSources(inHome('src/main.ts'), inHome(`node_modules/.cache/test-program-${process.pid}`))

/** The output of a process and how it ended. */
export type Ended = {
  readonly code: number | null
  readonly signal: string | null
  readonly out: string
  readonly err: string
}

/** Starts the program; `ended` resolves when it ends. */
export function start(
  program: string,
  args: readonly string[],
  cwd: string,
  stdin: 'ignore' | 'pipe' = 'ignore',
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [program, ...args], { cwd, stdio: [stdin, 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout!.on('data', (text: Buffer) => (out += text.toString()))
  child.stderr!.on('data', (text: Buffer) => (err += text.toString()))
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, out, err }))
  })
  return { child, ended }
}
