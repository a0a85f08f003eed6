/** The names that settings of a run take, from the declared exports of the packages. */
import type { Declaration, Estimator } from '@spikeward/core'
import type * as estimators from '@spikeward/estimators'
import type * as problems from '@spikeward/problems'
import type { Problem } from '../catalogue/kinds/problems.js'

type Upper =
  | 'A'
  | 'B'
  | 'C'
  | 'D'
  | 'E'
  | 'F'
  | 'G'
  | 'H'
  | 'I'
  | 'J'
  | 'K'
  | 'L'
  | 'M'
  | 'N'
  | 'O'
  | 'P'
  | 'Q'
  | 'R'
  | 'S'
  | 'T'
  | 'U'
  | 'V'
  | 'W'
  | 'X'
  | 'Y'
  | 'Z'
type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'

/** `mexicanHat` as `mexican-hat`, `poisson1d` as `poisson-1d`: the type of core's `kebabCase`. */
export type Kebab<Name extends string, Before extends string = ''> = Name extends `${infer First}${infer Rest}`
  ? First extends Upper
    ? `${Before extends '' ? '' : '-'}${Lowercase<First>}${Kebab<Rest, First>}`
    : First extends Digit
      ? `${Before extends Digit | '' ? '' : '-'}${First}${Kebab<Rest, First>}`
      : `${First}${Kebab<Rest, First>}`
  : ''

/** Exports that make something of a type without an argument, and are declared. */
type Makers<Exports, Made> = {
  [K in keyof Exports]: Exports[K] extends (() => Made) & {
    readonly declaration: Declaration<never, never> | Declaration
  }
    ? K
    : never
}[keyof Exports]

/** The problems of the library: `burgers`, `poisson-1d`, `mexican-hat`, … */
export type ProblemName = Kebab<Makers<typeof problems, Problem>>

/** The estimators of the library: `rfg`, `eligibility`, `activity`, … */
export type EstimatorName = Makers<typeof estimators, Estimator>

/** A name of the library, or another text: a package's part, `package#name`, or a name with options, `rfg(directions=8)`. */
export type Named<Name extends string> = Name | (string & Record<never, never>)
