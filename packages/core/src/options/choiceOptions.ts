import { listType } from './numberOptions.js'
import { type Option, type PresenceOf, type Spec, option } from './option.js'
import type { ValueType } from './valueType.js'

const choiceType = <C extends string>(choices: readonly C[]): ValueType<C> => ({
  name: 'choice',
  expects: choices.length === 1 ? `${choices[0]}` : `one of ${choices.join(', ')}`,
  accepts: (x): x is C => choices.some((c) => c === x),
  parse: (text) => text.trim(),
  choices,
})

/**
 * One of a few words.
 *
 * @example
 * const scope = choice(['global', 'layerwise'], { default: 'global', help: 'one direction over all parameters, or one per layer' })
 */
/* @__NO_SIDE_EFFECTS__ */
export function choice<const C extends string, const S extends Spec<C>>(
  choices: readonly C[],
  spec: S,
): Option<C, PresenceOf<S>> {
  return option(choiceType(choices), spec)
}

/**
 * Some of a few words, as a list.
 *
 * @example
 * const learn = choices(['beta', 'threshold'], { default: [], help: 'coefficients to learn, one per neuron' })
 */
/* @__NO_SIDE_EFFECTS__ */
export function choices<const C extends string, const S extends Spec<readonly C[]>>(
  of: readonly C[],
  spec: S,
): Option<readonly C[], PresenceOf<S>> {
  return option(listType(choiceType(of), `words among ${of.join(', ')}`, {}), spec)
}

/**
 * True or false.
 *
 * @example
 * const checkpoint = flag({ default: false, help: 'store √T of T steps and recompute the others' })
 */
/* @__NO_SIDE_EFFECTS__ */
export function flag<const S extends Spec<boolean>>(spec: S): Option<boolean, PresenceOf<S>> {
  return option<boolean, S>(
    {
      name: 'flag',
      expects: 'true or false',
      accepts: (x) => typeof x === 'boolean',
      parse: (text) => ({ true: true, false: false })[text.trim()],
    },
    spec,
  )
}

/**
 * Any text, such as the name of a file.
 *
 * @example
 * const file = text({ required: true, help: 'the NPZ file to read' })
 */
/* @__NO_SIDE_EFFECTS__ */
export function text<const S extends Spec<string>>(spec: S): Option<string, PresenceOf<S>> {
  return option<string, S>(
    { name: 'text', expects: 'a text', accepts: (x) => typeof x === 'string', parse: (written) => written },
    spec,
  )
}
