import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkoutRoot } from '../paths.js'

export async function commandLine(): Promise<string> {
  await promisify(execFile)(process.execPath, [join(checkoutRoot, 'scripts', 'spikeward.mjs'), 'list'])
  return join(checkoutRoot, 'apps', 'cli', 'dist', 'main.js')
}
