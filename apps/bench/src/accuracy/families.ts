/** Families of problems: each has a page of the accuracy benchmark. */
import { SpikewardError } from '@spikeward/core'
import { factories } from '@spikeward/experiment'
import type { Factories } from '@spikeward/experiment'
import type { Cell } from './cell.js'

/**
 * Pages of several problems, by their names in `spikeward list`. Every other problem has the page that {@link familyOf}
 * derives from its kind.
 */
export const families = {
  plane: ['darcy-2d', 'navier-stokes', 'nonlinear-diffusion-2d'],
  flows: [
    'allen-cahn',
    'burgers-pinn',
    'inverse-burgers',
    'inverse-poisson',
    'kovasznay',
    'lid-driven-cavity',
    'taylor-green',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** The page of problems of a kind. */
const pages: Readonly<Record<string, string>> = { regression: 'functions', operator: 'operators', pinn: 'equations' }

const kinds: Factories = factories.problem

/** The family of a problem, which names its page. */
export function familyOf({ problem }: Pick<Cell, 'problem'>): string {
  const named = Object.entries<readonly string[]>(families).find(([, problems]) => problems.includes(problem))
  const family = named?.[0] ?? pages[String(kinds[problem]?.declaration.facts['kind'])]
  if (family !== undefined) return family
  throw new SpikewardError(
    'BENCH_DOCS',
    `no declared problem is called ${problem}, so its runs have no page; \`spikeward list problems\` prints the names`,
  )
}
