/** The conditions that a tarball must satisfy before it is published. */
import { prebuilt, run } from './pack.mjs'

/** Scripts that run on a user's machine at installation: a published package has none. */
const installScripts = ['preinstall', 'install', 'postinstall', 'prepare', 'preprepare', 'postprepare']

/**
 * @param {import('./pack.mjs').Packed} packed
 * @returns {[what: string, problem: string | undefined][]}
 */
export function judge({ name, location, tarball, manifest, files }) {
  const text = JSON.stringify(manifest)
  const found = installScripts.filter((name) => Object.hasOwn(manifest['scripts'] ?? {}, name))
  const absent = ['README.md', 'LICENSE', 'package.json'].filter((name) => !files.includes(name))
  const stray = files.filter((path) => /(^|\/)(test|src)\/|\.tsbuildinfo$|\.env|(^|\/)build\//.test(path))
  const publishConfig = /** @type {Record<string, unknown>} */ (manifest['publishConfig'] ?? {})
  return [
    ['publint', run('publint', ['run', tarball, '--strict', '--level', 'warning']).problem],
    // attw judges what a program may import: a package that only brings a command has nothing of that.
    ...(manifest['exports'] === undefined
      ? []
      : [
          /** @type {[string, string | undefined]} */ ([
            'types resolve (attw)',
            run('attw', [tarball, '--profile', 'esm-only', '--no-emoji']).problem,
          ]),
        ]),
    ['no install scripts', found.length > 0 ? `scripts: ${found.join(', ')}` : undefined],
    ['README, licence and manifest are packed', absent.length > 0 ? `absent: ${absent.join(', ')}` : undefined],
    ...(name === '@spikeward/backend-native'
      ? [
          /** @type {[string, string | undefined]} */ ([
            'the addon for this machine is packed',
            files.includes(prebuilt) ? undefined : `absent: ${prebuilt}`,
          ]),
        ]
      : []),
    ['nothing else is packed', stray.length > 0 ? stray.join('\n') : undefined],
    [
      'the manifest has real versions and no condition of the workspace',
      /"(workspace|catalog):|@spikeward\/source/.test(text) ? text : undefined,
    ],
    [
      'the repository is named, with the folder of the package',
      /** @type {{ directory?: string }} */ (manifest['repository'] ?? {}).directory === location
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
