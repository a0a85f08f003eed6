/**
 * What a backend is written against: the contract, Plans, and the reference to test by.
 *
 * @module backend
 */
export type { Backend, BackendStats, Capabilities, DeviceBuffer, Executable } from './backend.js'
export { bytesOf, hostArray, hostView, isFloat, type DType, type FloatDType, type TypedArray } from './dtype.js'
export { SpikewardError, unreachable } from './errors.js'
export type { Access, BinaryOp, Carry, CompareOp, Kernel, KernelNode, Store, UnaryOp } from './plan/kernel.js'
export type {
  CholeskyRoutine,
  DotRoutine,
  GatherRoutine,
  Operand,
  Plan,
  Routine,
  ScatterAddRoutine,
  Slot,
  Step,
  TriangularSolveRoutine,
} from './plan/plan.js'
export { arrange, type Arrangement } from './plan/arrange.js'
export { countUses, growBand, partitionsOf, type BandRules, type Growth } from './plan/growth.js'
export {
  localityOf,
  rowsIn,
  straightLocality,
  type DotStep,
  type InRows,
  type KernelStep,
  type Locality,
  type Rows,
  type SlotTouch,
  type StraightLocality,
  type StraightStep,
} from './plan/locality.js'
export { overlaps, slotSpan, type Span } from './plan/span.js'
export { argsOf, stageOf, type Stage } from './plan/stages.js'
export { evenTile, tileMemory, tileStep, type TileMemory, type TileOf } from './plan/tile.js'
export { referenceBackend } from './reference/backend.js'
export { checkAliases } from './reference/checkAliases.js'
export { checkPlan } from './reference/checkPlan.js'
export { checkArguments, missingBuffer } from './reference/checkArguments.js'
export { countPlan, type Count } from './reference/count.js'
export { asElement, evaluateScalar, type ScalarOp } from './reference/scalar.js'
