/**
 * `npm run -s tarballs -- FOLDER`: builds every public package and writes its tarball into a folder (default:
 * tarballs). `npm install FOLDER/*.tgz` then installs them, without the registry. A published package has the addon of
 * other compilers, for older systems; here it is that of this machine's build.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { ensureInstalled, root, typedIn } from '../lib/setup.mjs'
import { build, built, packAll } from './pack.mjs'

const folder = resolve(typedIn(process.env, process.cwd()), process.argv[2] ?? 'tarballs')
process.chdir(root)
ensureInstalled()
console.error('Building all packages …')
const problem = build()
if (problem !== undefined) throw new Error(problem)
if (!existsSync(built)) console.error('The native addon was not built here, so there is no tarball of it.')
console.error('Packing them …')
const packed = packAll(folder, { [`${process.platform}-${process.arch}`]: built })
console.log(`${packed.length} tarballs in ${folder}; in your project: npm install ${folder}/*.tgz`)
