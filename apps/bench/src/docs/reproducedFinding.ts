/** The sentence of docs/benchmarks.md about a stored reproduction of a paper. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digits } from '../report/formatNumbers.js'

/** The part of a file of docs/benchmarks/runs/reproduce that the sentence quotes. */
type Reproduction = {
  readonly rows: readonly {
    readonly problem: string
    readonly label: string
    readonly paper: number | null
    readonly mean: number
    readonly spread: number
  }[]
}

/** The first result of a stored reproduction, with the number of its paper. */
export async function reproducedFinding(folder: string, name: string): Promise<string> {
  const text = await readFile(join(folder, 'runs', 'reproduce', `${name}.json`), 'utf8')
  const [{ problem, label, paper, mean, spread }] = (JSON.parse(text) as Reproduction).rows as [Reproduction['rows'][0]]
  return (
    `On ${problem}, the ${label}, ends at a relative L2 error of ${digits(mean)} ± ${digits(spread, 2)} with our settings; ` +
    `the paper, whose settings are not public, reports ${digits(paper)}.`
  )
}
