/**
 * A global setup of Vitest: tests make their temporary folders in one of their own, and store generated data sets and
 * the choices of `auto` there. It is removed with all that they left, so that no test reads what another checkout or an
 * earlier run wrote.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Set in a process whose tests already have their folder: each project of Vitest calls the setup. */
const mark = 'SPIKEWARD_TEST_FOLDER'

/** The name is short: sockets of Chromium and Open MPI lie below it, and their paths have at most 107 bytes. */
export function setup(): () => void {
  if (process.env[mark] !== undefined) return () => undefined
  const folder = mkdtempSync(join(tmpdir(), 'sw-'))
  const set = {
    [mark]: folder,
    TMPDIR: folder,
    XDG_CACHE_HOME: join(folder, 'cache'),
    // Runs share compiled shaders alone: Mesa names them by their source and its own version.
    MESA_SHADER_CACHE_DIR: process.env['MESA_SHADER_CACHE_DIR'] ?? join(tmpdir(), 'spikeward-test-cache'),
  }
  const before = Object.keys(set).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, set)
  return () => {
    for (const [name, value] of before)
      if (value === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = value
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
