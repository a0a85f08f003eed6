/**
 * Reading NIR files in Node.
 *
 * @module node
 */
export { readNirFile, type ReadFileOptions } from './node/readNirFile.js'
