/**
 * From names and options to a result, on any platform. Folders, caches, files and ranks are in `@spikeward/experiment/node`.
 *
 * @module experiment
 */
export { dashed } from './usage/dashed.js'
export { nearest } from './usage/nearest.js'
export { pick } from './usage/pick.js'
export { shorten } from './usage/shorten.js'
export { UsageError, asUsage, messageOf, usageError } from './usage/usageError.js'
