/** A global setup of Vitest: tests make their temporary folders in one of their own, which is removed with all that they left. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const variable = 'TMPDIR'

export function setup(): () => void {
  const before = process.env[variable]
  const folder = mkdtempSync(join(tmpdir(), 'spikeward-tests-'))
  process.env[variable] = folder
  return () => {
    if (before === undefined) Reflect.deleteProperty(process.env, variable)
    else process.env[variable] = before
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
