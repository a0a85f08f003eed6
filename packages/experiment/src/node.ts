/**
 * The part of an experiment that needs Node: folders, caches, files and ranks.
 *
 * @module node
 */
import type { PinnProblem } from '@spikeward/core'
import type { Replay } from './node/deployment/replayDeployment.js'
export { checkWritable, claimRun, exists, makeOutputFolder, prepareFolder } from './node/run/prepareFolder.js'
export { holdsTable, readTable } from './node/assembly/data/ownData.js'
export { readLike, readSequencesLike } from './node/prediction/readSolution.js'
export { type Trials, openTrials, withTrials } from './node/comparison/compareTrials.js'
export {
  checkLength,
  deployFiles,
  writeDeployment,
  writeStepper,
} from './node/deployment/deployFolder.js'
export {
  eventStepper,
  isStepper,
  stepperLines,
  stepperLosses,
  stepperOnChip,
  stepperTable,
  type StepperOnChip,
} from './node/deployment/eventStepper.js'
export { quantiseRun } from './node/deployment/quantiseRun.js'
export type { ChipPart } from './deployment/onChip.js'
export { type ChipProgress, writeChipTraining } from './node/deployment/training/writeChipTraining.js'
export { loadEnergyModel } from './node/energy/loadEnergyModel.js'
export { resultSpecs, scoreText, titleOf, type Units } from './figures/resultSpecs.js'
export { drawLoss, drawResult, drawSpikes, spikesFigure, writeFigure } from './node/figures/drawFigures.js'
export type { FigureLook } from './node/figures/drawFigures.js'
export { digestOf, digestsOf, pluginDigests } from './node/inputs/digests.js'
export { asPoints, functionOf, readArray, readFunctions, readPointColumns } from './node/prediction/inputFunctions.js'
export { rowsIn } from './node/prediction/inputFunctions.js'
export { type PredictionFile, checkOut, writePrediction } from './node/prediction/writePrediction.js'
export { type Provenance, provenance } from './node/provenance.js'
export { type Leader, follow, leaderOf, openRanks, startFacts } from './node/ranks/ranks.js'
export { baselinesInFolder } from './node/run/baselinesInFolder.js'
export { checkMemory, isSmall, minMemory } from './node/run/memory/checkMemory.js'
export { exportableOf, type OpenedRun, openFinished, readSource } from './node/run/openFinished.js'
export { type Display, runTraining } from './node/run/runTraining.js'
export { RUN_JOBS, atOnceFlag, ownQueue, queueFlags, queueModule, tasksOf } from './node/schedule/openSchedule.js'
export { scheduleFlags, threadsOf, trialEnvironment, withoutSchedule } from './node/schedule/openSchedule.js'
export type { RunCommand, ScheduleOptions } from './node/schedule/openSchedule.js'
export { type PredictionServer, type ServeOptions, servePredictions } from './node/serve/servePredictions.js'
export { type LearnerStore, keepHeapSmall, learnerStore } from './node/stream/learnerStore.js'
export { type SourceOptions, isRepeatable, readText, withoutSecrets } from './node/stream/readText.js'
export { type Columns, samplesOf } from './node/stream/samplesOf.js'

/**
 * The problem that an equation in JSON states. Its reader and the checks of its schema are loaded by the first call:
 * most commands read no equation.
 *
 * @param path of the file
 * @throws CLI_EQUATION, CLI_EXPRESSION, INVALID_OPTION and those of the files that the equation names
 */
export const readEquation = async (path: string): Promise<PinnProblem> =>
  (await import('./node/equation/readEquation.js')).readEquation(path)

/**
 * Replays the golden inputs of a deployment from its integers alone, those of branch and trunk for an operator. It is
 * loaded by the first call, as it checks files by a schema.
 *
 * @returns the first difference, or null, and how many integers were compared
 * @throws DEPLOYMENT_INVALID, DEPLOYMENT_TOO_LONG
 */
export const replayDeployment = async (folder: string): Promise<Replay> =>
  (await import('./node/deployment/replayDeployment.js')).replayDeployment(folder)
