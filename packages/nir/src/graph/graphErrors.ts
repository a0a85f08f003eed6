import { SpikewardError } from '@spikeward/core'

/** The file is not a NIR file, or is damaged. */
export const malformed = (what: string): SpikewardError =>
  new SpikewardError('NIR_MALFORMED', `${what}; write the file again with the tool that made it, or repair the graph`)

/** The graph is valid, but a node of it cannot be executed here. */
export const unsupported = (node: string, type: string, why: string, remedy: string): SpikewardError =>
  new SpikewardError('NIR_UNSUPPORTED', `node '${node}' of type ${type} cannot be executed: ${why}; ${remedy}`)
