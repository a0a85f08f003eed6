/**
 * Plays a disk that is full from the first checkpoint on: Node's functions that write below the folder FULL_DISK answer
 * ENOSPC once the file of the checkpoint is there. `node --import ./fullDisk.mjs program …`, or `fillAfterCheckpoint`
 * in a process.
 */
import { existsSync } from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'

const { O_RDWR, O_WRONLY } = promises.constants

/** Whether the flags of `open` ask to write. @type {(flags?: unknown) => boolean} */
const toWrite = (flags = 'r') => (typeof flags === 'number' ? (flags & (O_RDWR | O_WRONLY)) !== 0 : flags !== 'r')

/**
 * The calls that write, with what their second argument must be. @type {Record<string, (second?: unknown) => boolean>}
 */
const writes = { mkdir: () => true, open: toWrite, writeFile: () => true, appendFile: () => true, rename: () => true }

/** @type {(folder: string) => () => void} Returns a function that ends it. */
export function fillAfterCheckpoint(folder) {
  /** @type {Record<string, (path: unknown, ...more: unknown[]) => Promise<unknown>>} */
  const calls = /** @type {never} */ (promises)
  const before = Object.fromEntries(Object.keys(writes).map((name) => [name, calls[name]]))
  for (const [name, isWrite] of Object.entries(writes)) {
    calls[name] = async (path, ...more) => {
      const full = String(path).startsWith(folder) && existsSync(join(folder, 'checkpoint.safetensors'))
      if (!full || !isWrite(more[0])) return before[name]?.(path, ...more)
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC', syscall: name, path })
    }
  }
  syncBuiltinESMExports()
  return () => {
    Object.assign(promises, before)
    syncBuiltinESMExports()
  }
}

if (process.env['FULL_DISK'] !== undefined && (process.env['OMPI_COMM_WORLD_RANK'] ?? '0') === '0')
  fillAfterCheckpoint(process.env['FULL_DISK'])
