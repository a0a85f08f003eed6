import type { Backend } from '@spikeward/core'
import type { FigureSpec } from '@spikeward/plots'

/** How a study runs. */
export interface StudyRun {
  /** True: a small form that ends within a minute or two. False: all key pairs and rivals. */
  readonly quick: boolean
  readonly backend: Backend
  /** Opens another backend of the same kind. */
  readonly openBackend: () => Promise<Backend>
  /** A line of progress. */
  readonly log: (line: string) => void
}

/** The computation behind published tables. */
export interface Study<R extends object = object> {
  readonly name: string
  /** The subject of the tables, in one line. */
  readonly summary: string
  /** Pure up to its progress: the same keys give the same result on the same backend, but for measured times. */
  run(options: StudyRun): Promise<R>
  /** The result as tables in Markdown. */
  table(result: R): string
  /** The result in a sentence, which docs/benchmarks.md quotes. */
  finding?(result: R): string
  /** Figures of the guides, docs/images/NAME.svg: specifications, or the SVG itself. */
  figures?(result: R): Readonly<Record<string, FigureSpec | string>>
}
