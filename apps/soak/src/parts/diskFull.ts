import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { mix, randomOf } from '../randomOf.js'
import { endOf } from './kills.js'
import type { Found, Part } from './part.js'

type Ran = { readonly code: number | null; readonly err: string }

/** Runs the command; if `blocks` is given, no file may exceed this number of blocks. */
function run(program: string, args: readonly string[], blocks: number | null): Promise<Ran> {
  const limit = blocks === null ? '' : `ulimit -f ${blocks}; `
  const child = spawn('sh', ['-c', `${limit}exec "$@"`, 'sh', process.execPath, program, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let err = ''
  child.stderr.on('data', (text: Buffer) => (err += text.toString()))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, err })))
}

/**
 * Training with a random limit on the size of files: it ends with the code of a file that cannot be written, leaves no
 * truncated file, and without the limit it continues to the same end as an uninterrupted run, bit for bit.
 */
export const diskFull: Part = {
  name: 'diskFull',
  unit: 'runs on a disk without room',
  target: 100,
  async open({ key, root, folder }) {
    if (process.platform === 'win32') return 'this system has no ulimit'
    const program = join(root, 'apps/cli/dist/main.js')
    const train = (place: string): string[] => {
      const sizes = ['--backend', 'native', '--threads', '1', '--hidden', '6,5', '--time', '4', '--batch', '8']
      const steps = ['--steps', '300', '--checkpoint-every', '7', '--key', String(key & 0xffff)]
      return ['train', 'parabola', ...sizes, ...steps, '--out', place, '--json', '--quiet']
    }
    const first = await run(program, train(join(folder, 'whole')), null)
    if (first.code !== 0) throw new Error(`the command cannot train at all: ${first.err.slice(0, 500)}`)
    const whole = await endOf(join(folder, 'whole'))
    return {
      async round(index) {
        const random = randomOf(mix(key, index))
        const place = join(folder, `run-${index}`)
        const blocks = 1 + random(60)
        const how = { blocks, key, round: index }
        const found: Found[] = []
        const fault = (what: string): void => void found.push({ what, how })
        const { code, err } = await run(program, train(place), blocks)
        const refused = code !== 0
        if (refused && !/\[(DISK_FULL|RUN_UNWRITABLE|CLI_UNWRITABLE)\]\n$/.test(err))
          fault(`exit code ${code}: ${err.slice(0, 500)}`)
        const left = existsSync(place) ? await readdir(place) : []
        if (refused && left.some((name) => name.startsWith('.unfinished'))) fault(`left behind: ${left.join(', ')}`)
        // A disk that has no room for the settings holds no run.
        const again = left.includes('config.json') ? ['resume', place, '--json', '--quiet'] : train(place)
        if (refused) {
          const ended = await run(program, again, null)
          if (ended.code !== 0) fault(`it does not continue: ${ended.err.slice(0, 500)}`)
        }
        if (found.length === 0 && (await endOf(place)) !== whole) fault('the end differs')
        await rm(place, { recursive: true, force: true })
        return { tries: 1, found, counts: { [refused ? 'refused with a code' : 'had enough room']: 1 } }
      },
      close: async () => {},
    }
  },
}
