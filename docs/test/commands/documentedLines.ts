import { commands } from '../support/markdown.js'

/** A command line of the documentation. */
export interface DocumentedLine {
  readonly page: string
  readonly line: string
  /** Why it is not run, if it is not. */
  readonly onlyParsed: string | null
}

/** Every command line of the documentation, page by page. */
export async function documentedLines(): Promise<DocumentedLine[]> {
  const all = await commands()
  return all.flatMap(({ page, lines, onlyParsed }) => lines.map((line) => ({ page, line, onlyParsed })))
}
