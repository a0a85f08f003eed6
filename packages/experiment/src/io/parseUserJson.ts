import { parseJson as parse } from '@spikeward/core'

/**
 * The value of a JSON text of the user, with or without the byte order mark that some editors write before it.
 *
 * @throws SyntaxError
 */
export const parseUserJson = (text: string): unknown => parse(text.replace(/^\uFEFF/, ''))
