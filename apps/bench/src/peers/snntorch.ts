import { layersPeer } from './layersPeer.js'

/** snnTorch: its own layers and its own surrogate, PyTorch's autograd. */
export const snntorch = layersPeer('snntorch', 'snnTorch')
