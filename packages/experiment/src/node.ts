/**
 * The part of an experiment that needs Node: folders, caches, files and ranks.
 *
 * @module node
 */
export { exists } from './node/exists.js'
export { isOperatorNetwork, isOperatorProblem } from './assembly/isOperator.js'
export { factories } from './catalogue/factories.js'
export type { Factories, Factory } from './catalogue/factories.js'
export { findFactory } from './catalogue/findFactory.js'
export { innermost, makeEstimator } from './catalogue/kinds/estimators.js'
export { findNetwork } from './catalogue/kinds/networks.js'
export { isNirNetwork, networkLeaf, nirNetworkName } from './catalogue/kinds/nirNetworks.js'
export { AUTO, openBackend } from './catalogue/kinds/openBackend.js'
export { OWN, TABLE, findProblem, isFile } from './catalogue/kinds/problems.js'
export type { ProblemChoice, ProblemKind } from './catalogue/kinds/problems.js'
export { findListed, listing } from './catalogue/listing.js'
export type { Found, Listed } from './catalogue/listing.js'
export { leafOf, makeFrom } from './catalogue/make.js'
export { compare, optionsOf, trialCount } from './comparison/compareEstimators.js'
export type { CompareRow, CompareSettings } from './comparison/compareEstimators.js'
export { energyCosts, energyReport } from './comparison/energyCosts.js'
export { estimatorSpecs, specsType } from './comparison/estimatorSpecs.js'
export { stepCosts } from './comparison/stepCosts.js'
export type { StepCost } from './comparison/stepCosts.js'
export { DIVERGED, calibrate, isOnTime, runOnTime, runTrial } from './comparison/trial.js'
export type { Trial } from './comparison/trial.js'
export { chosenFactories } from './config/chosenFactories.js'
export { checkpointEveryOf, configOf } from './config/configOf.js'
export { flagKinds } from './config/declaredValues.js'
export type { FlagKind } from './config/declaredValues.js'
export { replacedDefaults } from './config/replacedDefaults.js'
export {
  backendFlags,
  checkFlags,
  controlSettings,
  displayFlags,
  figuresFlags,
  followFlags,
  jsonFlag,
  keyOption,
  memoryFlags,
  otherBackendFlags,
  outFlags,
  rankFlags,
  runFlags,
} from './config/settings/controlSettings.js'
export {
  MAX_COUNT,
  estimatorSettings,
  lossSettings,
  networkSettings,
  trainingSettings,
} from './config/settings/runSettings.js'
export type { GivenSettings } from './config/settings/runSettings.js'
export { readConfig, toFolder, toRecord } from './config/stored/readConfig.js'
export { tunedFlags, tunedFlagsOf } from './config/tunedOptions.js'
export { untrainedConfig } from './deployment/training/untrainedConfig.js'
export { ALL_TEST, hashOf, holdsTable, inPlaceOf, readOwn, readTable } from './node/assembly/data/ownData.js'
export type { OwnData } from './node/assembly/data/ownData.js'
export { openTrials } from './node/comparison/compareTrials.js'
export type { Trials } from './node/comparison/compareTrials.js'
export { untilInterrupted } from './node/comparison/untilInterrupted.js'
export { checkLength, deployFiles, replayDeployment, writeDeployment } from './node/deployment/deployFolder.js'
export { describePart, describeRun, operatorParts } from './node/deployment/describeRun.js'
export type { DescribedRun, OperatorPart } from './node/deployment/describeRun.js'
export { quantiseRun } from './node/deployment/quantiseRun.js'
export type { ChipPart } from './node/deployment/quantiseRun.js'
export { trainedGraph } from './node/deployment/trainedGraph.js'
export { trainOperatorOnChip } from './node/deployment/training/trainOperatorOnChip.js'
export { writeChipTraining } from './node/deployment/training/writeChipTraining.js'
export type { Progress } from './node/deployment/training/writeChipTraining.js'
export { energyModelNamed } from './node/energy/energyModelNamed.js'
export { readEquation } from './node/equation/readEquation.js'
export { drawResult, measuredOn } from './node/figures/drawResult.js'
export { drawSpikes, spikesFigure } from './node/figures/drawSpikes.js'
export { figureNames } from './node/figures/figureNames.js'
export { writeFigure } from './node/figures/writeFigure.js'
export { asPoints, functionOf, readArray, readFunctions, rowsIn } from './node/prediction/inputFunctions.js'
export { namesOf, readNamedPoints } from './node/prediction/pointColumns.js'
export { readSolution } from './node/prediction/readSolution.js'
export { checkOut, writePrediction } from './node/prediction/writePrediction.js'
export type { Prediction } from './node/prediction/writePrediction.js'
export { provenance } from './node/provenance.js'
export type { Provenance } from './node/provenance.js'
export { startFacts } from './node/ranks/facts.js'
export { follow } from './node/ranks/follow.js'
export { leaderOf } from './node/ranks/leader.js'
export type { Leader } from './node/ranks/leader.js'
export { openRanks } from './node/ranks/openRanks.js'
export { checkMemory, isSmall, minMemory } from './node/run/memory/checkMemory.js'
export { openFinished } from './node/run/openFinished.js'
export type { OpenedRun } from './node/run/openFinished.js'
export { openFor } from './node/run/openFor.js'
export { checkWritable, claimRun, makeOutputFolder, prepareFolder } from './node/run/prepareFolder.js'
export { runTraining } from './node/run/runTraining.js'
export type { Display } from './node/run/runTraining.js'
export { RUN_JOBS, openSchedule } from './node/schedule/openSchedule.js'
export { ownQueue, queueModule } from './node/schedule/queueModule.js'
export {
  atOnceFlag,
  awaitedNote,
  queueFlags,
  scheduleFlags,
  shardNote,
  threadsOf,
  trialEnvironment,
  withoutSchedule,
} from './node/schedule/scheduleOptions.js'
export type { ScheduleOptions } from './node/schedule/scheduleOptions.js'
export { tasksOf } from './node/schedule/tasks.js'
export type { RunCommand } from './node/schedule/tasks.js'
export { callFactory } from './plugins/loadFactory.js'
export { pluginsIn } from './plugins/pluginsIn.js'
export { buildParts } from './run/buildParts.js'
export type { Parts } from './run/buildParts.js'
export { equationResult, finiteOrNull, isResult, showResult } from './run/result.js'
export { search, searchRunCount, strategies } from './search/runSearch.js'
export type { SearchSettings } from './search/runSearch.js'
export { searchReport } from './search/searchReport.js'
export { spaceOf } from './search/searchSpace.js'
export { chooseByTrial } from './trial/chooseByTrial.js'
