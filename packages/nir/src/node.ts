/**
 * Reading NIR files in Node.
 *
 * @module node
 */
export { readNirFile } from './node/readNirFile.js'
