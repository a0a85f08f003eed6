/** How long the quick form of each study takes. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { type Study, columns, temporaryFolder, titled } from './tools.js'

/** The quick form of a study in a process of its own, and how it ended. */
interface QuickTime {
  readonly study: string
  readonly seconds: number
  /** Processor time of the process and its children; null where the system does not tell it. */
  readonly processorSeconds: number | null
  readonly end: string
}

/** Processor seconds of all processes that this one started and that have ended, from Linux, in ticks of 10 ms. */
export function childSeconds(): number | null {
  if (!existsSync('/proc/self/stat')) return null
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}

async function timeOf(study: string): Promise<QuickTime> {
  // Trials that an earlier run left in the working folder would be read instead of computed.
  await using folder = await temporaryFolder('times')
  const [begun, before] = [performance.now(), childSeconds()]
  const { status, stderr } = spawnSync(process.execPath, [process.argv[1]!, study, '--quick'], {
    encoding: 'utf8',
    cwd: folder.path,
  })
  const [seconds, after] = [(performance.now() - begun) / 1000, childSeconds()]
  return {
    ...{ study, seconds: Math.round(seconds) },
    processorSeconds: before === null || after === null ? null : Math.round(after - before),
    end: status === 0 ? 'done' : (stderr.trimEnd().split('\n').at(-1) ?? ''),
  }
}

/** The times of these studies, one after another; in its own quick form of the first two alone. */
export const times = (names: readonly string[]): Study<{ readonly rows: readonly QuickTime[] }> => ({
  name: 'times',
  summary: 'how long the quick form of each study takes',
  async run({ quick, log }) {
    const rows: QuickTime[] = []
    for (const name of quick ? names.slice(0, 2) : names) {
      const row = await timeOf(name)
      log(`${name}: ${row.seconds} s, ${row.end}`)
      rows.push(row)
    }
    return { rows }
  },
  table: ({ rows }) =>
    titled(
      'Quick forms',
      columns(rows, {
        study: ({ study }) => `\`${study}\``,
        seconds: ({ seconds }) => String(seconds),
        'of processors': ({ processorSeconds }) => String(processorSeconds ?? '–'),
        end: ({ end }) => end,
      }),
      '`npm run study -- NAME --quick`, each in a process of its own, without stored trials.',
    ),
})
