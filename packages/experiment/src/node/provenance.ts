import { fileURLToPath } from 'node:url'
import { type Machine, sourceOf, thisMachine } from '@spikeward/train/node'
import description from '../../package.json' with { type: 'json' }

/** The origin of numbers. */
export type Provenance = {
  readonly date: string
  readonly machine: Machine
  readonly versions: Readonly<Record<string, string>>
  /** Null if the command was installed and not run from a checkout. */
  readonly commit: string | null
  /** Whether sources differed from that commit. */
  readonly dirty: boolean
}

// The manifest is one folder above both this file (src) and its bundle (dist).
const home = fileURLToPath(new URL('..', import.meta.url))

/** The sources in words: the commit, and whether they differed from it; else the version of an installed command. */
export const sourcesIn = ({ commit, dirty, versions }: Pick<Provenance, 'commit' | 'dirty' | 'versions'>): string =>
  commit === null
    ? `version ${versions['spikeward'] ?? 'unknown'}`
    : `commit ${commit.slice(0, 8)}${dirty ? ' with changes' : ''}`

/** The machine, the versions and the commit with which numbers were measured. */
export const provenance = (): Provenance => ({
  date: new Date().toISOString(),
  machine: thisMachine(),
  versions: { spikeward: description.version, node: process.versions.node },
  ...sourceOf(home, ['docs']),
})
