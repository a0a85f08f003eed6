/** Families of problems: each has a page of the accuracy benchmark, docs/benchmarks/accuracy/NAME.md. */
import { SpikewardError } from '@spikeward/core'
import type { Cell } from './cell.js'

/**
 * The problems of each family, as `spikeward list` names them; an option after a name limits it to trainings with that
 * option. A page has at most 3,000 words: split a family before its page is longer.
 */
export const families = {
  functions: ['mexican-hat', 'parabola', 'ripple'],
  'operators/steady': ['poisson-1d'],
  'operators/transport': ['advection', 'advection-diffusion', 'diffusion'],
  'operators/burgers': ['burgers'],
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

/**
 * The family of a training on `problem` with `options` of `spikeward train`.
 *
 * @throws BENCH_DOCS for a problem without a family
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
  if (narrowest !== undefined) return narrowest.family
  throw new SpikewardError(
    'BENCH_DOCS',
    `no family has the problem ${problem}; add it to one in apps/bench/src/accuracy/families.ts`,
  )
}
