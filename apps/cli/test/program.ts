/** The command as a separate program, bundled once from the sources, for tests that need a process. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { isBuiltin } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import type { Options } from 'tsup'

const home = fileURLToPath(new URL('..', import.meta.url))
const outDir = fileURLToPath(new URL('../node_modules/.cache/test-program', import.meta.url))

/**
 * Packages from the registry stay outside the bundle, each under the path where the importing package finds it: from
 * the bundle's folder only those of the command itself would be found.
 */
const packagesByPath: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'packages-by-path',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[^./]/ }, async ({ path, resolveDir, kind, pluginData }) => {
      if (path.startsWith('@spikeward/') || isBuiltin(path) || pluginData === 'seen') return null
      const found = await resolve(path, { resolveDir, kind, pluginData: 'seen' })
      return found.errors.length > 0 ? { path, external: true } : { path: found.path, external: true }
    })
  },
}

/** Bundles src/main.ts with the sources of every sibling package; returns the path of the program. */
export async function bundleProgram(): Promise<string> {
  const outFolder = `${outDir}-${process.pid}`
  await build({
    config: false,
    entry: [`${home}src/main.ts`],
    outDir: outFolder,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    silent: true,
    clean: true,
    noExternal: [/.*/],
    esbuildPlugins: [packagesByPath],
    esbuildOptions: (options) => {
      options.conditions = ['@spikeward/source']
      // As Node does: what packages name under "module" is for bundlers.
      options.mainFields = ['main']
    },
  })
  return `${outFolder}/main.js`
}

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
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (text: Buffer) => (out += text.toString()))
  child.stderr.on('data', (text: Buffer) => (err += text.toString()))
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, out, err }))
  })
  return { child, ended }
}
