import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Backend } from '@spikeward/core'
import description from '../../package.json' with { type: 'json' }
import { sha256Of } from '@spikeward/core/node'

const digestOfFile = (path: string): string => sha256Of([readFileSync(path)]).slice(0, 16)

/** The packages of this repository that the command may load. */
const packages = Object.keys(description.dependencies).filter((name) => name.startsWith('@spikeward/'))

/** The code that runs: this program and the packages that it imports, of which the entry names the other files by their contents. */
export function build(): string {
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

/** The addons that this process has loaded, by their contents: each machine may have compiled its own. */
const addons = (): string =>
  Object.keys(createRequire(import.meta.url).cache)
    .filter((path) => path.endsWith('.node'))
    .map(digestOfFile)
    .sort()
    .join(', ')

/** The facts in which all ranks of a job must agree before they start. */
export const startFacts = (args: readonly string[]): Readonly<Record<string, string>> => ({
  build: build(),
  'version of Node': process.version,
  // An address of a queue may contain a password.
  'command line': args.join(' ').replaceAll(/\/\/[^/@\s]*@/g, '//…@'),
})

/** What the backends of all ranks must have in common, or their bits would differ. */
export const backendFacts = ({ name, capabilities }: Backend): Readonly<Record<string, string>> => ({
  backend: name,
  'compiled addons': addons(),
  'instruction set': capabilities.features.join(' '),
})
