/** The headlines of README.md: stored runs, a sentence each. */
import { SpikewardError } from '@spikeward/core'
import type { BenchmarkEntry } from '../run/benchmark.js'
import type { StoredRun } from '../run/files.js'

/** Runs that the README tells of, in its order. */
const told = [
  'step-native',
  'step-native-k8',
  'step-cpu-1-thread',
  'step-webgpu-k8',
  'table-native-rademacher',
  'memory-cpu',
] as const

const marks = { begin: '<!-- measured -->', end: '<!-- end -->' } as const

/**
 * The README with the headlines between its marks, `<!-- measured -->` and `<!-- end -->`.
 *
 * @throws BENCH_DOCS where it has no marks, or no run of such a name is stored
 */
export function withHeadlines(
  readme: string,
  runs: readonly StoredRun[],
  benchmarks: readonly BenchmarkEntry[],
): string {
  const [begin, end] = [readme.indexOf(marks.begin), readme.indexOf(marks.end)]
  if (begin < 0 || end < begin) {
    throw new SpikewardError('BENCH_DOCS', `README.md has no ${marks.begin} with ${marks.end} behind it; put them in`)
  }
  const lines = told.map((name) => {
    const run = runs.find((r) => r.name === name)?.run
    const line = run && benchmarks.find((b) => b.name === run.command)?.headline(run)
    if (line === undefined || line === null) {
      throw new SpikewardError(
        'BENCH_DOCS',
        `README.md tells of ${name}, of which no run is stored; run: npm run -s bench -- all --only ${name} --out docs/benchmarks`,
      )
    }
    return `- ${line}`
  })
  return `${readme.slice(0, begin)}${marks.begin}\n\n${lines.join('\n')}\n\n${readme.slice(end)}`
}
