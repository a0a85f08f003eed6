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
export type {
  Experiment,
  Measurement,
  OperatorExperiment,
  PinnExperiment,
  RegressionExperiment,
  Split,
} from './assembly/experiment.js'
export { loadNetwork } from './assembly/loadNetwork.js'
export type { LoadNetworkOptions, LoadedNetwork } from './assembly/loadNetwork.js'
export { isNetworkSize, networkSizes } from './catalogue/kinds/networkSizes.js'
export type { NetworkSize } from './catalogue/kinds/networkSizes.js'
export { allOptions, flagOf, flagOptions } from './catalogue/optionValues.js'
export type { OptionValue, OptionValues } from './catalogue/optionValues.js'
export { compareBaselines, pairedTo, rowHasLearned } from './comparison/compareBaselines.js'
export { compareReport, verdict } from './comparison/compareReport.js'
export { meanOf, spreadOf } from './comparison/meanOf.js'
export { meanSpread, networkLine, shown } from './comparison/tableCells.js'
export { GREATEST_KEY, dataSettings, fileSettings, problemFlags } from './config/settings/dataSettings.js'
export type { DataFlags } from './config/settings/dataSettings.js'
export { placed } from './config/settings/placed.js'
export type { FlagsOf, Placed } from './config/settings/placed.js'
export type { TrainConfig } from './config/trainConfig.js'
export type { NetworkOptions, TrainOptions } from './config/trainOptions.js'
export { tunedForEstimator, tunedForNetwork } from './config/tunedSettings.js'
export { exportFormats } from './deployment/exportFormats.js'
export type { ExportFormat, ExportedFile } from './deployment/exportFormats.js'
export { layerTable } from './deployment/layerTable.js'
export { nirLossy } from './deployment/nirLossy.js'
export { floatOf } from './deployment/onChip.js'
export { operatorOnChip } from './deployment/operatorOnChip.js'
export { problemIn } from './deployment/problemIn.js'
export { spacedIndices } from './deployment/spacedIndices.js'
export { readoutTrainings } from './deployment/training/onDevice.js'
export { trainOnChip } from './deployment/training/trainOnChip.js'
export { energyLine, energyRange, ledgerTable } from './energy/describeLedger.js'
export { ledgerOf } from './energy/ledgerOf.js'
export { tensorArithmetic } from './equation/tensorArithmetic.js'
export { resultSpecs } from './figures/resultSpecs.js'
export type { MeasuredOn } from './figures/resultSpecs.js'
export { scoreText } from './figures/scoreText.js'
export { duration } from './io/duration.js'
export { errorText } from './io/errorText.js'
export type { Io, Progress } from './io/io.js'
export { parseUserJson } from './io/parseUserJson.js'
export { alignedTable, table } from './io/table.js'
export { guardDeviceEstimator } from './plugins/guards/guardDeviceEstimator.js'
export { reasonOf } from './plugins/pluginError.js'
export { isExternal, referenceOf } from './plugins/reference.js'
export { withinSeconds } from './plugins/withinSeconds.js'
export { streamLearner, streamSettings } from './stream/streamLearner.js'
export type { StreamSettings } from './stream/streamLearner.js'
export { summariser } from './stream/summariser.js'
export type { StreamSummary } from './stream/summariser.js'
export { numberArithmetic } from './prediction/arithmetic.js'
export { outsideNote, pointsOutside } from './prediction/outsideNote.js'
export { parseFormula, parseFormulaIn } from './prediction/parseFormula.js'
export { storedComponents } from './prediction/storedComponents.js'
export { uncut, withShares } from './ranks/shares.js'
export { diagnose, isFarBelow, isLearning, lineOf, relevant } from './run/diagnosis/diagnose.js'
export type { Finding, RunActivity } from './run/diagnosis/diagnose.js'
export { activityOf } from './run/diagnosis/layerActivity.js'
export type { DiagnosedState } from './run/diagnosis/runDiagnosis.js'
export { lastSolve } from './run/lastSolve.js'
export { memoryOf } from './run/memory/memoryOf.js'
export { profileStep } from './run/profileStep.js'
export { noBaseline, ridgeBaseline, untrainedOf } from './run/ridgeBaseline.js'
export type { OpenWatch } from './run/runWatch.js'
export { paceBetween, stepsAt, stepsWithin } from './run/time/pace.js'
export { replanned } from './run/time/replanned.js'
export { stopwatch } from './run/time/stopwatch.js'
export { trainingEvents } from './run/trainingEvents.js'
export { withCurrentNames } from './run/withCurrentNames.js'
export { exitCodes } from './usage/exitCodes.js'
export type { ExitCode } from './usage/exitCodes.js'
export { timesType } from './usage/timesType.js'
export { operatorRows, pointRows } from './baselines/baselineData.js'
export type { BaselineData, Rows } from './baselines/baselineData.js'
export { kernelRidge } from './baselines/kernelRidge.js'
export type { KernelRidge, KernelRidgeOptions } from './baselines/kernelRidge.js'
export { linearRidge } from './baselines/linearRidge.js'
export type { BaselineOptions, LinearRidge } from './baselines/linearRidge.js'
export { drawsDirections } from './baselines/controlTrainings.js'
export { hasLearned, pairedRatio } from './baselines/pairedRatio.js'
export type { PairedRatio } from './baselines/pairedRatio.js'
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
export type { CompareRow, CompareSettings } from './comparison/compareRow.js'
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
  baselineFlags,
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
export type { OwnData } from './host/host.js'
export { openFor } from './run/openFor.js'
export { callFactory } from './plugins/loadFactory.js'
export { pluginsIn } from './plugins/pluginsIn.js'
export { buildParts } from './run/buildParts.js'
export type { Assembled } from './run/buildParts.js'
export type { Parts } from './run/buildParts.js'
export { equationResult, finiteOrNull, isResult, showResult } from './run/result.js'
export { search, searchRunCount, strategies } from './search/runSearch.js'
export type { SearchSettings } from './search/runSearch.js'
export { searchReport } from './search/searchReport.js'
export { spaceOf } from './search/searchSpace.js'
export { chooseByTrial } from './trial/chooseByTrial.js'
export { load, train } from './train/train.js'
export type { BeginEvent, TrainEvent, TrainedEvent } from './train/train.js'
export type { TrainedRun } from './train/trainedRun.js'
export type { TrainSettings } from './train/trainSettings.js'
export type { EstimatorName, ProblemName } from './train/choices.js'
export type { InputFunction, PredictOptions, Prediction } from './train/predict.js'
export type { Baselines } from './baselines/baselines.js'
