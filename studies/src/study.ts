import type { Backend } from '@spikeward/core'

/** Options of a run of a study. */
export interface StudyRun {
  /** True: a small form that ends within a minute or two. False: all key pairs and rivals. */
  readonly quick: boolean
  readonly backend: Backend
  /** A line of progress. */
  readonly log: (line: string) => void
}

/** The computation behind one published table. */
export interface Study<R = unknown> {
  readonly name: string
  /** The subject of the table, in one line. */
  readonly summary: string
  /** Pure up to its progress: the same keys give the same result on the same backend. */
  run(options: StudyRun): Promise<R>
  /** The result as a table in Markdown. */
  table(result: R): string
}
