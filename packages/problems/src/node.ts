/**
 * Problems with a file system: stored data sets, and data files.
 *
 * @module node
 */
export { cachedData, defaultCacheFolder } from './node/cachedData.js'
export { loadData } from './node/loadData.js'
export { loadLayout } from './node/layouts/loadLayout.js'
export type { LoadLayoutOptions } from './node/layouts/loadLayout.js'
export { loadShards } from './node/shards/loadShards.js'
export type { LoadShardsOptions } from './node/shards/loadShards.js'
export { openShards } from './node/shards/openShards.js'
export type { ShardFolder, ShardedArray } from './node/shards/openShards.js'
export { writeShard } from './node/shards/writeShard.js'
export type { ShardRows } from './node/shards/writeShard.js'
export { loadPointCloud } from './node/loadPointCloud.js'
export type { PointCloudFiles } from './node/loadPointCloud.js'
export { readMesh } from './node/readMesh.js'
export { readArrays } from './node/readArrays.js'
export { loadTable } from './node/loadTable.js'
export type { LoadTableOptions } from './node/loadTable.js'
export type { LoadOptions } from './node/loadData.js'
export type { CacheOptions } from './node/cachedData.js'
export { encodeNpy } from './node/files/npy.js'
export { openDataFile } from './node/files/openDataFile.js'
export type { OpenOptions } from './node/files/openDataFile.js'
export { hdf5Thread } from './node/files/hdf5Thread.js'
export type { Hdf5Thread } from './node/files/hdf5Thread.js'
export type { DataFile, NdArray } from './node/files/dataFile.js'
