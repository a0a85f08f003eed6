/** A global setup of Vitest: tests make their temporary folders in one of their own, which is removed with all that they left. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const variable = 'TMPDIR'

/** Set in a process whose tests already have their folder: each project of Vitest calls the setup. */
const mark = 'SPIKEWARD_TEST_FOLDER'

/** The name is short: sockets of Chromium and Open MPI lie below it, and their paths have at most 107 bytes. */
export function setup(): () => void {
  if (process.env[mark] !== undefined) return () => undefined
  const before = process.env[variable]
  const folder = mkdtempSync(join(tmpdir(), 'sw-'))
  process.env[variable] = folder
  process.env[mark] = folder
  return () => {
    if (before === undefined) Reflect.deleteProperty(process.env, variable)
    else process.env[variable] = before
    Reflect.deleteProperty(process.env, mark)
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
