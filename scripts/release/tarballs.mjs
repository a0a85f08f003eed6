/**
 * `npm run -s tarballs -- FOLDER`: builds every public package and writes its tarball into a folder (default:
 * tarballs). `npm install FOLDER/*.tgz` then installs them, without the registry. A published package has the addon of
 * other compilers, for older systems; here it is that of this machine's build.
 */
import { resolve } from 'node:path'
import { ensureInstalled, root, typedIn } from '../lib/setup.mjs'
import { build, pack, publicPackages, removePrebuild, takeBuilt } from './pack.mjs'

const folder = resolve(typedIn(process.env, process.cwd()), process.argv[2] ?? 'tarballs')
process.chdir(root)
ensureInstalled()
console.error('Building all packages …')
const problem = build()
try {
  if (problem !== undefined) throw new Error(problem)
  takeBuilt()
  const packed = publicPackages().map((location) => {
    console.error(`Packing ${location} …`)
    return pack(location, folder)
  })
  console.log(`${packed.length} tarballs in ${folder}; in your project: npm install ${folder}/*.tgz`)
} finally {
  removePrebuild()
}
