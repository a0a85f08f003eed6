/**
 * A declared name as command lines, configurations and stored runs write it.
 *
 * @example
 * kebabCase('mexicanHat') // 'mexican-hat'
 * kebabCase('poisson1d') // 'poisson-1d'
 */
export const kebabCase = (name: string): string =>
  name.replaceAll(/(?<=[a-z])[A-Z]|(?<=[a-z])\d+|(?<=\d)[A-Z]/g, (part) => `-${part.toLowerCase()}`)
