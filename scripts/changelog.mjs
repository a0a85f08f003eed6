/**
 * `npm run changelog`: gathers the changelogs that changesets writes into the packages, and the changes that wait for
 * the next release, in CHANGELOG.md. All packages have one version, so each change is listed once with its packages.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gather } from './lib/pages/changelog.mjs'
import { workspaceFolders } from './lib/files.mjs'
import { root } from './lib/setup.mjs'

process.chdir(root)
const pending = readdirSync('.changeset')
  .filter((file) => file.endsWith('.md') && file !== 'README.md')
  .sort()
  .map((file) => readFileSync(join('.changeset', file), 'utf8'))
const released = workspaceFolders()
  .map((folder) => join(folder, 'CHANGELOG.md'))
  .filter(existsSync)
  .map((file) => readFileSync(file, 'utf8'))
writeFileSync('CHANGELOG.md', gather(pending, released))
