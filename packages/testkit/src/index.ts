export { backendChecks, describeBackend } from './backend/describeBackend.js'
export { rememberedReference, type RunReference } from './backend/rememberedReference.js'
export { backendUnderTest, type BackendOptions, type BackendUnderTest } from './backend/backendUnderTest.js'
export { arbitraryKernel, type GeneratedKernel, type GeneratorOptions } from './backend/generate/arbitraryKernel.js'
export { CheckFailure, failuresOf, type Check } from './check.js'
export { checkGradients, type GradientOptions } from './checkGradients.js'
export {
  communicatorChecks,
  communicatorFailures,
  describeCommunicator,
  type CommunicatorFailures,
  type CommunicatorOptions,
} from './ranks/describeCommunicator.js'
export { declarationChecks, describeDeclaration, type DeclarationOptions } from './contracts/declaration.js'
export {
  describeEstimator,
  estimatorChecks,
  estimatorUnderTest,
  type EstimatorOptions,
  type EstimatorProblem,
} from './contracts/describeEstimator.js'
export { describeNeuron, neuronChecks, neuronUnderTest, type NeuronOptions } from './contracts/describeNeuron.js'
export {
  describeOptimizer,
  optimizerChecks,
  optimizerUnderTest,
  type OptimizerOptions,
} from './contracts/describeOptimizer.js'
export {
  ensureConvergence,
  observeConvergence,
  type Convergence,
  type ConvergenceOptions,
} from './contracts/convergence.js'
export type { HostField } from './contracts/hostField.js'
export {
  describeOperatorProblem,
  operatorProblemChecks,
  type MakeOperatorProblem,
  type OperatorProblemOptions,
} from './contracts/describeOperatorProblem.js'
export type { PhysicsTolerances } from './contracts/physics.js'
export { describePinnProblem, pinnProblemChecks, type PinnProblemOptions } from './contracts/pinnProblem.js'
export { describeProblem, problemChecks, type ProblemOptions } from './contracts/describeProblem.js'
export { spikingLoss, type SpikingLossOptions, type SpikingParams } from './contracts/spikingLoss.js'
export { describeSurrogate, surrogateChecks, type SurrogateOptions } from './contracts/surrogate.js'
export { describeScheduler, schedulerChecks, schedulerTasks } from './ranks/describeScheduler.js'
export type { OpenScheduler, SchedulerOptions } from './ranks/describeScheduler.js'
