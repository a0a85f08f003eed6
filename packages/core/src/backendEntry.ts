/**
 * The entry point for backends: the Backend contract, Plans, the bookkeeping that backends share, the reference
 * backend, and the helpers that declare a backend's options.
 *
 * @module backend
 */
export type {
  Backend,
  BackendFacts,
  BackendStats,
  Capabilities,
  DeviceBuffer,
  Executable,
  Profile,
  StepTime,
} from './backend/backend.js'
export { bytesOf, hostArray, hostView, isFloat, type DType, type FloatDType, type TypedArray } from './tensor/dtype.js'
export { SpikewardError, UnavailableError, unreachable } from './errors.js'
export { accessRange, type Access, type Carry, type Kernel, type KernelNode, type Store } from './plan/kernel.js'
export {
  arityOf,
  type BinaryOp,
  binaryOperations,
  type CompareOp,
  contains,
  isComparison,
  isRealFunction,
  type Operation,
  operations,
  type RealFunction,
  realFunctions,
  reductionIdentity,
  type ScalarOp,
  type UnaryOp,
  unaryOperations,
} from './plan/operations.js'
export { overlaps, slotSpan, type Span, type Operand, type Plan, type Slot, type Step } from './plan/plan.js'
export type { DotRoutine } from './routines/dot.js'
export { routines, type AnyRoutine, type Routine, type RoutineOfKind } from './routines/routines.js'
export type { FieldType, Fields, OperandAxis, OperandSpan, Windows } from './routines/routineDeclaration.js'
export { printPlan } from './plan/printPlan.js'
export { argsOf, stageOf, type Stage } from './plan/stages.js'
export { referenceBackend } from './reference/referenceBackend.js'
export { checkAliases } from './backendKit/checkAliases.js'
export { checkPlan } from './backendKit/checkPlan.js'
export { bookkeeping, type Bookkeeping, type BookkeepingOptions, type CompiledPlan } from './backendKit/bookkeeping.js'
export { mergeAxes, withoutUnitAxes, type AxesOfKernel } from './backendKit/mergeAxes.js'
export {
  aligned,
  growingAllocator,
  type GrowingAllocator,
  type GrowingMemory,
} from './backendKit/growingAllocator.js'
export { type FreeList } from './backendKit/freeList.js'
export { countPlan } from './backendKit/countPlan.js'
export type { Count } from './routines/routineDeclaration.js'
export { countingBackend } from './backendKit/countingBackend.js'
export { defineFactory, type Declared } from './options/defineFactory.js'
export { integer } from './options/numberOptions.js'
export { defineOptions, type Filled, type Option, type OptionsOf } from './options/option.js'
export { either, opaque, opaqueType } from './options/valueTypes.js'
export { choice, flag, text } from './options/choiceOptions.js'
export { asElement, evaluateScalar } from './reference/scalar.js'
