import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { SpikewardError } from '@spikeward/core'
import { docsPage } from '../docs/page.js'
import type { Io } from '../io.js'
import { checkoutRoot } from '../paths.js'
import { readRuns } from '../run/files.js'
import { benchmarks } from '../run/registry.js'

const page = join(checkoutRoot, 'docs', 'benchmarks.md')

/** The page as the stored runs give it. */
export const renderDocs = async (): Promise<string> =>
  docsPage(await readRuns(join(checkoutRoot, 'docs', 'benchmarks')), benchmarks)

/** `docs`: docs/benchmarks.md from docs/benchmarks/*.json. */
export function addDocs(program: Command, io: Io): void {
  program
    .command('docs')
    .description('write docs/benchmarks.md from docs/benchmarks/*.json')
    .option('--check', 'only say whether it is what they give', false)
    .action(async ({ check }: { readonly check: boolean }) => {
      const text = await renderDocs()
      if (!check) await writeFile(page, text)
      else if ((await readFile(page, 'utf8')) !== text) {
        throw new SpikewardError(
          'BENCH_DOCS',
          `${page} is not what the stored runs give; run: npm run -s bench -- docs`,
        )
      }
      io.out(`${page}\n`)
    })
}
