/** Options of estimators whose names have changed since the run was stored. */
import { listsOf, lookUp } from '../../catalogue/factories.js'
import { parseExpression } from '../../catalogue/notation/expression.js'
import type { Expression } from '../../catalogue/notation/expression.js'
import { takesFlag } from '../../catalogue/optionValues.js'
import { isExternal } from '../../plugins/reference.js'
import type { TrainConfig } from '../trainConfig.js'
import earlierNames from './earlierNames.json' with { type: 'json' }

/** Present names of options by those in earlier runs, which state them as values and in the text of an estimator. */
const renamed: Readonly<Record<string, string>> = earlierNames

const nowCalled = (option: string): string => (Object.hasOwn(renamed, option) ? renamed[option]! : option)

/** An expression and all those inside it. */
const withInner = (e: Expression): readonly Expression[] => [
  e,
  ...[...e.args, ...Object.values(e.parts)].flatMap((one) => (typeof one === 'number' ? [] : withInner(one))),
]

/** The text of an estimator with the present names of the options of those that the library declares. */
function inText(text: string, all: readonly Expression[]): string {
  const places = all.flatMap(({ name, optionsAt }) =>
    isExternal(name) ? [] : Object.entries(optionsAt).filter(([option]) => nowCalled(option) !== option),
  )
  return places
    .sort(([, a], [, b]) => b - a)
    .reduce((t, [option, at]) => t.slice(0, at) + nowCalled(option) + t.slice(at + option.length), text)
}

/**
 * The settings with the present names of the options of the library's estimators. A package has options of its own, which keep
 * their names, also where an estimator of the library contains one of a package.
 *
 * @throws CLI_BAD_VALUE if the text of the estimator is no name with options
 */
export function withCurrentOptions({ estimator, estimatorOptions, ...config }: TrainConfig): TrainConfig {
  const all = withInner(parseExpression('estimator', estimator))
  const hasExternal = all.some(({ name }) => isExternal(name))
  const takes = (flag: string): boolean =>
    all.some(({ name }) => {
      const found = lookUp(listsOf('estimator'), name)
      return found !== null && takesFlag(found.factory, flag)
    })
  // A value by flag is given to every estimator that accepts it, so a package's and the library's both find theirs.
  const options = Object.entries(estimatorOptions).flatMap(([option, value]) => {
    const now = nowCalled(option)
    if (now === option || !hasExternal) return [[now, value] as const]
    return [[option, value] as const, ...(takes(now) ? [[now, value] as const] : [])]
  })
  return { ...config, estimator: inText(estimator, all), estimatorOptions: Object.fromEntries(options) }
}
