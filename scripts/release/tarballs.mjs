/**
 * `npm run -s tarballs -- FOLDER`: builds every public package and writes its tarball, as it would be published, into a
 * folder (default: tarballs). `npm install FOLDER/*.tgz` then installs them, without the registry.
 */
import { resolve } from 'node:path'
import { ensureInstalled, root, typedIn } from '../lib/setup.mjs'
import { build, pack, prebuild, publicPackages, removePrebuild } from './pack.mjs'

const folder = resolve(typedIn(process.env, process.cwd()), process.argv[2] ?? 'tarballs')
process.chdir(root)
ensureInstalled()
const problem = build() ?? prebuild()
try {
  if (problem !== undefined) throw new Error(problem)
  const packed = publicPackages().map((location) => pack(location, folder))
  console.log(`${packed.length} tarballs in ${folder}; in your project: npm install ${folder}/*.tgz`)
} finally {
  removePrebuild()
}
