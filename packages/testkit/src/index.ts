export { backendChecks, describeBackend } from './backend/describeBackend.js'
export { backendSubject, type BackendOptions, type BackendSubject } from './backend/subject.js'
export { arbitraryKernel, type GeneratedKernel, type GeneratorOptions } from './backend/generate/arbitraryKernel.js'
export { CheckFailure, failuresOf, type Check } from './check.js'
export { checkGradients, type GradientOptions } from './checkGradients.js'
export {
  communicatorChecks,
  communicatorFailures,
  describeCommunicator,
  type CommunicatorFailures,
  type CommunicatorOptions,
} from './ranks/communicator.js'
export { declarationChecks, describeDeclaration, type DeclarationOptions } from './contracts/declaration.js'
export {
  describeEstimator,
  estimatorChecks,
  estimatorSubject,
  type EstimatorOptions,
  type EstimatorProblem,
} from './contracts/estimator.js'
export { describeNeuron, neuronChecks, neuronSubject, type NeuronOptions } from './contracts/neuron.js'
export { describeOptimizer, optimizerChecks, optimizerSubject, type OptimizerOptions } from './contracts/optimizer.js'
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
} from './contracts/operatorProblem.js'
export type { PhysicsTolerances } from './contracts/physics.js'
export { describePinnProblem, pinnProblemChecks, type PinnProblemOptions } from './contracts/pinnProblem.js'
export { describeProblem, problemChecks, type ProblemOptions } from './contracts/problem.js'
export { spikingLoss, type SpikingLossOptions, type SpikingParams } from './contracts/spikingLoss.js'
export { describeSurrogate, surrogateChecks, type SurrogateOptions } from './contracts/surrogate.js'
export { describeScheduler, schedulerChecks, schedulerTasks } from './ranks/scheduler.js'
export type { OpenScheduler, SchedulerOptions } from './ranks/scheduler.js'
