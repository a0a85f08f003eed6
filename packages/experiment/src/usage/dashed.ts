/** The name of a flag as it is typed: `learningRate` as `learning-rate`. */
export const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)
