/** The sentences of README.md that quote stored runs. */
import { SpikewardError } from '@spikeward/core'
import type { BenchmarkEntry } from '../run/benchmark.js'
import type { StoredRun } from '../run/storedRuns.js'

/** The runs that the README quotes, in its order. */
const quoted = ['step-native', 'memory-cpu', 'tuned-three-layers', 'long-lorenz-512'] as const

const marks = { begin: '<!-- measured -->', end: '<!-- end -->' } as const

/**
 * The README with one sentence per quoted run between the marks `<!-- measured -->` and `<!-- end -->`.
 *
 * @throws BENCH_DOCS if the marks are missing, or a quoted run is not stored
 */
export function withHeadlines(
  readme: string,
  runs: readonly StoredRun[],
  benchmarks: readonly BenchmarkEntry[],
): string {
  const [begin, end] = [readme.indexOf(marks.begin), readme.indexOf(marks.end)]
  if (begin < 0 || end < begin) {
    throw new SpikewardError('BENCH_DOCS', `README.md has no ${marks.begin} followed by ${marks.end}; add both marks`)
  }
  const sentences = quoted.map((name) => {
    const run = runs.find((r) => r.name === name)?.run
    const line = run && benchmarks.find((b) => b.name === run.command)?.headline(run)
    if (line === undefined || line === null) {
      throw new SpikewardError(
        'BENCH_DOCS',
        `README.md quotes ${name}, but no such run is stored; run: npm run -s bench -- all --only ${name} --out docs/benchmarks`,
      )
    }
    return line
  })
  return `${readme.slice(0, begin)}${marks.begin}\n\n${sentences.join('\n')}\n\n${readme.slice(end)}`
}
