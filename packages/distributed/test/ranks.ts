/** Programs that `mpirun` starts: bundled from the sources. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'

/** The absolute path of a file of this package. */
export const inPackage = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

/**
 * The reason why there are no MPI jobs on this machine, or null. Builds what has changed, so that a single test file
 * can run in a fresh clone.
 */
export function whyNoMpi(): string | null {
  if (spawnSync('mpirun', ['--version']).error !== undefined) return 'mpirun was not found; apt-get install openmpi-bin'
  spawnSync(process.execPath, [inPackage('scripts/build-mpi.mjs')], { stdio: 'ignore' })
  return existsSync(inPackage('build/mpi.node')) ? null : readFileSync(inPackage('build/outcome.txt'), 'utf8')
}

/** Bundles a program of this folder with the sources of every sibling package; returns its path. */
export async function bundleRank(name: string): Promise<string> {
  const outDir = inPackage(`node_modules/.cache/${name}-${process.pid}`)
  await build({
    config: false,
    entry: [inPackage(`test/${name}.ts`)],
    outDir,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    silent: true,
    clean: true,
    noExternal: [/^@spikeward/],
    external: ['vitest'],
    esbuildOptions: (options) => {
      options.conditions = ['@spikeward/source']
    },
  })
  return `${outDir}/${name}.js`
}

/** How a job ended. */
export type Job = { readonly code: number | null; readonly out: string; readonly err: string }

/** Runs a program on a number of ranks, which share this machine's cores. */
export function mpirun(size: number, program: string, args: readonly string[] = []): Promise<Job> {
  const given = ['-n', String(size), '--oversubscribe', '--allow-run-as-root', process.execPath, program, ...args]
  const child = spawn('mpirun', given, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // One machine: only shared memory, so that no search for networks slows the start or writes warnings.
    env: { ...process.env, OMPI_MCA_btl: 'self,sm', SPIKEWARD_MPI: inPackage('build/mpi.node') },
  })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}
