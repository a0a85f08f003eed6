import { kebabCase } from '@spikeward/core'
import { regressionDefaults } from '@spikeward/problems/regression'
import { OWN } from './own.js'
import { fromLink } from './link.js'

/** Whether an address names a problem that loads later: an equation, or one that does not exist. */
export function isLater(hash: string): boolean {
  const { problem } = fromLink(hash)
  return problem !== OWN && !Object.hasOwn(regressionDefaults, kebabCase(problem))
}
