#!/usr/bin/env node
/** `npm run study -- NAME`: runs a study and prints its tables, or with `--json` one object on the last line. */
import { Command, Option } from 'commander'
import { cpu } from '@spikeward/backend-cpu'
import { native } from '@spikeward/backend-native'
import { type Backend, SpikewardError } from '@spikeward/core'
import { writeWhole } from '@spikeward/core/node'
import { WORK_OF_RANK, runRank } from './distributed.js'
import { studies } from './studies.js'
import { keptParts, pages, store } from './stored.js'

type Options = {
  readonly quick: boolean
  readonly json: boolean
  readonly store: boolean
  readonly backend: 'native' | 'cpu'
}

async function run(name: string, o: Options): Promise<void> {
  const study = studies.find((one) => one.name === name)
  if (study === undefined)
    throw new SpikewardError(
      'STUDY_UNKNOWN',
      `there is no study ${name}; choose one of ${studies.map((s) => s.name).join(', ')}`,
    )
  if (o.store && o.quick)
    throw new SpikewardError(
      'STUDY_USAGE',
      '--store with --quick; a stored result is that of the whole study: leave out one of them',
    )
  const openBackend = async (): Promise<Backend> =>
    o.backend === 'native' ? native({ threads: 1 }) : cpu({ threads: 1 })
  await using backend = await openBackend()
  const work = process.env[WORK_OF_RANK]
  if (work !== undefined) return await runRank(work, backend)
  const begun = performance.now()
  const previous = o.store ? keptParts(name) : null
  const result = await study.run({
    quick: o.quick,
    backend,
    openBackend,
    log: (line) => void process.stderr.write(`${line}\n`),
    part: previous?.part ?? ((_, compute) => compute()),
  })
  const seconds = (performance.now() - begun) / 1000 + (previous?.seconds() ?? 0)
  if (o.store) process.stderr.write(`Written: ${await store(study, seconds, result)}\n`)
  process.stdout.write(`${o.json ? JSON.stringify({ study: name, quick: o.quick, ...result }) : study.table(result)}\n`)
}

const program = new Command('study').description('run the study behind a published table')
program
  .command('docs')
  .description('write the tables of stored results into the pages of docs/benchmarks')
  .option('--check', 'only report whether they match', false)
  .action(async ({ check }: { readonly check: boolean }) => {
    for (const { path, was, is } of await pages(studies)) {
      if (was === is) continue
      if (check)
        throw new SpikewardError('STUDY_DOCS', `${path} does not match the stored results; run: npm run study -- docs`)
      await writeWhole(path, is)
      process.stdout.write(`${path}\n`)
    }
  })
for (const { name, summary } of studies)
  program
    .command(name)
    .description(summary)
    .option('--quick', 'a small form that ends within a minute or two', false)
    .option('--json', 'print one JSON object on the last line', false)
    .option('--store', 'store the result in docs/benchmarks/runs/studies', false)
    .addOption(new Option('--backend <name>', 'where to compute').choices(['native', 'cpu']).default('native'))
    .action((o: Options) => run(name, o))

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof SpikewardError)) throw error
  process.stderr.write(`${error.message} [${error.code}]\n`)
  process.exitCode = 1
}
