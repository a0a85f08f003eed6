/**
 * The packages that hold the native addon of one platform each, as those of esbuild do: they are optional dependencies
 * of `@spikeward/backend-native`, npm installs the one whose `os`, `cpu` and `libc` fit, and the package loads it.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../lib/setup.mjs'

const home = join(root, 'packages', 'backend-native')

/**
 * @param {string} target a platform and an architecture, such as linux-x64
 * @returns {string} the package with its addon; Linux there is that with glibc
 */
export const addonPackage = (target) =>
  `@spikeward/backend-native-${target}${target.startsWith('linux-') ? '-gnu' : ''}`

/**
 * Writes the package of an addon.
 *
 * @param {string} target
 * @param {string} addon its file
 * @param {string} folder new, for packages; each has one of its own
 * @returns {string} that folder
 */
export function writeAddonPackage(target, addon, folder) {
  const { version, license, repository, engines } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const [os = '', cpu = ''] = target.split('-')
  const name = addonPackage(target)
  const own = join(folder, target)
  mkdirSync(own, { recursive: true })
  copyFileSync(addon, join(own, 'spikeward.node'))
  copyFileSync(join(root, 'LICENSE'), join(own, 'LICENSE'))
  writeFileSync(
    join(own, 'README.md'),
    `# ${name}\n\nThe compiled addon of [@spikeward/backend-native](https://www.npmjs.com/package/@spikeward/backend-native) for ${target}. It is installed with that package; nothing else needs it.\n`,
  )
  const manifest = {
    ...{ name, version, description: `Native addon of Spikeward for ${target}`, license, repository },
    ...{ main: 'spikeward.node', files: ['spikeward.node'], engines },
    ...{ os: [os], cpu: [cpu], ...(os === 'linux' && { libc: ['glibc'] }) },
    publishConfig: { access: 'public', provenance: true },
  }
  writeFileSync(join(own, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return own
}
