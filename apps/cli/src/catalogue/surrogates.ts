import type { Surrogate } from '@spikeward/core'
import * as n from '@spikeward/neurons'
import { guardSurrogate } from '../plugins/guardSurrogate.js'
import { callFactory, loadFactory } from '../plugins/loadFactory.js'
import { isExternal, referenceOf } from '../plugins/reference.js'
import { pick } from '../usage/pick.js'
import { usageError } from '../usage/usageError.js'
import type { Catalogue } from './entry.js'
import { parseExpression } from './expression.js'

/** Surrogates: what stands for the derivative of the spike. Options stand in parentheses: `atan(alpha=4)`. */
export const surrogates = {
  atan: { about: 'slope of an arctangent, alpha=2', make: n.atan },
  fastSigmoid: { about: 'slope of a fast sigmoid, slope=25', make: n.fastSigmoid },
  sigmoid: { about: 'slope of the logistic function, slope=25', make: n.logistic },
  gaussian: { about: 'Gaussian density, sigma=0.4', make: n.gaussian },
  steinGaussian: { about: 'Stein’s weak form of the step’s derivative in closed form', make: n.steinGaussian },
  erf: { about: 'slope of an error function, alpha=2', make: n.errorFunction },
  triangular: { about: 'triangle of compact support, alpha=1', make: n.triangular },
  boxcar: { about: 'boxcar of compact support, alpha=1', make: n.boxcar },
  piecewiseExp: { about: 'two-sided exponential, alpha=1', make: n.piecewiseExp },
  softSign: { about: 'slope of a soft sign, alpha=2', make: n.softSign },
  superSpike: { about: 'SuperSpike, alpha=1', make: n.superSpike },
  straightThrough: { about: 'slope 1 everywhere', make: n.straightThrough },
} satisfies Catalogue<(options: object) => Surrogate>

/**
 * The surrogate of a name: `atan`, `atan(alpha=4)`, `package#name`.
 *
 * @throws CLI_UNKNOWN_NAME, CLI_BAD_VALUE, CLI_USAGE, CLI_PACKAGE; those of the factories
 */
export async function makeSurrogate(text: string): Promise<Surrogate> {
  const { name, args, options } = parseExpression('surrogate', text)
  if (args.length > 0) {
    throw usageError('CLI_USAGE', `the surrogate ${name} takes options, such as (alpha=4), and nothing else`)
  }
  if (isExternal(name)) {
    const plugin = referenceOf('surrogate', name)
    return guardSurrogate(plugin, await callFactory(plugin, await loadFactory(plugin), options))
  }
  const factory: (options: object) => Surrogate = pick('surrogate', name, surrogates).make
  return factory(options)
}
