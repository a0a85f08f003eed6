import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { SpikewardError } from '@spikeward/core'

/** Follow no link, and wait for no pipe. Windows has neither flag, and `|` takes them for 0 there. */
const OWN = constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * Opens a regular file of a run folder. In an untrusted folder its path may lead to your own files, to devices or to
 * pipes.
 *
 * @throws RUN_FOLDER_INVALID for anything but a regular file; the error of the file system
 */
export async function openOwn(path: string, flags: number): Promise<FileHandle> {
  const handle = await open(path, flags | OWN).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ELOOP') throw notOurs(path, 'is a symbolic link')
    if (error.code === 'ENXIO') throw notOurs(path, 'is a pipe')
    throw error
  })
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  throw notOurs(path, 'is not a file')
}

/** The error for a thing in the place of a file or a folder that belongs to a run folder. */
export const notOurs = (path: string, what: string): SpikewardError =>
  new SpikewardError(
    'RUN_FOLDER_INVALID',
    `${path} ${what}, and no version of this program made it; remove it if no process writes to the run folder`,
  )
