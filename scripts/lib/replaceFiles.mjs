import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * The files under a folder, relative to it.
 *
 * @param {string} folder
 * @returns {string[]}
 */
const filesIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    : []

const DAY = 24 * 60 * 60 * 1000

/** npm and pnpm leave the files that it names out of a tarball. */
const ignored = '.npmignore'

/**
 * The chunks of earlier builds, which a running program may still import.
 *
 * @param {string} folder
 * @returns {string[]} relative to the folder
 */
export function oldChunksIn(folder) {
  const list = join(folder, ignored)
  return existsSync(list) ? [...readFileSync(list, 'utf8').matchAll(/^\/(.+)$/gm)].map(([, file = '']) => file) : []
}

/**
 * Moves a finished build to where commands read it. Each file is replaced by a rename, so that it is always there and
 * whole; a file with the same content is not touched. New files come first, since replaced ones import them, and files
 * that the build no longer has go last.
 *
 * Chunks go with the first build a day later, so that a running program finds the parts that it has yet to import.
 * Until then they are named in `.npmignore`.
 *
 * @param {string} from the folder of the build, which is removed
 * @param {string} to the folder that commands read
 * @param {(file: string) => boolean} [isOwn] whether a file in `to` belongs to this build; others stay. Default: all
 * @param {(file: string) => boolean} [isChunk] whether a file's name is of its content. Default: none
 * @param {number} [now] milliseconds
 */
export function replaceFiles(from, to, isOwn = () => true, isChunk = () => false, now = Date.now()) {
  const [built, before, older] = [filesIn(from), new Set(filesIn(to)), oldChunksIn(to)]
  const kept = new Set(built)
  const absent = [...before].filter((file) => file !== ignored && !kept.has(file) && isOwn(file))
  let changes = absent.some((file) => !older.includes(file)) || older.some((file) => kept.has(file))
  for (const file of [...built.filter((f) => !before.has(f)), ...built.filter((f) => before.has(f))]) {
    const [source, target] = [join(from, file), join(to, file)]
    if (before.has(file) && readFileSync(source).equals(readFileSync(target))) continue
    mkdirSync(dirname(target), { recursive: true })
    renameSync(source, target)
    changes = true
  }
  rmSync(from, { recursive: true, force: true })
  if (!changes) return
  const isRecent = (/** @type {string} */ file) => statSync(join(to, file)).mtimeMs > now - DAY
  const stay = absent.filter((file) => isChunk(file) && (!older.includes(file) || isRecent(file)))
  for (const file of stay) if (!older.includes(file)) utimesSync(join(to, file), now / 1000, now / 1000)
  if (stay.length > 0) writeFileSync(join(to, ignored), stay.map((file) => `/${file}\n`).join(''))
  else rmSync(join(to, ignored), { force: true })
  for (const file of absent) if (!stay.includes(file)) rmSync(join(to, file), { force: true })
}
