import type { Io } from './io.js'
import { duration } from './progress.js'

/** What `train`, `resume` and `evaluate` give: one JSON object on the last line of standard output, or a few lines to read. */
export type Result = {
  /** The run folder. */
  readonly run: string
  readonly problem: string
  readonly estimator: string
  readonly backend: string
  /** On the test points; null where it is not finite. */
  readonly relativeL2: number | null
  readonly relativeL2Pooled: number | null
  /** The same network untrained, its readout solved by ridge regression. */
  readonly baselineRidge: number | null
  readonly steps: number
  /** Training alone. */
  readonly seconds: number
  readonly forwardEquivalents: number
  readonly peakBytes: number
}

const bytes = (n: number): string =>
  n >= 1 << 20 ? `${(n / (1 << 20)).toFixed(1)} MiB` : `${(n / 1024).toFixed(0)} KiB`
const error = (value: number | null): string => (value === null ? 'not finite' : value.toFixed(4))

/** Writes the result to standard output. */
export function showResult(
  io: Io,
  result: Result,
  options: { readonly json: boolean; readonly figures: readonly string[] },
): void {
  if (options.json) return io.out(`${JSON.stringify(result)}\n`)
  const lines = [
    `${result.problem} by ${result.estimator} on ${result.backend}`,
    `  relative L2 on the test points   ${error(result.relativeL2)}`,
    `  untrained with a ridge readout   ${error(result.baselineRidge)}`,
    `  steps ${result.steps} in ${duration(result.seconds)}, ${Math.round(result.forwardEquivalents)} forward passes, peak memory ${bytes(result.peakBytes)}`,
    `  run folder   ${result.run}`,
    ...(options.figures.length > 0 ? [`  figures      ${options.figures.join(', ')}`] : []),
  ]
  io.out(`${lines.join('\n')}\n`)
}
