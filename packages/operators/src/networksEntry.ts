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
export { mioNet } from './networks/mioNet.js'
export type { MioNetOptions, MioNetVariables } from './networks/mioNet.js'
export { podDeepOnet } from './networks/podDeepOnet.js'
export type { PodDeepOnetOptions, PodDeepOnetVariables } from './networks/podDeepOnet.js'
export { fourierOperator } from './networks/fourierOperator.js'
export type { FourierOperatorOptions, FourierOperatorVariables } from './networks/fourierOperator.js'
export { cnn, cnnConvolutions, cnnStep } from './networks/cnn.js'
export type { CnnOptions, CnnParams, CnnVariables } from './networks/cnn.js'
export { unet } from './networks/unet.js'
export type { UnetOptions, UnetParams, UnetVariables } from './networks/unet.js'
export { wno } from './networks/wno.js'
export type { WnoOptions, WnoParams, WnoVariables } from './networks/wno.js'
export { graph } from './networks/graph.js'
export type { GraphOptions, GraphParams, GraphVariables } from './networks/graph.js'
export { transformer } from './networks/transformer.js'
export type { TransformerOptions, TransformerParams, TransformerVariables } from './networks/transformer.js'
export { convolutionalDeepOnet } from './networks/convolutionalDeepOnet.js'
export type {
  ConvolutionalDeepOnet,
  ConvolutionalDeepOnetOptions,
  ConvolutionalDeepOnetVariables,
} from './networks/convolutionalDeepOnet.js'
export { pinn } from './networks/pinn.js'
export type { CoordinateNetwork, PinnOptions, PinnVariables } from './networks/pinn.js'
export { separablePinn } from './networks/separablePinn.js'
export type { SeparablePinnOptions, SeparablePinnVariables } from './networks/separablePinn.js'
