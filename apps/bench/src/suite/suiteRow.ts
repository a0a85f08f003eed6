/** A command line of the suite. `seconds` is its approximate duration on two idle cores. */
export type SuiteRow = { readonly name: string; readonly args: readonly string[]; readonly seconds: number }

/** A row of one line. */
export const row = (name: string, seconds: number, line: string): SuiteRow => ({ name, seconds, args: line.split(' ') })

/** One row for each of several option sets of `spikeward train`, each of them one argument. */
export const withOptions = (name: string, seconds: number, line: string, ...options: readonly string[]): SuiteRow => ({
  name,
  seconds,
  args: [...line.split(' '), ...options.flatMap((o) => ['--options', o])],
})
