import { extname, resolve } from 'node:path'
import { SpikewardError, parseJson } from '@spikeward/core'
import { readRegularText } from '@spikeward/core/node'
import type { Point } from '../shapes/crosses.js'
import type { Geometry } from '../shapes/geometry.js'
import { polygon } from '../shapes/polygon.js'
import { corrupt, unsupported } from './files/dataFile.js'
import { matrixIn } from './files/matrixIn.js'

/**
 * Reads a {@link polygon} with its holes. A file `.json` or `.geojson` holds the corners, `[[0, 0], [1, 0], [0, 1]]`;
 * or several lists of corners, of which the first is the outline and the others are holes; or a Polygon of GeoJSON,
 * alone or as a Feature. Any other file is a table or an array of two columns, x and y, or of three: the third is the
 * number of the ring, and the first ring is the outline. A last corner that repeats the first is left out.
 *
 * @param folder from which a relative path starts. Default: the current one
 * @throws DATA_FILE_NOT_FOUND, FILE_UNREADABLE, DATA_FORMAT_UNKNOWN, DATA_CORRUPT, DATA_UNSUPPORTED, DATA_NOT_FINITE,
 *   DATA_NAME_UNKNOWN, DATA_BUDGET; DATA_SHAPE for anything but lists of corners; those of `polygon`
 * @example const plate = await loadPolygon('plate.geojson')
 */
export async function loadPolygon(path: string, folder = '.'): Promise<Geometry> {
  const where = resolve(folder, path)
  const isJson = ['.json', '.geojson'].includes(extname(where).toLowerCase())
  const rings = isJson ? ringsOf(await jsonIn(where), where) : await ringsOfTable(path, folder)
  const [outline = [], ...holes] = rings.map(open)
  return polygon(outline, { holes })
}

/** The corners without a last one that repeats the first. */
function open(corners: readonly Point[]): readonly Point[] {
  const [first, last] = [corners[0], corners.at(-1)]
  const isClosed = corners.length > 1 && first![0] === last![0] && first![1] === last![1]
  return isClosed ? corners.slice(0, -1) : corners
}

async function jsonIn(path: string): Promise<unknown> {
  const text = await readRegularText(path, { what: 'a file of corners', absent: 'DATA_FILE_NOT_FOUND' })
  try {
    return parseJson(text.replace(/^\uFEFF/, ''))
  } catch {
    throw corrupt(path, 'it is not JSON')
  }
}

type GeoJson = { readonly type?: unknown; readonly coordinates?: unknown; readonly geometry?: unknown }

const isPoint = (value: unknown): value is Point =>
  Array.isArray(value) && value.length === 2 && value.every((v) => typeof v === 'number' && Number.isFinite(v))

const isRing = (value: unknown): value is readonly Point[] => Array.isArray(value) && value.every(isPoint)

/** @throws DATA_UNSUPPORTED for other objects of GeoJSON, DATA_SHAPE */
function ringsOf(value: unknown, path: string): readonly (readonly Point[])[] {
  if (isRing(value)) return [value]
  if (Array.isArray(value) && value.every(isRing)) return value
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const { type, coordinates, geometry } = value as GeoJson
    if (type === 'Feature') return ringsOf(geometry, path)
    if (type === 'Polygon') return ringsOf(coordinates, path)
    throw unsupported(
      path,
      `it holds ${typeof type === 'string' ? `a ${type.slice(0, 40)}` : 'no Polygon'}`,
      'give one Polygon of GeoJSON, or lists of corners',
    )
  }
  throw new SpikewardError(
    'DATA_SHAPE',
    `${path}: expected lists of corners of two finite numbers, [[[0, 0], [4, 0], [0, 4]], [[1, 1], [2, 1], [1, 2]]]; found: something else`,
  )
}

/** @throws DATA_SHAPE */
async function ringsOfTable(path: string, folder: string): Promise<readonly (readonly Point[])[]> {
  const { shape, data } = await matrixIn(folder, path)
  const [rows = 0, columns = 1] = shape
  if (shape.length !== 2 || columns < 2 || columns > 3) {
    throw new SpikewardError(
      'DATA_SHAPE',
      `${path}: expected the columns x and y, and optionally the number of the ring; found: an array of [${shape.join(' × ')}]`,
    )
  }
  const rings = new Map<number, Point[]>()
  for (let r = 0; r < rows; r++) {
    const [x, y, ring = 0] = data.subarray(r * columns, (r + 1) * columns)
    const corners = rings.get(ring) ?? []
    rings.set(ring, corners)
    corners.push([x!, y!])
  }
  return [...rings.values()]
}
