import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Backend } from '@spikeward/core'
import description from '../../../package.json' with { type: 'json' }
import { sha256Of } from '@spikeward/core/node'

const digestOfFile = (path: string): string => sha256Of([readFileSync(path)]).slice(0, 16)

const packages = [description.name, ...Object.keys(description.peerDependencies)]

/** The code that runs: this program and the packages that it imports, of which the entry names the other files by their contents. */
export function buildIdentity(): string {
  const files = [process.argv[1] ?? '']
  for (const name of packages) {
    try {
      files.push(fileURLToPath(import.meta.resolve(name)))
    } catch {
      // Bundled into this program, or not installed.
    }
  }
  const digests = files.filter((file) => existsSync(file)).map(digestOfFile)
  return `${description.version} ${sha256Of([digests.join(' ')]).slice(0, 12)}`
}

/** The file of an addon: the one that a variable of the environment names, else one of this name. */
type AddonFile = { readonly name: string; readonly variable?: string }

const mpiAddon: AddonFile = { name: 'mpi.node', variable: 'SPIKEWARD_MPI' }

/** The addons of backends; others have none, or come from a plug-in. */
const backendAddons: Readonly<Record<string, AddonFile>> = {
  native: { name: 'spikeward.node', variable: 'SPIKEWARD_NATIVE' },
  webgpu: { name: 'dawn.node' },
}

/**
 * An addon that this process has loaded, by its contents: each machine may have compiled its own. Only the addons that a job needs are
 * compared, because rank 0 loads others to find the fastest backend.
 */
function digestOf(addon: AddonFile | undefined): string {
  if (addon === undefined) return 'none'
  const { name, variable } = addon
  const named = variable === undefined ? '' : (process.env[variable] ?? '')
  // The keys of the cache have no symbolic links.
  const file = existsSync(named) ? realpathSync(named) : null
  const isIt = (path: string): boolean => (file === null ? basename(path) === name : path === file)
  return (
    Object.keys(createRequire(import.meta.url).cache)
      .filter(isIt)
      .map(digestOfFile)
      .sort()
      .join(', ') || 'none'
  )
}

/** The facts in which all ranks of a job must agree before they start. */
export const startFacts = (args: readonly string[]): Readonly<Record<string, string>> => ({
  build: buildIdentity(),
  'version of Node': process.version,
  'compiled addon of Open MPI': digestOf(mpiAddon),
  // An address of a queue may contain a password.
  'command line': args.join(' ').replaceAll(/\/\/[^/@\s]*@/g, '//…@'),
})

/** The facts that must be equal for the backends of all ranks, or their bits would differ. */
export const backendFacts = ({ name, capabilities }: Backend): Readonly<Record<string, string>> => ({
  backend: name,
  'compiled addon': digestOf(backendAddons[name]),
  'instruction set': capabilities.features.join(' '),
})
