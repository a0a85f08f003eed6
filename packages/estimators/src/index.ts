/**
 * Gradient estimators: those of `@spikeward/estimators/points`, and those of losses over time.
 *
 * @module estimators
 */
export * from './pointsEntry.js'
export { realTimeRecurrent, type RealTimeRecurrentOptions } from './sequence/realTimeRecurrent.js'
export { eProp, type EPropOptions } from './sequence/eProp.js'
