import { readFile, writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { SpikewardError } from '@spikeward/core'
import { type Counts, changes, countGuarded } from '../guard/guardedCounts.js'
import { type Io, guardFile } from '../io.js'
import { tableMarkdown } from '../report/tableMarkdown.js'

export function addGuard(program: Command, io: Io): void {
  program
    .command('guard')
    .description('compare exact counts of a few steps with the stored ones; exit code 1 if one changed')
    .option('--update', 'store the current numbers', false)
    .action(async ({ update }: { readonly update: boolean }) => {
      const now = await countGuarded()
      if (update) {
        await writeFile(guardFile, `${JSON.stringify(now, null, 2)}\n`)
        io.out(`Written: ${guardFile}\n`)
        return
      }
      const changed = changes(JSON.parse(await readFile(guardFile, 'utf8')) as Counts, now)
      if (changed.length === 0) {
        io.out('No count changed.\n')
        return
      }
      const rows = changed.map((c) => [c.step, c.what, String(c.was ?? '–'), String(c.is ?? '–')])
      io.out(tableMarkdown({ title: '', head: ['step', 'what', 'was', 'is'], rows }))
      throw new SpikewardError(
        'BENCH_GUARD',
        'counts changed; if that is intended, store them with: npm run -s bench -- guard --update',
      )
    })
}
