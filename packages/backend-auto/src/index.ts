/**
 * The choice of a backend, on any platform; the memory in a file is in `@spikeward/backend-auto/node`.
 *
 * @module backend-auto
 */
export { fastest, type BackendFactory, type Choice, type FastestOptions } from './fastest.js'
export { explainChoice, type Measured } from './measureStep.js'
export { rememberedChoices, storageMemory, type ChoiceMemory, type RememberedChoice } from './choiceMemory.js'
export { machineName } from './machineName.js'
