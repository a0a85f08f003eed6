import type { ProblemDefaults } from '../defaults/problemDefaults.js'
import { mexicanHatDefaults } from './mexicanHatDefaults.js'
import { parabolaDefaults } from './parabolaDefaults.js'
import { rippleDefaults } from './rippleDefaults.js'

/** Tuned defaults of the functions of points by name, for pages: those of operators are several times as long. */
export const regressionDefaults: Readonly<Record<string, ProblemDefaults>> = {
  'mexican-hat': mexicanHatDefaults,
  parabola: parabolaDefaults,
  ripple: rippleDefaults,
}
