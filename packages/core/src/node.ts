/**
 * File access for Node: files that are written whole or not at all, their digests, and compiled addons.
 *
 * @module node
 */
export { cacheFolder, makeFolder } from './node/cacheFolder.js'
export { sha256Of, syncFolder, TEMPORARY, temporaryName, writeDurably, writeWhole } from './node/durableFiles.js'
export { fileError, reading, systemError, writeError, writing } from './node/fileErrors.js'
export { findAddon, type AddonPlaces, type AddonResult } from './node/findAddon.js'
export { LONGEST_TEXT, readIfThere, readRegular, readRegularSync, readRegularText } from './node/readRegular.js'
export type { ReadRegularOptions } from './node/readRegular.js'
