import { resolve } from 'node:path'
import type { OperatorProblem, PinnProblem } from '@spikeward/core'
import type { JsonRecord } from '@spikeward/train'
import { checkedEquation } from './readEquation.js'

/**
 * The part of an equation that states the conditions built into its output, as an equation of its own: it names no file, so that a checkpoint may
 * hold it.
 *
 * @param name the path of the equation
 */
export async function conditionsOfEquation(
  name: string,
  { axes, domain }: OperatorProblem | PinnProblem,
): Promise<JsonRecord> {
  const { unknowns = ['u'], constants = {}, hard = {}, name: title } = await checkedEquation(resolve(name))
  return {
    name: title,
    axes: Object.fromEntries(axes.map((axis, a) => [axis, [...domain[a]!]])),
    unknowns,
    constants,
    equations: unknowns.map((unknown) => `${unknown} = 0`),
    hard,
  }
}
