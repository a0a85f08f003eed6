#!/usr/bin/env node
/** `npm run study -- NAME`: runs a study and prints its table, or with `--json` one object on the last line. */
import { Command, Option } from 'commander'
import { cpu } from '@spikeward/backend-cpu'
import { native } from '@spikeward/backend-native'
import { SpikewardError } from '@spikeward/core'
import { events } from './events.js'
import { onlineLearning } from './online.js'
import type { Study } from './study.js'

const studies: readonly Study[] = [events, onlineLearning]

const program = new Command('study')
  .description('run the study behind a published table')
  .argument('<name>', `one of: ${studies.map(({ name, summary }) => `${name} (${summary})`).join('; ')}`)
  .option('--quick', 'a small form that ends within a minute or two', false)
  .option('--json', 'print one JSON object on the last line', false)
  .addOption(new Option('--backend <name>', 'where to compute').choices(['native', 'cpu']).default('native'))
  .action(async (name: string, o: { quick: boolean; json: boolean; backend: 'native' | 'cpu' }) => {
    const study = studies.find((one) => one.name === name)
    if (study === undefined)
      throw new SpikewardError(
        'STUDY_UNKNOWN',
        `there is no study ${name}; choose one of ${studies.map((s) => s.name).join(', ')}`,
      )
    await using backend = await (o.backend === 'native' ? native({ threads: 1 }) : cpu({ threads: 1 }))
    const log = (line: string): void => void process.stderr.write(`${line}\n`)
    const result = await study.run({ quick: o.quick, backend, log })
    process.stdout.write(
      `${o.json ? JSON.stringify({ study: name, quick: o.quick, ...(result as object) }) : study.table(result)}\n`,
    )
  })

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof SpikewardError)) throw error
  process.stderr.write(`${error.message} [${error.code}]\n`)
  process.exitCode = error.code === 'STUDY_UNKNOWN' ? 2 : 1
}
