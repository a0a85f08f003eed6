/**
 * Run folders, and the machine they were made on: what needs a file system. Everything else of the package runs in a page and in a Worker as well.
 *
 * @module node
 */
export type { Claim, ClaimOptions } from './node/claim/claimFolder.js'
export { createRun, openRun, runFolderFiles } from './node/runFolder.js'
export type { Json, JsonRecord, RunFolder } from './node/runFolder.js'
export { sourceOf, thisMachine } from './node/machine.js'
export type { Machine, Source } from './node/machine.js'
export type { MetricLine } from './node/metricsFile.js'
export { record } from './node/record.js'
