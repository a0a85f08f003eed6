import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'

/** Where a package searches for its addon, and what it expects of it. */
export type AddonPlaces = {
  /** Paths, in the order in which they are tried; relative ones start in the current folder. */
  readonly paths: readonly string[]
  /** The version of the addon's interface that the package uses. */
  readonly version: number
  /** Files in which the build script may have left a line with the reason why it could not build. */
  readonly outcomes: readonly string[]
  /** The reason if nothing was ever compiled. */
  readonly never: string
}

/** An addon and its file, or the reasons why there is none. */
export type AddonResult<A> = { readonly addon: A; readonly path: string } | { readonly reasons: readonly string[] }

/**
 * The first addon of Node that loads and has the expected version. Its exports must state their `version`.
 *
 * @example
 * const addon = findAddon<{ readonly version: number }>({ paths, version: 1, outcomes, never: 'it was not compiled' })
 * if ('reasons' in addon) throw new Error(addon.reasons.join('; '))
 */
export function findAddon<A extends { readonly version: number }>(places: AddonPlaces): AddonResult<A> {
  const { paths, version, outcomes, never } = places
  const require = createRequire(import.meta.url)
  const reasons: string[] = []
  // `require` would search for a relative path from this file.
  for (const path of paths.map((file) => resolve(file)).filter((file) => existsSync(file))) {
    try {
      const addon = require(path) as A
      if (addon.version === version) return { addon, path }
      reasons.push(`${path} is of another version`)
    } catch (error) {
      reasons.push(`${path}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return { reasons: reasons.length > 0 ? reasons : [whyNotBuilt(outcomes, never)] }
}

function whyNotBuilt(outcomes: readonly string[], never: string): string {
  const record = outcomes.find((file) => existsSync(file))
  if (record === undefined) return never
  const line = readFileSync(record, 'utf8').trim()
  return line === 'built' ? 'the compiled addon was deleted' : line
}
