/** Dash patterns of the four contenders' lines, so that they are not distinguished by colour alone. */
export const dashes: readonly (readonly number[])[] = [[], [9, 4], [3, 3], [9, 3, 2, 3]]
