/**
 * Gradient estimators: those of `@spikeward/estimators/points`, and those of losses over time.
 *
 * @module estimators
 */
export * from './pointsEntry.js'
export { realTimeRecurrent } from './sequence/realTimeRecurrent.js'
export type { RealTimeRecurrentOptions } from './sequence/realTimeRecurrent.js'
export { eProp } from './sequence/eProp.js'
export type { EPropOptions } from './sequence/eProp.js'
