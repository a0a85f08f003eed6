import { SpikewardError } from '@spikeward/core'
import { runScript } from './runScript.js'

/**
 * The JSON object that `spikeward` prints last.
 *
 * @param program the file of `spikeward`
 * @throws BENCH_COMMAND with the first line of its errors
 */
export async function commandResult<T>(program: string, args: readonly string[]): Promise<T> {
  const { code, out, err } = await runScript([program, ...args, '--json', '--quiet'])
  if (code === 0) return JSON.parse(out.trim().split('\n').at(-1) ?? '{}') as T
  throw new SpikewardError(
    'BENCH_COMMAND',
    `spikeward ${args.join(' ')} ended with code ${code}: ${err.trim().split('\n')[0] ?? ''}`,
  )
}
