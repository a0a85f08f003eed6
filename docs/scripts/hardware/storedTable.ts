/** Makes the rows of a table, its head first, from the stored runs that a marker names. */
export type StoredTable = (runs: readonly unknown[]) => string[][]
