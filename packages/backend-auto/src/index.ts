/**
 * The choice of a backend, on any platform; the memory in a file is in `@spikeward/backend-auto/node`.
 *
 * @module backend-auto
 */
export { fastest } from './fastest.js'
export type { BackendFactory, Choice, FastestOptions } from './fastest.js'
export { explainChoice } from './measureStep.js'
export { rememberedChoices, storageMemory } from './choiceMemory.js'
export type { ChoiceMemory, RememberedChoice } from './choiceMemory.js'
export { machineName } from './machineName.js'
export type { Measured } from './measureStep.js'
