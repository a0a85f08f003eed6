/**
 * The public API for users and the other packages. Backends import `@spikeward/core/backend` and
 * `@spikeward/core/tiling`.
 *
 * @module core
 */
export { SpikewardError, UnavailableError, firstError, unreachable } from './errors.js'
export { isRecord, isShallow, parseJson } from './parseJson.js'
export { bytesOf, hostArray, isFloat, type DType, type FloatDType, type TypedArray } from './tensor/dtype.js'
export { aval, printAval, sameShape, sizeOf, type Aval, type Shape } from './tensor/aval.js'
export { bufferOf } from './tensor/deviceTensor.js'
export { Tensor, type TensorLike } from './tensor/tensor.js'
export { sameStructure, scope, treeFlatten, treeLeaves, treeMap, treePaths, treeUnflatten } from './tensor/tree.js'
export type { Structure, Tree } from './tensor/tree.js'
export { Key, key } from './numpy/key.js'

export * from './numpy/elementwise.js'
export { arange, full, iota, linspace, ones, onesLike, tensor, zeros, zerosLike, type Nested } from './numpy/create.js'
export {
  broadcastTo,
  concatenate,
  expandDims,
  flip,
  pad,
  reshape,
  slice,
  squeeze,
  stack,
  take,
  transpose,
} from './numpy/shape.js'
export * from './numpy/reduce.js'
export { einsum } from './numpy/einsum.js'
export { conv, convTranspose, type ConvOptions, type ConvTransposeOptions } from './numpy/convolution.js'
export type { Edges, Padding } from './numpy/windows.js'
export { avgPool, maxPool, upsample, type PoolOptions } from './numpy/pooling.js'
export { fft, irfft, rfft, type Complex } from './numpy/fourier.js'
export { spectralConv } from './numpy/spectralConv.js'
export * from './numpy/segments.js'
export { attention, layerNorm, softmax } from './numpy/attention.js'
export { meanRelativeL2, relativeL2 } from './metrics/relativeL2.js'
export { symmetricEigen } from './metrics/symmetricEigen.js'
export {
  coordsFrom,
  coordsPoints,
  coordsShape,
  coordsTensors,
  toCoords,
  toOperatorTensors,
} from './numpy/coordinates.js'
export {
  bernoulli,
  bitcast,
  bits,
  boxMuller,
  laplace,
  normal,
  rademacher,
  randint,
  sphere,
  uniform,
} from './numpy/random.js'
export type { DrawOptions } from './numpy/random.js'
export { stopGradient } from './primitives/pointwise/cast.js'

export { customJvp, jvp, smoothSpikes } from './transforms/jvp.js'
export { collapsedJet, type CollapsedJetOptions } from './transforms/collapsedJet.js'
export { jet } from './transforms/jet.js'
export { grad, linearize, valueAndGrad, vjp } from './transforms/vjp.js'
export { vmap } from './transforms/vmap.js'
export { checkpoint, type CheckpointOptions } from './transforms/checkpoint.js'
export { scan, type ScanOptions } from './transforms/scan.js'
export type { JvpRule } from './primitives/customJvpPrimitive.js'
export { jit, type JitOptions, type JitStats, type Jitted } from './transforms/jit.js'
export { trace } from './transforms/flat.js'
export { affine, affineMap, type Affine, type AffineMap, type AffineMapOptions } from './layers/affine.js'
export { along, convolve, spectral, type Graph } from './layers/linearMaps.js'
export { overTime } from './layers/overTime.js'
export { collect, neuronsOf, type CollectOptions, type LayerRecord } from './layers/collect.js'
export { layerGradient, layerWeights } from './layers/layerGradient.js'
export type { Layer } from './layers/layerProgram.js'
export { online, onlineRules } from './layers/online.js'
export type { Online, OnlineCarry, OnlineOptions, OnlineRule } from './layers/online.js'
export { passDown, type Feedback } from './layers/passDown.js'
export { layersOf, perturb, type ByLayer, type PerturbOptions, type Perturbations } from './layers/perturb.js'
export { sigmaDeltaForm, type SigmaDeltaForm, type SigmaDeltaStep } from './layers/sigmaDeltaForm.js'
export { traces } from './layers/traces.js'
export { precisionOf, toBackend } from './transforms/toBackend.js'
export { checkBackend } from './backend/backend.js'

export { evaluateEquation } from './interpreters/runProgram.js'
export { inlineProgram } from './program/passes/inlineProgram.js'
export { isLiteral } from './program/program.js'
export { printProgram } from './program/printProgram.js'
export { checkProgram } from './program/checkProgram.js'
export type { Atom, ClosedProgram, Equation, Literal, Program, Var } from './program/program.js'
export type { DotParams, ScanParams } from './program/params.js'
export type { PointwiseName, Primitive } from './program/program.js'
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
export { referenceBackend } from './reference/referenceBackend.js'

export { construct, decodeOption, decodeOptions, onlyDeclared } from './options/construct.js'
export {
  estimatorOption,
  estimatorsOption,
  isEstimator,
  isNeuronModel,
  isOptimizer,
  isSurrogate,
  neuronOption,
  optimizerOption,
  optimizersOption,
  surrogateOption,
} from './options/contractOptions.js'
export { declaredIn, defineFactory, defineValue, isDeclared, kebabCase } from './options/defineFactory.js'
export type { Advice, Declaration, DeclarationInput, Declared, Facts, Read } from './options/defineFactory.js'
export { describeFactory, describeOption, printOption } from './options/describeFactory.js'
export type { FactoryDescription, OptionDescription } from './options/describeFactory.js'
export { integer, integers, number, numbers, pairs, parseNumber } from './options/numberOptions.js'
export { defineOptions, option } from './options/option.js'
export type { Filled, Option, Options, OptionsOf, Presence, PresenceOf, Spec, ValueOf } from './options/option.js'
export { describeValue, printValue } from './options/describeValue.js'
export { checkNames, checkValue, readOptions } from './options/readOptions.js'
export { declared, declaredType, either, none, opaque, opaqueType, scalarTensor } from './options/valueTypes.js'
export type { Kind, Range, Resolve, ValueType } from './options/valueType.js'
export { choice, choices, flag, text } from './options/choiceOptions.js'

export { inOrder } from './contracts/parallel/communicator.js'
export type { CallOptions, Communicator, Payload, ShareOut, Traffic } from './contracts/parallel/communicator.js'
export { checkJobs, workOf, type Job, type Scheduler, type Work } from './contracts/parallel/scheduler.js'
export { lossParts, type Loss, type LossParts, type SequenceParts } from './contracts/loss.js'
export type {
  AlongDirections,
  Estimate,
  Estimator,
  EstimatorFacts,
  Optimizer,
  Stateless,
  Stats,
  Unbiased,
} from './contracts/estimator.js'
export type { NeuronModel, Spike, Surrogate } from './contracts/neuron.js'
export type { Network, SequenceNetwork, StepTrial, Variables } from './contracts/network.js'
export type {
  CoordinateDependence,
  Differentiate,
  RawOutput,
  OperatorNetwork,
  OperatorTensors,
} from './contracts/operatorNetwork.js'
export type { Domain, InputColumn, PointSet, RegressionProblem, WindowShape } from './contracts/problems/problem.js'
export type {
  Coefficients,
  Condition,
  Continuation,
  Coords,
  DataOptions,
  DataProgress,
  DerivativeOrder,
  Field,
  Generator,
  HardConditions,
  HostCoords,
  OperatorData,
  OperatorProblem,
  Physics,
  PinnProblem,
  PlaneShape,
  Region,
  Sensors,
  SourceFunction,
  WeightedDirection,
} from './contracts/problems/operatorProblem.js'
export type {
  RolloutProblem,
  TrajectoryData,
  TrajectoryGrid,
  TrajectoryProblem,
} from './contracts/problems/trajectoryProblem.js'
