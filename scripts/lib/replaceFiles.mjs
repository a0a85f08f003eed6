import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
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

/**
 * Moves a finished build to where commands read it. Each file is replaced by a rename, so that it is always there and whole; a file with
 * the same content is not touched. New files come first, since replaced ones import them, and files that the build no longer has go last.
 *
 * @param {string} from the folder of the build, which is removed
 * @param {string} to the folder that commands read
 * @param {(file: string) => boolean} [isOwn] whether a file in `to` belongs to this build; others stay. Default: all
 */
export function replaceFiles(from, to, isOwn = () => true) {
  const [built, before] = [filesIn(from), new Set(filesIn(to))]
  for (const file of [...built.filter((f) => !before.has(f)), ...built.filter((f) => before.has(f))]) {
    const [source, target] = [join(from, file), join(to, file)]
    if (before.has(file) && readFileSync(source).equals(readFileSync(target))) continue
    mkdirSync(dirname(target), { recursive: true })
    renameSync(source, target)
  }
  const kept = new Set(built)
  for (const file of before) if (!kept.has(file) && isOwn(file)) rmSync(join(to, file), { force: true })
  rmSync(from, { recursive: true, force: true })
}
