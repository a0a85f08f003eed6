/**
 * File access for Node: files are written whole or not at all; and their digests.
 *
 * @module node
 */
export {
  TEMPORARY,
  readIfThere,
  syncFolder,
  temporaryName,
  writeDurably,
  writeWhole,
} from './node/durableFiles.js'
export { fileError, reading, systemError } from './node/fileErrors.js'
export { sha256Of } from './node/sha256Of.js'
