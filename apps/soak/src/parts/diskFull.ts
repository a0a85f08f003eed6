import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { mix, randomOf } from '../randomOf.js'
import type { Finding, Part } from './part.js'
import { command, endOf, live, undisturbed } from './processes.js'

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
    const args = (what: 'train' | 'resume', place: string): readonly string[] =>
      command(root, what, place, { key: key & 0xffff, steps: 300, every: 7 })
    const first = join(folder, 'whole')
    const { whole } = await undisturbed(args('train', first), first)
    return {
      async round(index) {
        const place = join(folder, `run-${index}`)
        const blocks = 1 + randomOf(mix(key, index))(60)
        const findings: Finding[] = []
        const fault = (what: string): void => void findings.push({ what, how: { blocks, key, round: index } })
        const { code, err } = await live(args('train', place), { blocks })
        const refused = code !== 0
        const left = existsSync(place) ? await readdir(place) : []
        if (refused) {
          if (!/\[(DISK_FULL|RUN_UNWRITABLE|CLI_UNWRITABLE)\]\n$/.test(err))
            fault(`exit code ${code}: ${err.slice(0, 500)}`)
          if (left.some((name) => name.startsWith('.unfinished'))) fault(`left behind: ${left.join(', ')}`)
          // A disk that has no room for the settings holds no run.
          const ended = await live(args(left.includes('config.json') ? 'resume' : 'train', place))
          if (ended.code !== 0) fault(`it does not continue: ${ended.err.slice(0, 500)}`)
        }
        if (findings.length === 0 && (await endOf(place)) !== whole) fault('the end differs')
        await rm(place, { recursive: true, force: true })
        return { tries: 1, found: findings, counts: { [refused ? 'refused with a code' : 'had enough room']: 1 } }
      },
    }
  },
}
