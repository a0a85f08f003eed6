import { open, readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { reading } from '@spikeward/core/node'
import { type DataFile, corrupt, unsupported } from './dataFile.js'
import { csvFile } from './csvFile.js'
import { hdf5File, isHdf5 } from './hdf5File.js'
import type { Hdf5Thread } from './hdf5Thread.js'
import { isMat5, mat5File } from './mat5File.js'
import { isNetcdf3, netcdfFile } from './netcdfFile.js'
import { isNpy } from './npy.js'
import { npyFile } from './npyFile.js'
import { npzFile } from './npzFile.js'
import { isParquet, parquetFile } from './parquetFile.js'
import { isZarr, zarrFolder } from './zarrFolder.js'
import { isZip } from './zip.js'

/** Options of {@link openDataFile}. */
export type OpenOptions = {
  /** The thread that reads HDF5 files. Default: each file starts its own, and ends it when it is closed. */
  readonly thread?: Hdf5Thread
}

/**
 * Opens a file of arrays: NumPy .npy and .npz, MATLAB .mat (level 5 and v7.3), HDF5 (NetCDF 4 too), NetCDF 3, Parquet
 * or CSV, or the folder of a Zarr store. The content determines the format; the extension distinguishes text from a
 * binary file with a damaged beginning. The array of a .npy file has the name of the file without its extension.
 *
 * @throws DATA_FILE_NOT_FOUND, DATA_FORMAT_UNKNOWN, DATA_CORRUPT, DATA_UNSUPPORTED, DATA_BUDGET; FILE_UNREADABLE for a
 *   folder, a file without permission and the like
 * @example
 * const file = await openDataFile('burgers.mat')
 * console.log(file.names) // Map { 'a' => [2048, 8192], … }
 * await file.close()
 */
export async function openDataFile(path: string, options: OpenOptions = {}): Promise<DataFile> {
  return reading(path, () => opened(path, options))
}

async function opened(path: string, options: OpenOptions): Promise<DataFile> {
  const facts = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (facts === null) throw new SpikewardError('DATA_FILE_NOT_FOUND', `${path}: there is no such file; check the path`)
  if (facts.isDirectory() && (await isZarr(path))) return zarrFolder(path)
  // Reading a pipe could wait forever.
  if (!facts.isFile())
    throw new SpikewardError('FILE_UNREADABLE', `${path} cannot be read: it is not a file; name a file of arrays`)
  // The library reads HDF5 files itself, which may be larger than memory.
  const signature = await hdf5Signature(path, facts.size)
  if (signature !== null) return hdf5File(path, { matlab: isMatlab(signature), ...options })
  if (facts.size > LARGEST)
    throw unsupported(path, `it has ${facts.size} bytes, more than ${LARGEST}`, 'save it as HDF5, or divide it')
  return dataFileIn(new Uint8Array(await readFile(path)), path, options)
}

/** The most bytes that Node reads at once. */
const LARGEST = 2 ** 31 - 1

const isMatlab = (bytes: Uint8Array): boolean =>
  new TextDecoder('latin1').decode(bytes.subarray(0, 19)) === 'MATLAB 7.3 MAT-file'

/** The first bytes of an HDF5 file; null if it is none. Its signature is at 0, 512, 1024, 2048 … */
async function hdf5Signature(path: string, size: number): Promise<Uint8Array | null> {
  const file = await open(path)
  try {
    const head = new Uint8Array(512)
    await file.read(head, 0, 512, 0)
    for (let at = 0; at < size; at = at === 0 ? 512 : 2 * at) {
      const bytes = new Uint8Array(8)
      await file.read(bytes, 0, 8, at)
      if (isHdf5(bytes)) return head
    }
    return null
  } finally {
    await file.close()
  }
}

/** The same for a file whose bytes were read already. An HDF5 file is read from its path once more, by its library. */
export async function dataFileIn(bytes: Uint8Array, path: string, options: OpenOptions = {}): Promise<DataFile> {
  const ending = extname(path).toLowerCase()
  if (bytes.length === 0) throw corrupt(path, 'it is empty')
  if (isNpy(bytes)) return npyFile(bytes, path)
  if (isZip(bytes)) return npzFile(bytes, path)
  if (isNetcdf3(bytes)) return netcdfFile(bytes, path)
  if (isParquet(bytes)) return parquetFile(bytes, path)
  if (isHdf5(bytes)) return hdf5File(path, { matlab: isMatlab(bytes), ...options })
  if (isMat5(bytes)) return mat5File(bytes, path)
  const binary = {
    '.npy': 'a NumPy array',
    '.npz': 'a NumPy archive',
    '.mat': 'a MAT-file',
    '.h5': 'an HDF5 file',
    '.hdf5': 'an HDF5 file',
    '.nc': 'a NetCDF file',
    '.parquet': 'a Parquet file',
  }
  const claimed = binary[ending as keyof typeof binary]
  if (claimed) throw corrupt(path, `it does not begin as ${claimed} does`)
  const text = decodeText(bytes)
  if (text === null)
    throw new SpikewardError(
      'DATA_FORMAT_UNKNOWN',
      `${path}: neither NumPy (.npy, .npz), MATLAB (.mat), HDF5, NetCDF, Parquet nor text (.csv); save it as one of these`,
    )
  return csvFile(text, path)
}

/** Text in UTF-8, or null if the bytes are not text. */
function decodeText(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
