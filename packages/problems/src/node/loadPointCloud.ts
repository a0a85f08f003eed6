import { SpikewardError } from '@spikeward/core'
import { pointCloud } from '../shapes/pointCloud.js'
import type { Geometry } from '../shapes/geometry.js'
import { matrixIn } from './files/matrixIn.js'
import type { NdArray } from './files/dataFile.js'

/**
 * Files of a point cloud: `points.csv`, `points.npy`, or one array of a file, `shape.npz#x`, after the last # of the
 * name.
 */
export type PointCloudFiles = {
  /** Points of the inside: two or three columns. */
  readonly points: string
  /** Points of the boundary; if they have twice as many columns, the second half are the normals. Default: none. */
  readonly boundary?: string | undefined
  /** Outward normals at the points of the boundary. Default: those with `boundary`, or in the plane from neighbours. */
  readonly normals?: string | undefined
}

/**
 * Reads a {@link pointCloud} from CSV, .npy, .npz, .mat or HDF5. All columns of a table are coordinates.
 *
 * @param folder where the paths start. Default: the current one
 * @throws DATA_FILE_NOT_FOUND, FILE_UNREADABLE, DATA_FORMAT_UNKNOWN, DATA_CORRUPT, DATA_UNSUPPORTED, DATA_NOT_FINITE,
 *   DATA_NAME_UNKNOWN, DATA_BUDGET; DATA_SHAPE for numbers of columns that do not fit; those of `pointCloud`
 * @example const part = await loadPointCloud({ points: 'inside.csv', boundary: 'border.csv' })
 */
export async function loadPointCloud(files: PointCloudFiles, folder = '.'): Promise<Geometry> {
  const read = (name: string): Promise<NdArray> => matrixIn(folder, name)
  const points = await read(files.points)
  const dimension = widthOf(points)
  if (dimension < 2 || dimension > 3) throw shape(files.points, 'two or three columns', points)
  const { boundary: edgeFile, normals: normalFile } = files
  if (edgeFile === undefined) {
    if (normalFile === undefined) return pointCloud({ dimension, points: points.data })
    throw new SpikewardError('DATA_SHAPE', `normals "${normalFile}" without a boundary; name its points as well`)
  }
  const edge = await read(edgeFile)
  const both = widthOf(edge) === 2 * dimension && normalFile === undefined
  if (widthOf(edge) !== dimension && !both) throw shape(edgeFile, `${dimension} columns, as the points have`, edge)
  const columns = (from: number): Float64Array =>
    both ? edge.data.filter((_, i) => Math.floor((i % (2 * dimension)) / dimension) === from) : edge.data
  const fileNormals = normalFile === undefined ? null : await read(normalFile)
  if (fileNormals !== null && widthOf(fileNormals) !== dimension)
    throw shape(normalFile!, `${dimension} columns`, fileNormals)
  const normals = both ? columns(1) : fileNormals?.data
  return pointCloud({
    dimension,
    points: points.data,
    boundary: columns(0),
    ...(normals === undefined ? {} : { normals }),
  })
}

const widthOf = ({ shape: [, columns = 1] }: NdArray): number => columns

const shape = (name: string, expected: string, actual: NdArray): SpikewardError =>
  new SpikewardError('DATA_SHAPE', `${name}: expected ${expected}; found: an array of [${actual.shape.join(' × ')}]`)
