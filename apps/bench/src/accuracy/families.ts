/** Families of problems: each has a page of the accuracy benchmark, docs/benchmarks/accuracy/NAME.md. */
import { SpikewardError, declaredIn, kebabCase } from '@spikeward/core'
import * as problemPackage from '@spikeward/problems'
import type { Cell } from './cell.js'

/**
 * Pages of several problems, and pages of some cases of a problem: its name as in `spikeward list`, with an option that
 * limits it to trainings with that option. Every other problem has the page that {@link familyOf} derives. A page has at
 * most 3,000 words: split a family before its page is longer.
 */
export const families = {
  'operators/steady': ['poisson-1d'],
  'operators/transport': ['advection', 'advection-diffusion', 'diffusion'],
  'operators/reaction': ['nagumo', 'reaction-diffusion'],
  'operators/plane': ['darcy-2d', 'navier-stokes', 'nonlinear-diffusion-2d'],
  poisson: ['poisson-2d'],
  shapes: ['poisson-2d --shape'],
  helmholtz: ['helmholtz-2d', 'poisson-pinn'],
  elasticity: ['elasticity-2d'],
  'heat-and-wave': ['heat-1d', 'wave-1d'],
  fronts: ['allen-cahn', 'burgers-pinn'],
  kovasznay: ['kovasznay'],
  vortices: ['taylor-green'],
  cavity: ['lid-driven-cavity'],
  inverse: ['inverse-burgers', 'inverse-poisson'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** The declared kind of each problem: `regression`, `operator` or `pinn`. */
const kinds: ReadonlyMap<string, unknown> = new Map(
  Object.values(declaredIn({ ...problemPackage }, 'problem')).map(({ declaration }) => [
    kebabCase(declaration.name),
    declaration.facts['kind'],
  ]),
)

/** The family of a problem that {@link families} does not name, by its declared kind. */
function derivedFamily(problem: string): string {
  const kind = kinds.get(problem)
  if (kind === 'regression') return 'functions'
  if (kind === 'operator') return `operators/${problem}`
  if (kind === 'pinn') return `equations/${problem}`
  throw new SpikewardError(
    'BENCH_DOCS',
    `no declared problem is called ${problem}, so its runs have no page; \`spikeward list problems\` prints the names`,
  )
}

/**
 * The family of a training on `problem` with `options` of `spikeward train`: the narrowest entry of {@link families}; for
 * other problems `functions` if it is a function of points, else `operators/NAME` or `equations/NAME`.
 *
 * @throws BENCH_DOCS if no problem has this name
 */
export function familyOf({ problem, options }: Pick<Cell, 'problem' | 'options'>): string {
  const given = options.split(' ')
  const fitting = Object.entries<readonly string[]>(families).flatMap(([family, cases]) =>
    cases
      .map((text) => text.split(' '))
      .filter(([name, ...needed]) => name === problem && needed.every((option) => given.includes(option)))
      .map((words) => ({ family, words: words.length })),
  )
  // A case with an option is narrower than its problem.
  const [narrowest] = fitting.sort((a, b) => b.words - a.words)
  return narrowest?.family ?? derivedFamily(problem)
}
