/**
 * The part of an experiment that needs Node: folders, caches, files and ranks.
 *
 * @module node
 */
export { checkWritable, claimRun, exists, makeOutputFolder, prepareFolder } from './node/run/prepareFolder.js'
export { holdsTable, readTable } from './node/assembly/data/ownData.js'
export { readLike } from './node/assembly/data/readLike.js'
export { openTrials, withTrials } from './node/comparison/compareTrials.js'
export type { Trials } from './node/comparison/compareTrials.js'
export { checkLength, deployFiles, replayDeployment, writeDeployment } from './node/deployment/deployFolder.js'
export { quantiseRun } from './node/deployment/quantiseRun.js'
export type { ChipPart } from './node/deployment/quantiseRun.js'
export { exportableOf } from './node/deployment/exportableOf.js'
export { trainOperatorOnChip } from './node/deployment/training/trainOperatorOnChip.js'
export { writeChipTraining } from './node/deployment/training/writeChipTraining.js'
export type { ChipProgress } from './node/deployment/training/writeChipTraining.js'
export { energyModelNamed } from './node/energy/energyModelNamed.js'
export { readEquation } from './node/equation/readEquation.js'
export { drawResult, drawSpikes, spikesFigure, writeFigure } from './node/figures/drawFigures.js'
export { digestOf, digestsOf } from './node/inputs/digests.js'
export { readNamedPoints } from './node/prediction/readNamedPoints.js'
export { asPoints, functionOf, readArray, readFunctions, rowsIn } from './node/prediction/inputFunctions.js'
export { checkOut, writePrediction } from './node/prediction/writePrediction.js'
export type { PredictionFile } from './node/prediction/writePrediction.js'
export { provenance } from './node/provenance.js'
export type { Provenance } from './node/provenance.js'
export { startFacts } from './node/ranks/facts.js'
export { follow, leaderOf, openRanks } from './node/ranks/ranks.js'
export type { Leader } from './node/ranks/ranks.js'
export { baselinesInFolder } from './node/run/baselinesInFolder.js'
export { checkMemory, isSmall, minMemory } from './node/run/memory/checkMemory.js'
export { openFinished } from './node/run/openFinished.js'
export type { OpenedRun } from './node/run/openFinished.js'
export { runTraining } from './node/run/runTraining.js'
export type { Display } from './node/run/runTraining.js'
export { RUN_JOBS, ownQueue, queueModule, tasksOf } from './node/schedule/openSchedule.js'
export {
  atOnceFlag,
  queueFlags,
  scheduleFlags,
  threadsOf,
  trialEnvironment,
  withoutSchedule,
} from './node/schedule/scheduleOptions.js'
export type { ScheduleOptions } from './node/schedule/scheduleOptions.js'
export { servePredictions } from './node/serve/servePredictions.js'
export type { PredictionServer, ServeOptions } from './node/serve/servePredictions.js'
export type { RunCommand } from './node/schedule/openSchedule.js'
export { keepHeapSmall, learnerStore } from './node/stream/learnerStore.js'
export type { LearnerStore } from './node/stream/learnerStore.js'
export { isRepeatable, readText } from './node/stream/readText.js'
export type { SourceOptions } from './node/stream/readText.js'
export { samplesOf } from './node/stream/samplesOf.js'
export type { Columns } from './node/stream/samplesOf.js'
