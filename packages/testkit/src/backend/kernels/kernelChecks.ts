import type { Check } from '../../check.js'
import type { BackendSubject } from '../subject.js'
import { mixedChecks } from './mixedChecks.js'
import { reductionChecks } from './reductionChecks.js'
import { spaceChecks } from './spaceChecks.js'
import { strideChecks } from './strideChecks.js'

/** Checks of single kernels: spaces, strides, reductions, and mixtures of them. */
export function kernelChecks(): Check<BackendSubject>[] {
  return [...spaceChecks(), ...strideChecks(), ...reductionChecks(), ...mixedChecks()]
}
