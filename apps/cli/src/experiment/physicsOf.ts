import type { Differentiate, Key } from '@spikeward/core'
import {
  exactDerivatives,
  noDerivatives,
  steinDerivatives,
  stencilDerivatives,
  surrogateDerivatives,
} from '@spikeward/operators'
import type { PhysicsOptions } from '@spikeward/train'
import { genericSizes } from '../config/genericSizes.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { pick } from '../usage/pick.js'
import { usageError } from '../usage/usageError.js'

type Step = PhysicsOptions['differentiate']

/** The five ways in which a residual differentiates in the coordinates, by the width of what has one. */
export const derivatives: Readonly<Record<string, (width: number) => Step>> = {
  exact: () => exactDerivatives(),
  surrogate: () => surrogateDerivatives(),
  stein: (sigma) => ({ from: (key: Key): Differentiate => steinDerivatives({ key, sigma }) }),
  stencil: (step) => stencilDerivatives({ step }),
  none: () => noDerivatives(),
}

/** What is learned from. */
export const losses: Readonly<Record<string, { readonly data: boolean; readonly physics: boolean }>> = {
  data: { data: true, physics: false },
  physics: { data: false, physics: true },
  hybrid: { data: true, physics: true },
}

/** The share of the shortest axis that a stencil, or the noise of Stein's derivatives, is wide where nothing is said. */
const SHARE = 0.05

/** How the equation becomes a part of the loss; null where it does not. */
export function physicsOf(
  config: TrainConfig,
  domain: readonly (readonly [number, number])[],
  separable: boolean,
): PhysicsOptions | null {
  if (!pick('loss', config.loss ?? 'data', losses).physics) return null
  const make = pick('derivative', config.derivative ?? 'surrogate', derivatives)
  if (config.derivative === 'none') {
    throw usageError(
      'CLI_USAGE',
      'a residual without derivatives: --derivative none goes with --loss data; give exact, surrogate, stein or stencil',
    )
  }
  const width = config.derivativeStep ?? SHARE * Math.min(...domain.map(([low, high]) => high - low))
  const collocation = config.collocation ?? genericSizes.collocation
  return { differentiate: make(width), interior: separable ? domain.map(() => collocation) : collocation }
}
