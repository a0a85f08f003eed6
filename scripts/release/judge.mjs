/** The conditions that a tarball must satisfy before it is published. */
import { readFileSync } from 'node:fs'
import { addonPackage } from './addonPackages.mjs'
import { tarballFindings } from './tarballFindings.mjs'

/** Scripts that run on a user's machine at installation: a published package has none. */
const installScripts = ['preinstall', 'install', 'postinstall', 'prepare', 'preprepare', 'postprepare']

/**
 * @param {import('./pack.mjs').Packed} packed
 * @returns {Promise<[what: string, problem: string | undefined][]>}
 */
export async function judge({ name, location, tarball, manifest, files }) {
  // A package of an addon has neither modules nor types.
  const isAddon = files.includes('spikeward.node')
  const wrong = isAddon ? [] : await tarballFindings(name, readFileSync(tarball))
  const text = JSON.stringify(manifest)
  const found = installScripts.filter((name) => Object.hasOwn(manifest['scripts'] ?? {}, name))
  const absent = ['README.md', 'LICENSE', 'package.json'].filter((name) => !files.includes(name))
  const stray = files.filter((path) => /(^|\/)(test|src)\/|\.tsbuildinfo$|\.env|(^|\/)build\//.test(path))
  const publishConfig = /** @type {Record<string, unknown>} */ (manifest['publishConfig'] ?? {})
  return [
    ['publint and attw', wrong.length > 0 ? wrong.join('\n') : undefined],
    ['no install scripts', found.length > 0 ? `scripts: ${found.join(', ')}` : undefined],
    ['README, licence and manifest are packed', absent.length > 0 ? `absent: ${absent.join(', ')}` : undefined],
    ...(name === '@spikeward/backend-native' ? [ownAddon(manifest)] : []),
    ['nothing else is packed', stray.length > 0 ? stray.join('\n') : undefined],
    [
      'the manifest has real versions and no condition of the workspace',
      /"(workspace|catalog):|@spikeward\/source/.test(text) ? text : undefined,
    ],
    [
      'the repository is named, with the folder of the package',
      /** @type {{ directory?: string }} */ (manifest['repository'] ?? {}).directory ===
      (isAddon ? 'packages/backend-native' : location)
        ? undefined
        : `repository.directory must be ${location}`,
    ],
    [
      'public, with provenance',
      publishConfig['access'] === 'public' && publishConfig['provenance'] === true
        ? undefined
        : 'publishConfig needs "access": "public" and "provenance": true',
    ],
  ]
}

/**
 * @param {Record<string, unknown>} manifest
 * @returns {[what: string, problem: string | undefined]}
 */
function ownAddon({ optionalDependencies = {}, version }) {
  const name = addonPackage(`${process.platform}-${process.arch}`)
  const stated = /** @type {Record<string, unknown>} */ (optionalDependencies)[name]
  return [
    'the addon for this machine is an optional dependency of the same version',
    stated === version ? undefined : `${name}: ${String(stated)}, not ${String(version)}`,
  ]
}
