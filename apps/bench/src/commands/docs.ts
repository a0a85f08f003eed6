import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { SpikewardError } from '@spikeward/core'
import { withHeadlines } from '../docs/headlines.js'
import { docsPage } from '../docs/page.js'
import type { Io } from '../io.js'
import { checkoutRoot } from '../paths.js'
import { readRuns } from '../run/files.js'
import { benchmarks } from '../run/registry.js'

const page = join(checkoutRoot, 'docs', 'benchmarks.md')
const readme = join(checkoutRoot, 'README.md')

/** What the stored runs give: the page, and the README with their headlines. */
export async function renderDocs(): Promise<{ readonly page: string; readonly readme: string }> {
  const runs = await readRuns(join(checkoutRoot, 'docs', 'benchmarks'))
  return { page: docsPage(runs, benchmarks), readme: withHeadlines(await readFile(readme, 'utf8'), runs, benchmarks) }
}

/** `docs`: docs/benchmarks.md, and the headlines of README.md, from docs/benchmarks/*.json. */
export function addDocs(program: Command, io: Io): void {
  program
    .command('docs')
    .description('write docs/benchmarks.md and the headlines of README.md from docs/benchmarks/*.json')
    .option('--check', 'only say whether they are what the runs give', false)
    .action(async ({ check }: { readonly check: boolean }) => {
      const given = await renderDocs()
      for (const [path, text] of [
        [page, given.page],
        [readme, given.readme],
      ] as const) {
        if (!check) await writeFile(path, text)
        else if ((await readFile(path, 'utf8')) !== text) {
          throw new SpikewardError(
            'BENCH_DOCS',
            `${path} is not what the stored runs give; run: npm run -s bench -- docs`,
          )
        }
        io.out(`${path}\n`)
      }
    })
}
