/**
 * Only the networks that learn operators or solve equations, for pages that list them all: this entry loads nothing
 * else.
 *
 * @module networks
 */
export { deepOnet } from './networks/deepOnet.js'
export type {
  DeepOnet,
  DeepOnetFixed,
  DeepOnetOptions,
  DeepOnetTrained,
  DeepOnetVariables,
} from './networks/deepOnet.js'
export type { BranchNetwork, TrunkNetwork } from './networks/branchNetwork.js'
export { sepOnet } from './networks/sepOnet.js'
export type { SepOnetFixed, SepOnetOptions, SepOnetTrained, SepOnetVariables } from './networks/sepOnet.js'
export { mioNet, type MioNetOptions, type MioNetVariables } from './networks/mioNet.js'
export { podDeepOnet, type PodDeepOnetOptions, type PodDeepOnetVariables } from './networks/podDeepOnet.js'
export { fourierOperator } from './networks/fourierOperator.js'
export type { FourierOperatorOptions, FourierOperatorVariables } from './networks/fourierOperator.js'
export { cnn, cnnConvolutions, cnnStep, type CnnOptions, type CnnParams, type CnnVariables } from './networks/cnn.js'
export { unet, type UnetOptions, type UnetParams, type UnetVariables } from './networks/unet.js'
export { wno, type WnoOptions, type WnoParams, type WnoVariables } from './networks/wno.js'
export { graph, type GraphOptions, type GraphParams, type GraphVariables } from './networks/graph.js'
export { transformer } from './networks/transformer.js'
export type { TransformerOptions, TransformerParams, TransformerVariables } from './networks/transformer.js'
export { convolutionalDeepOnet } from './networks/convolutionalDeepOnet.js'
export type {
  ConvolutionalDeepOnet,
  ConvolutionalDeepOnetOptions,
  ConvolutionalDeepOnetVariables,
} from './networks/convolutionalDeepOnet.js'
export { pinn, type CoordinateNetwork, type PinnOptions, type PinnVariables } from './networks/pinn.js'
export { separablePinn, type SeparablePinnOptions, type SeparablePinnVariables } from './networks/separablePinn.js'
