/**
 * Graphs of the Neuromorphic Intermediate Representation: read, run, train and write them.
 *
 * @module nir
 */
export { readNir } from './hdf5/readNir.js'
export type { ReadLimits } from './hdf5/limits.js'
export { writeNir } from './hdf5/writeNir.js'
export { checkGraph } from './graph/checkGraph.js'
export { problemOf, stepsOf, surrogateOf, withProblem } from './graph/metadata.js'
export { doubles, isArray, isGraph, toDoubles } from './graph/nirData.js'
export type { NirArray, NirData, NirGraph, NirNode, NirRecord, NirValue } from './graph/nirData.js'
export { learnableParameters, nirNetwork, type NirNetwork, type NirNetworkOptions } from './execute/nirNetwork.js'
export type { NirParameters, NirVariables } from './execute/advance.js'
export { lossesOf, lossesOfGraph } from './mlp/lossesOf.js'
export { mlpToNir, type MlpToNirOptions } from './mlp/mlpToNir.js'
export { mlpFromNir } from './mlp/mlpFromNir.js'
export { resetInWords } from './mlp/description.js'
export { neuronFromOptions, type DescribedNeuron } from './mlp/neuronFromOptions.js'
export { withParameters } from './execute/withParameters.js'
export type { AffineDescription, LayerDescription, MlpDescription, NeuronDescription } from './mlp/description.js'
export { stepperFromNir, stepperToNir, type StepperDescription } from './stepper/stepperNir.js'
