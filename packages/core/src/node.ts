/**
 * File access for Node: files are written whole or not at all.
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
