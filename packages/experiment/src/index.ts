/**
 * From names and options to a result, on any platform. Folders, caches, files and ranks are in `@spikeward/experiment/node`.
 *
 * @module experiment
 */
export { dashed, nearest, pick, shorten } from './usage/pick.js'
export { UsageError, asUsage, exitCodes, messageOf, usageError } from './usage/usageError.js'
export type {
  Experiment,
  MeasuredOn,
  Measurement,
  OperatorExperiment,
  PinnExperiment,
  RegressionExperiment,
  Split,
} from './assembly/experiment.js'
export { loadNetwork } from './assembly/loadNetwork.js'
export type { LoadNetworkOptions, LoadedNetwork } from './assembly/loadNetwork.js'
export { checkStateDict, readStateDict, withStateDict } from './assembly/network/stateDict.js'
export type { StateDict } from './assembly/network/stateDict.js'
export { isNetworkSize, networkSizes } from './catalogue/kinds/networkSizes.js'
export type { NetworkSize } from './catalogue/kinds/networkSizes.js'
export { allOptions, flagOf, flagOptions } from './catalogue/optionValues.js'
export type { OptionValue, OptionValues } from './catalogue/optionValues.js'
export { baselinesOfRuns, compareBaselines, pairedTo, rowHasLearned } from './comparison/compareBaselines.js'
export { compareReport, verdict } from './comparison/compareReport.js'
export { meanOf, meanSpread, networkLine, shown, spreadOf } from './comparison/tableCells.js'
export {
  GREATEST_KEY,
  dataSettings,
  fileSettings,
  placed,
  problemFlags,
  sequenceFlags,
} from './config/settings/dataSettings.js'
export type { DataFlags, FlagsOf, Placed } from './config/settings/dataSettings.js'
export type { NetworkOptions, TrainConfig, TrainOptions } from './config/trainConfig.js'
export {
  replacedDefaults,
  tunedFlags,
  tunedFlagsOf,
  tunedForEstimator,
  tunedForNetwork,
} from './config/tunedSettings.js'
export { describePart, describeRun, operatorParts, trainedGraph } from './deployment/describeRun.js'
export type { DescribedRun, OperatorPart } from './deployment/describeRun.js'
export { exportable } from './deployment/exportable.js'
export type { ToExport } from './deployment/exportable.js'
export { exportFormats } from './deployment/exportFormats.js'
export type { ExportFormat, ExportedFile } from './deployment/exportFormats.js'
export { layerTable } from './deployment/layerTable.js'
export { nirLossy, problemIn } from './deployment/problemIn.js'
export { floatOf, operatorOnChip, spacedIndices } from './deployment/onChip.js'
export { readoutTrainings } from './deployment/training/onDevice.js'
export { trainOnChip } from './deployment/training/trainOnChip.js'
export { energyLine, energyRange, ledgerOf, ledgerTable } from './energy/describeLedger.js'
export { numberArithmetic, tensorArithmetic } from './prediction/arithmetic.js'
export { cosineMeter, inspectNetwork, openStep, weightsOf } from './inspection.js'
export type { RecordedLayer } from './assembly/neuronRecorder.js'
export type { CosineMeter, NetworkInspector, OpenStep, WeightMatrix } from './inspection.js'
export { resultSpecs, scoreText } from './figures/resultSpecs.js'
export { alignedTable, duration, errorText, parseUserJson, table } from './io/texts.js'
export type { Io, Progress } from './io/io.js'
export { guard } from './plugins/guard.js'
export { isExternal, reasonOf, referenceOf, withinSeconds } from './plugins/reference.js'
export { streamLearner, streamSettings } from './stream/streamLearner.js'
export type { StreamSettings } from './stream/streamLearner.js'
export { summariser } from './stream/summariser.js'
export type { StreamSummary } from './stream/summariser.js'
export { conformalRadii, intervalsOf } from './prediction/conformal.js'
export type { Radii } from './prediction/conformal.js'
export { outsideNote, pointsOutside } from './prediction/outsideNote.js'
export { parseFormula, parseFormulaIn } from './prediction/parseFormula.js'
export { storedComponents } from './assembly/network/rebuildNetwork.js'
export { uncut, withShares } from './ranks/job.js'
export { activityOf, diagnose, isFarBelow, isLearning, lineOf, relevant } from './run/diagnosis/diagnose.js'
export type { Finding, RunActivity } from './run/diagnosis/diagnose.js'
export type { DiagnosedState, OpenWatch } from './run/diagnosis/runDiagnosis.js'
export { lastSolve, ridgeBaseline, untrainedOf } from './run/lastSolve.js'
export { memoryOf } from './run/memory/memoryOf.js'
export { profileStep } from './run/profileStep.js'
export { paceBetween, replanned, stepsAt, stepsWithin, stopwatch } from './run/time/pace.js'
export { trainingEvents } from './run/trainingEvents.js'
export type { ExitCode } from './usage/usageError.js'
export {
  MAX_COUNT,
  estimatorSettings,
  lossSettings,
  networkSettings,
  timesType,
  trainingSettings,
} from './config/settings/runSettings.js'
export { operatorRows, pointRows } from './baselines/baselineData.js'
export type { BaselineData, Rows } from './baselines/baselineData.js'
export { kernelRidge } from './baselines/kernelRidge.js'
export type { KernelRidge, KernelRidgeOptions } from './baselines/kernelRidge.js'
export { linearRidge } from './baselines/linearRidge.js'
export type { BaselineOptions, LinearRidge } from './baselines/linearRidge.js'
export { drawsDirections } from './baselines/controlTrainings.js'
export { hasLearned, pairedRatio } from './baselines/pairedRatio.js'
export type { PairedRatio } from './baselines/pairedRatio.js'
export { findNetwork, isOperatorNetwork, isOperatorProblem } from './catalogue/kinds/networks.js'
export { factories } from './catalogue/factories.js'
export type { Factories, Factory } from './catalogue/factories.js'
export { findFactory, leafOf, makeFrom } from './catalogue/make.js'
export { innermost, makeEstimator } from './catalogue/kinds/estimators.js'
export { isNirNetwork, networkLeaf, nirNetworkName } from './catalogue/kinds/nirNetworks.js'
export { AUTO, openBackend } from './catalogue/kinds/openBackend.js'
export { OWN, SEQUENCES, TABLE, findProblem, isFile, makeProblem } from './catalogue/kinds/problems.js'
export type { ProblemChoice, ProblemKind } from './catalogue/kinds/problems.js'
export { findListed, listing } from './catalogue/listing.js'
export type { Found, Listed } from './catalogue/listing.js'
export { compare, optionsOf, trialCount } from './comparison/compareEstimators.js'
export type { CompareRow, CompareSettings } from './comparison/compareRow.js'
export { energyCosts, energyReport, stepCosts } from './comparison/stepCosts.js'
export { estimatorSpecs, specsType } from './comparison/estimatorSpecs.js'
export { searchRate } from './comparison/searchRate.js'
export { beyond, inTurn, searchBest } from './search/searchBest.js'
export type { StepCost } from './comparison/stepCosts.js'
export { DIVERGED, calibrate, isOnTime, runOnTime, runTrial } from './comparison/trial.js'
export type { Trial } from './comparison/trial.js'
export { chosenFactories, flagKinds } from './config/declaredValues.js'
export { checkpointEveryOf, configOf } from './config/configOf.js'
export type { FlagKind } from './config/declaredValues.js'
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
export type { GivenSettings } from './config/settings/runSettings.js'
export { readConfig, toFolder, toRecord } from './config/stored/readConfig.js'
export { untrainedConfig } from './config/trainConfig.js'
export type { OwnData } from './host/host.js'
export { openFor } from './run/openFor.js'
export { callFactory, pluginsIn } from './plugins/loadFactory.js'
export { buildParts } from './run/buildParts.js'
export type { Assembled, Parts } from './run/buildParts.js'
export { finiteOrNull, isResult, measuredResult, showResult } from './run/result.js'
export { search, searchRunCount } from './search/runSearch.js'
export type { SearchSettings } from './search/runSearch.js'
export { searchReport } from './search/searchReport.js'
export { spaceOf } from './search/searchSpace.js'
export { chooseByTrial } from './trial/chooseByTrial.js'
export { load, train } from './train/train.js'
export type { BeginEvent, TrainEvent, TrainedEvent } from './train/train.js'
export type { TrainedRun } from './train/trainedRun.js'
export type { DataArrays, DataRows, DataSequences, DataTrajectories, Windowing } from './train/dataArrays.js'
export type { EstimatorName, ProblemName, TrainSettings } from './train/trainSettings.js'
export { valuesAtSensors } from './train/predict.js'
export type { InputFunction, PredictOptions, Prediction } from './train/predict.js'
export type { BaselineChoice, BaselineFacts, Baselines } from './baselines/baselines.js'
export { NO_FACTS, classicalBaselines, withBaselines } from './baselines/runBaselines.js'
