/**
 * What programs for Node share: files that are written whole or not at all.
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
