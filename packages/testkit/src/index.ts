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
  type Arrivals,
  type CommunicatorFailures,
  type CommunicatorOptions,
} from './ranks/describeCommunicator.js'
export { declarationChecks, describeDeclaration, type DeclarationOptions } from './contracts/describeDeclaration.js'
export {
  describeEstimator,
  estimatorChecks,
  estimatorUnderTest,
  type EstimatorOptions,
  type EstimatorProblem,
} from './contracts/estimators/describeEstimator.js'
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
} from './contracts/problems/convergence.js'
export type { HostField } from './contracts/problems/hostResidual.js'
export {
  describeOperatorProblem,
  operatorProblemChecks,
  type MakeOperatorProblem,
  type OperatorProblemOptions,
} from './contracts/problems/describeOperatorProblem.js'
export type { PhysicsTolerances } from './contracts/problems/physics.js'
export {
  describePinnProblem,
  pinnProblemChecks,
  type PinnProblemOptions,
} from './contracts/problems/describePinnProblem.js'
export { describeProblem, problemChecks, type ProblemOptions } from './contracts/problems/describeProblem.js'
export { spikingLoss, type SpikingLossOptions, type SpikingParams } from './contracts/estimators/spikingLoss.js'
export { describeSurrogate, surrogateChecks, type SurrogateOptions } from './contracts/describeSurrogate.js'
export { describeScheduler, schedulerChecks, schedulerTasks } from './ranks/describeScheduler.js'
export type { OpenScheduler, SchedulerOptions } from './ranks/describeScheduler.js'
