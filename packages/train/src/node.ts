/**
 * Run folders, and the machine that they were made on: the part that needs a file system. The rest of the package also
 * runs in a page and in a Worker.
 *
 * @module node
 */
export { claimFolder, type Claim, type ClaimOptions } from './node/claim/claimFolder.js'
export { createRun, openRun, record, runFolderFiles, type RunFolder } from './node/runFolder.js'
export type { Json, JsonRecord } from './checkpoint/snapshot.js'
export { sourceOf, thisMachine, type Machine, type Source } from './node/thisMachine.js'
export type { MetricLine } from './node/metricsFile.js'
export { logTensorboard, type LogTensorboardOptions } from './node/tensorboard/logTensorboard.js'
export { openTensorboardFile } from './node/tensorboard/tensorboardFile.js'
export type { TensorboardFile, TensorboardFileOptions } from './node/tensorboard/tensorboardFile.js'
export type { Scalars } from './node/tensorboard/eventRecords.js'
