/** How the lines of the four contenders are broken, so that colour alone need not tell them apart. */
export const dashes: readonly (readonly number[])[] = [[], [9, 4], [3, 3], [9, 3, 2, 3]]
