/** Each kind of problem has a page of the accuracy benchmark. */
import { type Factories, factories } from '@spikeward/experiment'
import { docsError } from '../docs/storedInDocs.js'
import type { Cell } from './cell.js'

/** The page of problems of a kind. */
const pages: Readonly<Record<string, string>> = { regression: 'functions', operator: 'operators', pinn: 'equations' }

const kinds: Factories = factories.problem

/** The page of a problem, which its kind names. */
export function familyOf({ problem }: Pick<Cell, 'problem'>): string {
  const family = pages[String(kinds[problem]?.declaration.facts['kind'])]
  if (family !== undefined) return family
  throw docsError(
    `no declared problem is called ${problem}, so its runs have no page; \`spikeward list problems\` prints the names`,
  )
}
