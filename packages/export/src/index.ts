/**
 * Trained networks as files that need no Spikeward.
 *
 * @module export
 */
export type { Exportable } from './exportable.js'
export { moduleFile } from './javascript/moduleFile.js'
export { onnxFile } from './onnx/onnxFile.js'
export { numpyFile, type NumpyFile } from './numpy/numpyFile.js'
export { pageFile } from './page/pageFile.js'
