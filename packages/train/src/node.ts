/**
 * Run folders: what needs a file system. Everything else of the package runs in a page and in a Worker as well.
 *
 * @module node
 */
export type { Claim } from './node/claim.js'
export { createRun, openRun } from './node/runFolder.js'
export type { Json, JsonRecord, RunFolder } from './node/runFolder.js'
export type { MetricLine } from './node/metricsFile.js'
export { record } from './node/record.js'
