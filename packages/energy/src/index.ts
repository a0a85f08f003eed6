export { addCounts, countNames, noCounts, type Counts } from './count/counts.js'
export { countProduct, type Factor, type ProductCount } from './count/countProduct.js'
export { countProgram, type ProgramCounts, type Traced, type Origin } from './count/countProgram.js'
export { countStep, type CountedStep, type Ledger } from './ledger/countStep.js'
export { readEnergyModel, type EnergyModel, type Price, type Priced } from './models/energyModel.js'
export { breakEvenRate, type BreakEven, type LayerShape } from './models/breakEvenRate.js'
export { modelledEnergy, type ModelledEnergy } from './models/modelledEnergy.js'
export { networkBreakEven } from './models/networkBreakEven.js'
export { energyModels, horowitz45, horowitz45Int8, loihi1Energy } from './models/energyModels.js'
export {
  convolutionTraffic,
  eventWork,
  reuseWork,
  reverseWork,
  type LayerTraffic,
  type NetworkWork,
  type RunShape,
} from './events/networkWork.js'
export {
  breakEvenActivity,
  digital45,
  digital45Int8,
  loihi1Network,
  networkEnergy,
  type NetworkPrices,
} from './events/networkPrices.js'
export { loihi1Times, networkTime, type NetworkTimes } from './events/networkTime.js'
