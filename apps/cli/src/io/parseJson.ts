/** The value of a JSON text of the user, with or without the byte order mark that some editors write before it. */
export const parseJson = (text: string): unknown => JSON.parse(text.replace(/^\uFEFF/, ''))
