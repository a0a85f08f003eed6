import { SpikewardError } from '../errors.js'

/** Why the system refuses a file, and what to do. */
const reasons: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  EACCES: ['permission denied', 'check its permissions'],
  EPERM: ['permission denied', 'check its permissions'],
  EISDIR: ['it is a folder', 'name a file'],
  ENOENT: ['there is no such file', 'check the path'],
  ENOTDIR: ['a part of the path is a file', 'check the path'],
  ELOOP: ['its symbolic links lead to one another', 'name the file that they should lead to'],
  ENAMETOOLONG: ['the name is too long', 'check the path'],
  EMFILE: ['this process has too many files open', 'close some, or raise the limit (ulimit -n)'],
  ENFILE: ['the system has too many files open', 'close some, or raise its limit'],
  EIO: ['the disk or the network failed', 'try again, or copy the file to another disk'],
  EROFS: ['the disk is read-only', 'name a folder on another disk'],
  EEXIST: ['a file has this name', 'name another folder'],
  ERR_INVALID_ARG_VALUE: ['a path cannot hold a null character', 'check the path'],
}

/** Answers of the system where a disk, or a user's share of it, has no room. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** Whether an error comes from the operating system, such as ENOENT. */
const isSystemError = (error: unknown): error is NodeJS.ErrnoException & { readonly code: string } =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'

/** Node asks the system for no path with a null character, so that this error names no call of it. */
const isRefused = (path: string, error: unknown): error is NodeJS.ErrnoException & { readonly code: string } =>
  isSystemError(error) ||
  (path.includes('\0') && error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_ARG_VALUE')

const withReason = (code: string, what: string, error: NodeJS.ErrnoException & { readonly code: string }) => {
  const [why, remedy] = reasons[error.code] ?? [error.message, 'check that it is a file that you may use']
  return new SpikewardError(code, `${what}: ${why} (${error.code}); ${remedy}`, { cause: error })
}

/** An error of the operating system while `path` is read, as one with a code and a remedy; any other error as it is. */
export const fileError = (path: string, error: unknown): unknown =>
  isRefused(path, error) ? withReason('FILE_UNREADABLE', `${path} cannot be read`, error) : error

/**
 * An error of the operating system while `path` is written, as one with a code and a remedy; any other error as it is.
 *
 * @param how what holds after the failure, such as "what the file held before is unchanged"
 */
export function writeError(path: string, error: unknown, how = 'what was there before is unchanged'): unknown {
  if (!isRefused(path, error)) return error
  if (!FULL.has(error.code)) return withReason('FILE_UNWRITABLE', `${path} cannot be written`, error)
  return new SpikewardError(
    'DISK_FULL',
    `${path} was not written: there is no space (${error.code}); ${how}; free some space, or name a folder on another disk`,
    { cause: error },
  )
}

/**
 * An error of the operating system that no reader or writer has named, as one with a code and a remedy; any other error
 * as it is.
 */
export const systemError = (error: unknown): unknown =>
  isSystemError(error)
    ? withReason('FILE_SYSTEM', `the system refuses ${error.syscall ?? 'the use'} of ${error.path ?? 'a file'}`, error)
    : error

/**
 * The result of `work`, which reads the file or the folder of a path.
 *
 * @throws FILE_UNREADABLE where the operating system refuses, with its reason; every other error as it is
 * @example const bytes = await reading(path, () => readFile(path))
 */
export async function reading<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw fileError(path, error)
  }
}

/**
 * The result of `work`, which writes the file or the folder of a path.
 *
 * @throws DISK_FULL where there is no space, FILE_UNWRITABLE where the operating system refuses otherwise, with its
 *   reason; every other error as it is
 * @example await writing(path, () => appendFile(path, line))
 */
export async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw writeError(path, error)
  }
}
