/** The kind of a factory or of a declared value; catalogues are grouped by it. */
export type Kind =
  | 'backend'
  | 'combinator'
  | 'convention'
  | 'derivative'
  | 'deviceEstimator'
  | 'distribution'
  | 'encoder'
  | 'estimator'
  | 'network'
  | 'neuron'
  | 'optimizer'
  | 'problem'
  | 'readout'
  | 'refinement'
  | 'reset'
  | 'schedule'
  | 'solver'
  | 'surrogate'
  | 'task'
  | 'transform'
  | 'wrapper'

/**
 * Finds a declared value of a kind, or calls its factory, from its notation: `gaussian`, `rfg(directions=4)`,
 * `package#name`. Throws if there is none.
 */
export type Resolve = (kind: Kind, text: string) => unknown

/** The values that an option may have: one record of pure functions for each type of value. */
export interface ValueType<T> {
  readonly name:
    | 'choice'
    | 'declared'
    | 'either'
    | 'flag'
    | 'integer'
    | 'list'
    | 'none'
    | 'number'
    | 'opaque'
    | 'pair'
    | 'record'
    | 'tensor'
    | 'text'
  /** The values in words, for messages and help: `a whole number from 1 to 64`. */
  readonly expects: string
  /** Whether a value is one of them. */
  readonly accepts: (value: unknown) => value is T
  /**
   * The value of a text; undefined for a text that has none. Null: such values cannot be written as text
   * (functions, tensors), so that command lines and stored configurations leave them out.
   */
  readonly parse: ((text: string, resolve: Resolve) => unknown) | null
  /** The values of a choice. */
  readonly choices?: readonly string[]
  /** The bounds of a number, if it has any. */
  readonly range?: Range
  /** The kind of a declared value. */
  readonly kind?: Kind
  /** The entries of a list, or of a record with any names. */
  readonly items?: ValueType<unknown>
  /**
   * The size of a value that cannot be written as text: of a block, the units of its layers. Command lines and controls
   * set the size, and the program that reads them makes the value.
   */
  readonly size?: ValueType<unknown>
  /** The two types of a value that may be of either. */
  readonly alternatives?: readonly [ValueType<unknown>, ValueType<unknown>]
}

/** The range of a number. Bounds are inclusive unless `above` or `below` is set. */
export interface Range {
  readonly min?: number
  readonly max?: number
  /** True if `min` itself is not allowed. */
  readonly above?: boolean
  /** True if `max` itself is not allowed. */
  readonly below?: boolean
}
