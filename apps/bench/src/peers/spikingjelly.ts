import { layersPeer } from './layersPeer.js'

/** SpikingJelly: its own layers and its own surrogate, PyTorch's autograd. */
export const spikingjelly = layersPeer('spikingjelly', 'SpikingJelly')
