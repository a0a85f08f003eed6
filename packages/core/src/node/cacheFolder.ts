import { mkdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { SpikewardError } from '../errors.js'
import { writing } from './fileErrors.js'

/** The home folder of the user; null if the system knows none, as for a number without an account in a container. */
function home(): string | null {
  try {
    const home = homedir()
    return isAbsolute(home) ? home : null
  } catch {
    return null
  }
}

/**
 * The folder of this program among the caches of the user: `$XDG_CACHE_HOME/spikeward`, or `~/.cache/spikeward` where
 * the variable is absent, empty or relative.
 *
 * @throws CACHE_FOLDER if the user has no home folder either
 * @see XDG Base Directory Specification 0.8, which requires relative paths to be ignored
 * @example join(cacheFolder(), 'data')
 */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const folder = environment['XDG_CACHE_HOME'] ?? ''
  if (isAbsolute(folder)) return join(folder, 'spikeward')
  const own = home()
  if (own !== null) return join(own, '.cache', 'spikeward')
  throw new SpikewardError(
    'CACHE_FOLDER',
    'there is no folder for caches: this user has no home folder; set XDG_CACHE_HOME to the absolute path of a folder',
  )
}

/**
 * Makes a folder with all its parents; one that exists stays as it is.
 *
 * Node's `mkdir` with `recursive` is not used: it never returns where the system allows no folder, as under /proc.
 *
 * @throws DISK_FULL, FILE_UNWRITABLE
 */
export const makeFolder = (path: string): Promise<void> => writing(path, () => makeEach(resolve(path)))

async function makeEach(path: string): Promise<void> {
  if ((await stat(path).catch(() => null))?.isDirectory() === true) return
  const above = dirname(path)
  if (above !== path) await makeEach(above)
  await mkdir(path).catch(async (error: NodeJS.ErrnoException) => {
    // Another process made it meanwhile.
    if (error.code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error
  })
}
