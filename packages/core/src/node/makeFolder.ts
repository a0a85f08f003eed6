import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { writing } from './fileErrors.js'

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
