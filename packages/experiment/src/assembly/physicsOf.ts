import { type Differentiate, type Key, construct, onlyDeclared } from '@spikeward/core'
import { stencilWidth } from '@spikeward/operators'
import type { PhysicsOptions, Refinement } from '@spikeward/train'
import { splitAtCommas } from '../catalogue/notation/expression.js'
import { findFactory, leafOf, makeFrom, makeByName, resolverFor } from '../catalogue/make.js'
import { allOptions, decodeValues } from '../catalogue/optionValues.js'
import { factories } from '../catalogue/factories.js'
import { genericSizes } from '../catalogue/kinds/networkSizes.js'
import { losses } from '../config/networkPart.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { callPlugin } from '../plugins/reference.js'
import { pick, usageError } from '../usage/usageError.js'

type Step = PhysicsOptions['differentiate']

/**
 * The differentiation method of a residual: `exact`, `stencil(accuracy=4)`, `package#name`. A method with a `step` or a
 * `sigma` receives the width; a method with a `key` is made again at each step of training.
 */
async function derivativeOf(text: string, width: number): Promise<Step> {
  const { name, options } = leafOf('derivative', text)
  const entry = await findFactory('derivative', name)
  const sizes = { step: width, sigma: width }
  const { factory, plugin } = entry
  if (factory === null) return (await makeFrom(entry, {}, { ...sizes, ...options })) as Step
  const values = decodeValues(factory, { ...onlyDeclared(factory, sizes), ...options }, await resolverFor(options))
  const make = (more: object): Differentiate => {
    const make = (): Differentiate => construct(factory, { ...values, ...more }) as Differentiate
    return plugin === null ? make() : callPlugin(plugin, 'the factory', make)
  }
  return Object.hasOwn(allOptions(factory), 'key') ? { from: (key: Key) => make({ key }) } : make({})
}

async function refinementsOf(text: string | null): Promise<readonly Refinement[]> {
  const parts = text === null ? [] : splitAtCommas(text).map((part) => part.trim())
  const refinements = await Promise.all(parts.map((part) => makeByName('refinement', part, {})))
  return refinements.map((one) => one.made as Refinement)
}

export async function physicsOf(
  config: TrainConfig,
  domain: readonly (readonly [number, number])[],
  separable: boolean,
): Promise<PhysicsOptions | null> {
  if (!pick('loss', config.loss ?? 'data', losses).physics) return null
  if (config.derivative === 'none')
    throw usageError(
      'CLI_USAGE',
      `a residual needs derivatives: --derivative none requires --loss data; give one of ${Object.keys(factories.derivative).join(', ')}`,
    )
  const width = config.derivativeStep ?? stencilWidth(domain)
  const collocation = config.collocation ?? genericSizes.collocation
  const differentiate = await derivativeOf(config.derivative ?? 'surrogate', width)
  const refine = await refinementsOf(config.refine)
  return {
    differentiate,
    interior: separable ? domain.map(() => collocation) : collocation,
    ...(refine.length === 0 ? {} : { refine }),
  }
}
