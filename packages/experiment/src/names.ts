/**
 * Names and the errors of usage: what a command needs to list what there is, without a run.
 *
 * @module names
 */
export { type Listed, findListed, listing } from './catalogue/listing.js'
export { jsonFlag } from './config/settings/jsonFlag.js'
export { duration } from './io/texts.js'
export { pluginsIn } from './plugins/reference.js'
export { UsageError, dashed, exitCodes, nearest, pick, shorten, usageError } from './usage/usageError.js'
