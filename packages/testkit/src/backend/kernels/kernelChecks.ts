import type { Check } from '../../check.js'
import type { BackendUnderTest } from '../backendUnderTest.js'
import { angleChecks } from './angleChecks.js'
import { mixedChecks } from './mixedChecks.js'
import { reductionChecks } from './reductionChecks.js'
import { spaceChecks } from './spaceChecks.js'
import { strideChecks } from './strideChecks.js'

/** Checks of single kernels: spaces, strides, reductions, mixtures of them, and angles of any size. */
export function kernelChecks(): Check<BackendUnderTest>[] {
  return [...spaceChecks(), ...strideChecks(), ...reductionChecks(), ...mixedChecks(), ...angleChecks()]
}
