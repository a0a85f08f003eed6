/** The sentences of README.md that quote stored runs. */
import { SpikewardError } from '@spikeward/core'
import type { BenchmarkEntry } from '../run/benchmark.js'
import type { StoredRun } from '../run/storedRuns.js'

/** A place for sentences: the names of the quoted runs, then the sentences. */
const place = /<!-- measured: ([\w-]+(?:, [\w-]+)*) -->.*?<!-- end -->/gs

/**
 * The README with one sentence for each run that a mark `<!-- measured: name, name -->` names, between it and `<!-- end -->`.
 *
 * @throws BENCH_DOCS if there is no mark, or a quoted run is not stored
 */
export function withHeadlines(
  readme: string,
  runs: readonly StoredRun[],
  benchmarks: readonly BenchmarkEntry[],
): string {
  if (readme.search(place) < 0) {
    throw new SpikewardError(
      'BENCH_DOCS',
      'README.md has no <!-- measured: name --> followed by <!-- end -->; add both marks, with the name of a stored run',
    )
  }
  const sentence = (name: string): string => {
    const run = runs.find((r) => r.name === name)?.run
    const line = run && benchmarks.find((b) => b.name === run.command)?.headline(run)
    if (line === undefined || line === null) {
      throw new SpikewardError(
        'BENCH_DOCS',
        `README.md quotes ${name}, but no such run is stored; run: npm run -s bench -- all --only ${name} --out docs/benchmarks`,
      )
    }
    return line
  }
  return readme.replace(place, (_, names: string) => {
    const sentences = names.split(', ').map(sentence)
    return `<!-- measured: ${names} -->\n\n${sentences.join('\n')}\n\n<!-- end -->`
  })
}
