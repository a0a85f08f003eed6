/**
 * The part of an experiment that needs Node: folders, caches, files and ranks.
 *
 * @module node
 */
export { exists } from './node/exists.js'
