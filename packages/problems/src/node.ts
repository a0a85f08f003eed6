/**
 * Problems with a file system: stored data sets, and data files.
 *
 * @module node
 */
export { cachedData, defaultCacheFolder, type CacheOptions } from './node/cachedData.js'
export { alignOnLine, type Aligned } from './interpolation/alignOnLine.js'
export { loadData, type LoadOptions } from './node/loadData.js'
export { loadLayout, type LoadLayoutOptions } from './node/layouts/loadLayout.js'
export { loadTrajectories, type LoadTrajectoriesOptions } from './node/loadTrajectories.js'
export { loadShards, writeShard, type LoadShardsOptions, type ShardRows } from './node/shards/loadShards.js'
export { openShards, type ShardFolder, type ShardedArray } from './node/shards/openShards.js'
export { loadPointCloud, type PointCloudFiles } from './node/loadPointCloud.js'
export { loadPolygon } from './node/loadPolygon.js'
export { loadMeasurements, type LoadMeasurementsOptions, type Measurements } from './node/loadMeasurements.js'
export { readMesh } from './node/readMesh.js'
export { hasArray, readArrays } from './node/readArrays.js'
export {
  loadSequences,
  loadWindows,
  secondsOf,
  type LoadSequencesOptions,
  type LoadWindowsOptions,
} from './node/loadSequences.js'
export { loadTable, readColumns, type LoadTableOptions } from './node/loadTable.js'
export { listedNames, readInputsLike } from './node/tableInputs.js'
export { encodeNpy, parseNpy } from './node/files/npy.js'
export { openDataFile, type OpenOptions } from './node/files/openDataFile.js'
export { hdf5Thread, type Hdf5Thread } from './node/files/hdf5Thread.js'
export type { DataFile, NdArray } from './node/files/dataFile.js'
